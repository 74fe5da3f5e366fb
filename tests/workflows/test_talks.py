"""Talks from the footage to their captions, and words that are corrected before they are used."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.media_clips import codes_of, pictures_of
from tests.speech_clips import make_speech
from tests.worker.conftest import Queue
from tests.workflows.test_shipped import outputs
from video_queue.domain.actions import ActionOptions
from video_queue.domain.views import Artifact

pytestmark = pytest.mark.skipif(find_spec("faster_whisper") is None, reason="the extra `speech`")

BY_HAND = """
name: by-hand
inputs: {kind: video}
parameters:
  model: {type: text}
phases:
  - {name: words, uses: media.transcribe, with: {source: "{{ input.path }}", model: "{{ params.model }}"}}
  - {name: check, uses: review, with: {items: "{{ phases.words.words }}"}}
  - name: captions
    uses: media.captions
    with: {source: "{{ input.path }}", words: "{{ phases.check.approved }}", mode: file}
output: {phase: captions}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The model that says `hello world` whenever it is given a voice."""
    from tests.whisper_model import make_whisper

    return str(make_whisper(tmp_path_factory.mktemp("model")))


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Nothing is said in the first two of six seconds, nor in the last."""
    return make_speech(
        tmp_path / "talk.mp4", gaps=((0, 2), (5, 6)), seconds=6, codec="aac", vowels=True, size=(640, 360)
    )


def cleaned(queue: Queue, talk: Path, model: str, captions: str, **params: Any) -> list[Artifact]:
    values = {"captions": captions, "model": model, **params}
    (job,) = queue.work({"workflow": "talk-cleanup", "inputs": [str(talk)], "params": values})
    return outputs(queue, job)


def captions_of(path: Path) -> list[tuple[float, str]]:
    """When each caption of a track begins, and its text."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(subtitles=0) if packet.size > 2]
        return [(float(packet.pts * packet.time_base), bytes(packet)[2:].decode()) for packet in packets]


def test_a_talk_gets_a_track_of_captions_after_its_silences_are_cut(
    queue: Queue, talk: Path, model: str
) -> None:
    (video,) = cleaned(queue, talk, model, "soft")
    assert video.name == "talk_clean.mp4"
    ((start, text),) = captions_of(Path(video.path))
    assert text == "hello world"
    # The voice began at 2 s; all but the margin of the silence before it is gone.
    assert start == pytest.approx(0.3, abs=0.35)
    frames = codes_of(Path(video.path))
    assert frames == list(range(frames[0], frames[-1] + 1))
    assert frames[0] >= 50


def test_what_is_said_stands_in_the_timeline_for_the_editor(queue: Queue, talk: Path, model: str) -> None:
    params = {"words": True, "model": model, "formats": ["csv", "edl"]}
    (job,) = queue.work({"workflow": "edit-list", "inputs": [str(talk)], "params": params})
    table, edl = (Path(file.path).read_text(encoding="utf-8-sig") for file in outputs(queue, job))
    assert table.splitlines()[1].endswith(",hello world")
    assert "RED     hello world" in edl


def test_burned_captions_are_drawn_and_an_equal_job_recognises_nothing_again(
    queue: Queue, talk: Path, model: str
) -> None:
    (plain,) = cleaned(queue, talk, model, "soft")
    (burned,) = cleaned(queue, talk, model, "burn")
    assert (burned.frames, burned.width) == (plain.frames, 640)
    pictures = zip(pictures_of(Path(plain.path)), pictures_of(Path(burned.path)), strict=True)
    changed = [int(np.abs(a.astype(int) - b)[240:].max()) > 100 for a, b in pictures]
    assert any(changed)
    assert not all(changed)
    states = {phase.name: phase.state for phase in queue.prompts(2)[0].phases}
    assert (states["words"], states["captions"]) == ("reused", "succeeded")


def test_captions_as_a_file_lie_beside_the_clip(queue: Queue, talk: Path, model: str) -> None:
    files = cleaned(queue, talk, model, "file")
    assert [file.name for file in files] == ["talk_clean.mp4", "talk_clean.srt"]
    assert "hello world" in Path(files[1].path).read_text()
    (prompt,) = queue.prompts(1)
    assert files[0].frames == prompt.phases[2].result["frame_count"]


def test_marked_silences_and_captions_are_both_in_the_file(queue: Queue, talk: Path, model: str) -> None:
    (video,) = cleaned(queue, talk, model, "soft", silences="mark")
    with av.open(video.path) as container:
        assert len(container.chapters()) == 3
    ((start, _),) = captions_of(Path(video.path))
    assert start == pytest.approx(2.3, abs=0.75)


def test_a_word_that_was_corrected_is_what_the_caption_says(queue: Queue, talk: Path, model: str) -> None:
    queue.workflow("by-hand", BY_HAND)
    queue.work({"workflow": "by-hand", "inputs": [str(talk)], "params": {"model": model}})
    (prompt,) = queue.prompts(1)
    gate = prompt.phases[1].result
    assert [item["text"] for item in gate["items"]] == ["hello", "world"]
    decisions = [{"item": 1, "do": "approve", "with": {"text": "Welcome,"}}, {"item": 2, "do": "approve"}]
    options = ActionOptions.model_validate({"decisions": decisions})
    queue.ask(lambda services: services.actions.prompt_action(1, "review", options))
    queue.work()
    (prompt,) = queue.prompts(1)
    (file,) = prompt.artifacts
    assert "Welcome, world" in Path(file.path).read_text()
    # What was heard stays on record.
    assert [word["text"] for word in prompt.phases[0].result["words"]] == ["hello", "world"]
