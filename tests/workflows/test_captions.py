"""The workflow `captions`: subtitle files beside clips, and styles of the artist's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.errors import ProblemsError
from video_queue.domain.media.captions import CaptionStyle
from video_queue.domain.states import JobState
from video_queue.services.caption_styles import CaptionStyles

SRT = "1\n00:00:00,000 --> 00:00:01,000\nHello\n"


def test_each_clip_of_a_batch_has_the_file_beside_it(queue: Queue, tmp_path: Path) -> None:
    clips = [make_clip(tmp_path / f"{name}.mp4", 10) for name in ("one", "two", "three")]
    (tmp_path / "one.srt").write_text(SRT)
    (tmp_path / "two.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nTwo\n")
    params = {"mode": "file", "format": "vtt"}
    (job,) = queue.work({"workflow": "captions", "inputs": [str(clip) for clip in clips], "params": params})
    first, third, second = sorted(queue.prompts(job.id), key=lambda prompt: prompt.input or "")
    texts = [Path(prompt.artifacts[0].path).read_text(encoding="utf-8") for prompt in (first, second)]
    assert ["Hello" in texts[0], "Two" in texts[1]] == [True, True]
    assert first.artifacts[0].name == "one_captioned.vtt"
    assert third.error is not None
    assert (third.error.code, "three.srt" in third.error.message) == ("input_missing", True)


def test_a_file_of_ass_keeps_its_look_until_a_style_is_chosen(queue: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", 4)
    (tmp_path / "a.ass").write_text(
        "[Script Info]\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,DejaVu Sans\n\n[Events]\n"
        "Format: Start, End, Style, Text\nDialogue: 0:00:00.00,0:00:09.00,Default,Hello\n"
    )
    submission = {"workflow": "captions", "inputs": [str(clip)]}
    jobs = queue.work(submission, {**submission, "params": {"style": "plain"}})
    results = [queue.prompts(job.id)[0].phases[0].result or {} for job in jobs]
    assert [result["style"] is None for result in results] == [True, False]
    assert [result["cues"][0]["text"] for result in results] == ["Hello", "Hello"]


def test_a_style_that_is_not_there_is_refused_before_anything_is_queued(queue: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", 4)
    with pytest.raises(ProblemsError) as refused:
        queue.submit(workflow="captions", inputs=[str(clip)], params={"style": "lout"})
    (problem,) = refused.value.problems
    assert (problem.loc, problem.code) == (("params", "style"), "validation")
    assert "lout" in problem.message


def test_an_own_style_is_drawn_and_drawn_again_when_it_changed(queue: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", 4)
    (tmp_path / "a.srt").write_text(SRT)
    styles = CaptionStyles(queue.settings.caption_styles_dir)
    submission = {"workflow": "captions", "inputs": [str(clip)], "params": {"style": "mine"}, "dedupe": False}
    states = []
    for size in (9, 9, 20):
        styles.put("mine", CaptionStyle(size=size))
        (job,) = queue.work(submission)
        (prompt,) = queue.prompts(job.id)
        assert job.state is JobState.SUCCEEDED, prompt.error
        states.append((prompt.phases[0].state, (prompt.phases[0].result or {})["style"]["size"]))
    assert states == [("succeeded", 9), ("reused", 9), ("succeeded", 20)]
    (tmp_path / "a.srt").write_text(SRT.replace("Hello", "Goodbye"))
    (job,) = queue.work(submission)
    (prompt,) = queue.prompts(job.id)
    assert (prompt.phases[0].result or {})["cues"][0]["text"] == "Goodbye"
