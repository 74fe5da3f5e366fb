"""The caption styles that a night names are moved with it, with the fonts of theirs that are packed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.services.moving.test_moving import bring, export, refusal, rows
from tests.worker.conftest import Queue
from video_queue.domain.media.captions import CaptionStyle
from video_queue.domain.states import JobState
from video_queue.media.text import fonts
from video_queue.services.caption_styles import CaptionStyles

CAPTIONS = """
name: titles
inputs: {kind: video}
parameters:
  style: {type: choice, default: plain, options_source: caption_styles}
phases:
  - name: captions
    uses: media.captions
    with: {source: "{{ input.path }}", segments: [{start: 0, end: 0.3, text: One}], style: "{{ params.style }}"}
output: {phase: captions}
"""
FONT = next((Path(fonts.__file__).parent / "bundled_fonts").glob("*.ttf"))


@pytest.fixture
def here(tmp_path: Path) -> Queue:
    """A home with a job whose captions have a style of the artist's own, in a font of theirs."""
    queue = Queue(tmp_path / "here")
    queue.workflow("titles", CAPTIONS)
    (tmp_path / "fonts").mkdir()
    (tmp_path / "clips").mkdir()
    shutil.copy(FONT, tmp_path / "fonts" / "Brand.ttf")
    style = CaptionStyle(size=9, font=str(tmp_path / "fonts" / "Brand.ttf"))
    CaptionStyles(queue.home / "caption_styles").put("brand", style)
    CaptionStyles(queue.home / "caption_styles").put("other", CaptionStyle(size=3))
    clip = make_clip(tmp_path / "clips" / "a.mp4", frames=12)
    queue.submit(workflow="titles", inputs=[str(clip)], params={"style": "brand"})
    return queue


@pytest.fixture
def there(tmp_path: Path) -> Queue:
    """A home that knows nothing of it."""
    return Queue(tmp_path / "there")


def test_a_style_and_its_font_arrive_with_the_job_that_names_them(
    here: Queue, there: Queue, tmp_path: Path
) -> None:
    exported = export(here, tmp_path / "night.zip", with_inputs=True)
    assert exported.styles == ["brand"]
    for folder in ("clips", "fonts"):
        shutil.rmtree(tmp_path / folder)
    assert bring(there, tmp_path / "night.zip", dry_run=True).problems == []
    assert not (there.home / "caption_styles").exists()
    arrived = bring(there, tmp_path / "night.zip")
    assert (arrived.styles, arrived.warnings) == (["brand"], [])
    kept = there.home / "caption_styles"
    assert sorted(path.name for path in kept.iterdir()) == ["Brand.ttf", "brand.yaml"]
    assert (kept / "Brand.ttf").read_bytes() == FONT.read_bytes()
    there.work()
    assert there.job(1).state is JobState.SUCCEEDED


def test_a_font_that_is_not_packed_is_missing_like_an_input(
    here: Queue, there: Queue, tmp_path: Path
) -> None:
    export(here, tmp_path / "night.zip")
    shutil.move(tmp_path / "fonts", tmp_path / "moved")
    problems = refusal(lambda: bring(there, tmp_path / "night.zip"))
    assert [code for code, _ in problems] == ["input_missing"]
    assert not (there.home / "caption_styles").exists()
    bring(there, tmp_path / "night.zip", maps={str(tmp_path / "fonts"): str(tmp_path / "moved")})
    there.work()
    assert there.job(1).state is JobState.SUCCEEDED


def test_a_style_of_that_name_stays_as_it_is_and_is_said(here: Queue, there: Queue, tmp_path: Path) -> None:
    export(here, tmp_path / "night.zip")
    CaptionStyles(there.home / "caption_styles").put("brand", CaptionStyle(size=20))
    arrived = bring(there, tmp_path / "night.zip")
    assert arrived.styles == []
    assert ["brand is another one here" in item.message for item in arrived.warnings] == [True]
    assert "size: 20" in (there.home / "caption_styles" / "brand.yaml").read_text()


def test_a_job_whose_style_is_in_neither_place_is_refused(here: Queue, there: Queue, tmp_path: Path) -> None:
    (here.home / "caption_styles" / "brand.yaml").unlink()
    export(here, tmp_path / "night.zip")
    messages = [message for _, message in refusal(lambda: bring(there, tmp_path / "night.zip"))]
    assert "there is no caption style 'brand'" in messages[0]
    assert rows(there, "SELECT count(*) FROM job") == [(0,)]
