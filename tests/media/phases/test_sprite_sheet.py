"""media.sprite_sheet: each tile shows the frame it says it shows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from tests.media_clips import make_clip, make_junk, make_pictures, make_vfr, read_code
from video_queue.domain.errors import VqError
from video_queue.domain.media.frames import SpriteSheetParams, SpriteSheetResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import sprite_sheet


def sheet_of(run: PhaseRun, **params: Any) -> SpriteSheetResult:
    return asyncio.run(sprite_sheet.run(SpriteSheetParams.model_validate(params), run))


def tile_codes(result: SpriteSheetResult, size: tuple[int, int]) -> list[int]:
    with Image.open(result.file.path) as image:
        sheet = np.asarray(image.convert("RGB"))
    return [read_code(sheet[tile.y : tile.y + size[1], tile.x : tile.x + size[0]]) for tile in result.tiles]


def test_tiles_lie_evenly_over_the_clip(tmp_path: Path, run: PhaseRun) -> None:
    result = sheet_of(run, source=str(make_clip(tmp_path / "a.mp4", 300, options={"g": "250", "bf": "3"})))
    assert (result.file.width, result.file.height) == (6 * 160, 6 * 96)
    assert len(result.tiles) == 36
    assert tile_codes(result, (160, 96)) == [tile.frame for tile in result.tiles]
    assert [tile.frame for tile in result.tiles] == [order * 300 // 36 for order in range(36)]
    assert [round(tile.time * 30) for tile in result.tiles] == [tile.frame for tile in result.tiles]
    assert [(tile.x, tile.y) for tile in result.tiles[:8]][5:] == [(800, 0), (0, 96), (160, 96)]


def test_an_interval_on_a_vfr_clip(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 40)
    result = sheet_of(run, source=str(clip), interval=0.5, columns=3)
    expected = [max(n for n, time in enumerate(times) if time <= tick / 2 + 1e-6) for tick in range(6)]
    assert [tile.frame for tile in result.tiles] == expected == tile_codes(result, (160, 96))
    assert result.file.height == 2 * 96


def test_the_vtt_names_each_tile(tmp_path: Path, run: PhaseRun) -> None:
    result = sheet_of(run, source=str(make_clip(tmp_path / "a.mp4", 60)), columns=2, rows=2)
    assert result.vtt is not None
    lines = Path(result.vtt.path).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "WEBVTT"
    assert lines[2:4] == ["00:00:00.000 --> 00:00:00.500", "sheet.jpg#xywh=0,0,160,96"]
    assert lines[11:13] == ["00:00:01.500 --> 00:00:02.000", "sheet.jpg#xywh=160,96,160,96"]


def test_a_short_rotated_clip_gives_each_frame_once(tmp_path: Path, run: PhaseRun) -> None:
    result = sheet_of(run, source=str(make_clip(tmp_path / "r.mp4", 8, rotation=90)))
    height = round(160 * 320 / 192)
    assert tile_codes(result, (160, height)) == list(range(8))
    assert result.file.height == 2 * height


def test_one_tile_for_each_file(tmp_path: Path, run: PhaseRun) -> None:
    pictures = make_pictures(tmp_path / "p", 3)
    clip = make_clip(tmp_path / "a.mp4", 20)
    result = sheet_of(run, inputs=[*map(str, pictures), str(clip)], columns=2)
    assert tile_codes(result, (160, 96)) == [0, 1, 2, 10]
    assert [tile.path for tile in result.tiles] == [*map(str, pictures), str(clip)]
    assert result.vtt is None


def test_what_makes_no_sheet(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 30)
    with pytest.raises(VqError) as caught:
        sheet_of(run, source=str(make_junk(tmp_path / "junk.mp4")))
    assert caught.value.code == "input_unreadable"
    with pytest.raises(VqError, match="raise interval"):
        sheet_of(run, source=str(clip), interval=0.01, columns=50, tile_width=1024)
    with pytest.raises(VqError, match="60 tiles make a sheet of 1024x"):
        sheet_of(run, inputs=[str(clip)] * 60, columns=1, tile_width=1024)
    with pytest.raises(ValidationError):
        SpriteSheetParams(source="a", inputs=["b"])
