"""Sheets to scrub with: each cell shows the frame that the layout says, drawn once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.media_clips import make_clip, make_pictures, read_code
from video_queue.media.scrub import MOST_CELLS, SheetLayout, clip_sheet, pictures_sheet


def codes(sheet: Path, layout: SheetLayout) -> list[int]:
    """The numbers that the cells carry."""
    with Image.open(sheet) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    numbers = []
    for order in range(layout.count):
        top, left = order // layout.columns * layout.height, order % layout.columns * layout.width
        numbers.append(read_code(pixels[top : top + layout.height, left : left + layout.width]))
    return numbers


def test_every_cell_shows_the_frame_that_the_layout_says(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 130, sound=None)
    sheet = tmp_path / "kept" / "clip-scrub.webp"
    layout = clip_sheet(clip, sheet)
    assert (layout.count, layout.frames[0], layout.frames[-1]) == (MOST_CELLS, 0, 129)
    assert codes(sheet, layout) == layout.frames
    drawn = sheet.stat().st_mtime_ns
    assert clip_sheet(clip, sheet) == layout
    assert sheet.stat().st_mtime_ns == drawn


def test_a_short_clip_filmed_upright_has_each_frame_once(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 7, sound=None, rotation=90, size=(192, 320))
    layout = clip_sheet(clip, tmp_path / "clip-scrub.webp")
    assert layout.frames == codes(tmp_path / "clip-scrub.webp", layout) == list(range(7))
    assert layout.width > layout.height


def test_a_long_clip_is_shown_by_its_key_frames(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 240, sound=None)
    layout = clip_sheet(clip, tmp_path / "clip-scrub.webp", whole_pixels=0)
    shown = codes(tmp_path / "clip-scrub.webp", layout)
    assert len(set(shown)) > 7
    assert all(0 <= number - near <= 30 for number, near in zip(layout.frames, shown, strict=True))


def test_pictures_are_the_frames_of_a_clip(tmp_path: Path) -> None:
    pictures = make_pictures(tmp_path, 12)
    layout = pictures_sheet(pictures, tmp_path / "run-scrub.webp")
    assert codes(tmp_path / "run-scrub.webp", layout) == layout.frames == list(range(12))
