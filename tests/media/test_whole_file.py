"""Whether a file is all there by its container's own account: whole files are, cut ones are not."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
from PIL import Image

from tests.media_clips import make_clip
from video_queue.media.whole_file import missing_part


def make(path: Path) -> Path:
    if path.suffix in (".png", ".jpg", ".gif", ".webp"):
        Image.effect_noise((64, 64), 60).convert("RGB").save(path)
    elif path.suffix == ".wav":
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(16000))
    else:
        make_clip(path, frames=12)
    return path


@pytest.mark.parametrize(
    "name", ["a.mp4", "a.mov", "a.mkv", "a.png", "a.jpg", "a.gif", "a.webp", "a.wav", "A.MP4"]
)
def test_a_whole_file_lacks_nothing_and_a_cut_one_does(tmp_path: Path, name: str) -> None:
    path = make(tmp_path / name.lower()).rename(tmp_path / name)
    assert missing_part(path) is None
    content = path.read_bytes()
    for share in (0.3, 0.7, 0.97):
        path.write_bytes(content[: int(len(content) * share)])
        assert missing_part(path)


def test_a_file_of_full_size_whose_end_is_not_written_lacks_its_index(tmp_path: Path) -> None:
    path = make(tmp_path / "a.mp4")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    assert missing_part(path) == "its index is not there yet"


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_junk_is_not_whole(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not a clip at all, however long it may be")
    assert "does not begin as" in (missing_part(tmp_path / name) or "")


def test_what_a_program_put_behind_the_last_box_is_none_of_the_file(tmp_path: Path) -> None:
    path = make(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes() + b"\x7fabcTAILS of a camera")
    assert missing_part(path) is None


def test_a_format_that_does_not_say_how_long_it_is_lacks_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_bytes(b"x")
    assert missing_part(tmp_path / "a.ts") is None
