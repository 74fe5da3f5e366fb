"""Small pictures: right size and way up, made once, never of what cannot be read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.media_clips import code_of_picture, make_clip, make_junk, make_sound
from video_queue.domain.errors import VqError
from video_queue.media.thumbnails import first_picture_or_clip, poster, thumbnail


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_the_first_frame_of_a_clip(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", 3, first=77)
    small = thumbnail(clip, tmp_path / "cache")
    assert code_of_picture(small) == 77
    assert size_of(small) == (300, 180)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_clip_is_upright(tmp_path: Path, rotation: int) -> None:
    clip = make_clip(tmp_path / "a.mp4", 2, rotation=rotation, first=1234, size=(320, 192))
    assert code_of_picture(thumbnail(clip, tmp_path / "cache")) == 1234


def test_it_is_made_once_until_the_file_changes(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    Image.new("RGB", (640, 360), "red").save(picture)
    first = thumbnail(picture, tmp_path / "cache")
    made_at = first.stat().st_mtime_ns
    assert thumbnail(picture, tmp_path / "cache") == first
    assert first.stat().st_mtime_ns == made_at
    Image.new("RGB", (641, 360), "blue").save(picture)
    second = thumbnail(picture, tmp_path / "cache")
    assert second != first
    with Image.open(second) as image:
        assert np.asarray(image.convert("RGB"))[50, 50].argmax() == 2


def test_a_file_that_is_gone_is_seen_as_it_was(tmp_path: Path) -> None:
    clip, cache = make_clip(tmp_path / "a.mp4", 3, first=77), tmp_path / "cache"
    size = clip.stat().st_size
    shown = [thumbnail(clip, cache), poster(clip, cache, "content", size)]
    clip.unlink()
    assert [thumbnail(clip, cache), poster(clip, cache, "content", size)] == shown
    with pytest.raises(VqError):
        poster(clip, cache, "never seen", size)


def test_a_poster_is_not_made_of_what_lies_there_instead(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", 3)
    with pytest.raises(VqError):
        poster(clip, tmp_path / "cache", "content", clip.stat().st_size + 1)
    (tmp_path / "link.mp4").symlink_to(clip)
    with pytest.raises(VqError):
        poster(tmp_path / "link.mp4", tmp_path / "cache", "content", clip.stat().st_size)


def test_of_a_folder_the_first_picture_or_clip_by_number(tmp_path: Path) -> None:
    for name in ("img_10.png", "img_9.png", "notes.txt"):
        (tmp_path / name).touch()
    assert first_picture_or_clip(tmp_path) == tmp_path / "img_9.png"
    clips = tmp_path / "clips"
    (clips / "a.mp4").mkdir(parents=True)
    for name in ("take_10.mov", "take_9.mov", ".take_1.mov", "notes.txt"):
        (clips / name).touch()
    assert first_picture_or_clip(clips) == clips / "take_9.mov"


def test_many_at_once(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    Image.new("RGB", (640, 360), "red").save(picture)
    with ThreadPoolExecutor(8) as pool:
        small = set(pool.map(lambda _: thumbnail(picture, tmp_path / "cache"), range(32)))
    assert len(small) == 1
    assert [path.name for path in (tmp_path / "cache" / "thumbnails").iterdir()] == [small.pop().name]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_picture(tmp_path: Path, mode: str) -> None:
    suffix = ".tif" if mode in ("CMYK", "I;16") else ".png"
    Image.new(mode, (400, 400)).save(tmp_path / f"a{suffix}")
    assert size_of(thumbnail(tmp_path / f"a{suffix}", tmp_path / "cache")) == (180, 180)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    junk = make_junk(tmp_path / "a.mp4")
    broken = tmp_path / "b.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n junk")
    for path in (junk, broken, make_sound(tmp_path / "c.flac")):
        with pytest.raises(VqError) as refused:
            thumbnail(path, tmp_path / "cache")
        assert refused.value.code == "input_unreadable"
