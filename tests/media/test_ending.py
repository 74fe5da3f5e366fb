"""Whether a clip can be read to its end."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from PIL import Image

from tests.media_clips import make_clip, make_junk
from video_queue.media.ending import unreadable_part
from video_queue.media.ffmpeg_binary import locate


def test_whole_clips_and_pictures_can_be_read(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    assert unreadable_part(make_clip(tmp_path / "a.mp4", frames=10), "video") is None
    assert unreadable_part(make_clip(tmp_path / "a.mkv", frames=10), "video") is None
    assert unreadable_part(tmp_path / "a.png", "image") is None


def test_what_is_not_of_its_kind_or_no_clip_at_all_is_said_so(tmp_path: Path) -> None:
    assert unreadable_part(make_junk(tmp_path / "junk.mp4"), "video")
    assert unreadable_part(tmp_path / "missing.mp4", "video")
    assert unreadable_part(make_clip(tmp_path / "a.mp4", frames=3), "image")


def test_a_clip_with_its_index_first_whose_end_is_still_zeros_is_not_whole(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=60)
    command = [str(locate(None)), "-v", "error", "-i", str(clip), "-c", "copy", "-movflags", "+faststart"]
    subprocess.run([*command, str(tmp_path / "fast.mp4")], check=True)
    path = shutil.copy(tmp_path / "fast.mp4", tmp_path / "half.mp4")
    assert unreadable_part(Path(path), "video") is None
    with Path(path).open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(size // 2)
        file.write(bytes(size - size // 2))
    assert unreadable_part(Path(path), "video")
