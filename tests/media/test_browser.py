"""What a browser plays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media_clips import make_clip, make_junk
from video_queue.media.browser import playable_type, shown_type


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "sound", "expected"),
    [
        ("a.mp4", "libx264", "yuv420p", "aac", "video/mp4"),
        ("a.mp4", "libx264", "yuv420p", None, "video/mp4"),
        ("a.m4v", "libx264", "yuv420p", None, "video/mp4"),
        ("a.mp4", "libx264", "yuv444p", None, None),
        ("a.mp4", "libx264", "yuv420p10le", None, None),
        ("a.mp4", "libx265", "yuv420p", None, None),
        ("a.mov", "libx264", "yuv420p", None, None),
        ("a.mkv", "libx264", "yuv420p", None, None),
        ("a.webm", "libvpx-vp9", "yuv420p", None, "video/webm"),
    ],
)
def test_videos(
    tmp_path: Path, name: str, codec: str, pixels: str, sound: str | None, expected: str | None
) -> None:
    clip = make_clip(tmp_path / name, 3, codec=codec, pixels=pixels, sound=sound)
    assert playable_type(clip) == expected


def test_pictures_sound_and_junk(tmp_path: Path) -> None:
    assert playable_type(tmp_path / "a.PNG") == "image/png"
    assert playable_type(tmp_path / "a.exr") is None
    assert playable_type(make_junk(tmp_path / "a.mp4")) is None


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.xml", "a.js", "a.pdf", "a", "a.mp4.htm"])
def test_what_could_carry_a_script_is_never_shown(name: str) -> None:
    assert shown_type(Path(name)) is None
