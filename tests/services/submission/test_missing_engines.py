"""What recognises speech is asked for when a job is submitted, not when its other work is done."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.errors import ProblemsError

WORDS = """
name: words
inputs: {kind: video}
parameters:
  captions: {type: bool, default: true}
  engine: {type: choice, options: [auto, pocketsphinx], default: auto}
  model: {type: text, default: small}
  cut: {type: choice, options: [rms, vad], default: rms}
phases:
  - {name: cut, uses: media.silence_remove, with: {source: "{{ input.path }}", engine: "{{ params.cut }}"}}
  - name: words
    uses: media.transcribe
    when: "{{ params.captions }}"
    with: {source: "{{ phases.cut.file }}", engine: "{{ params.engine }}", model: "{{ params.model }}"}
output: {phase: cut}
"""


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    queue = Queue(tmp_path / "home")
    queue.workflow("words", WORDS)
    return queue


def submission(tmp_path: Path, **fields: Any) -> dict[str, Any]:
    return {"workflow": "words", "inputs": [str(make_clip(tmp_path / "talk.mp4", 3))], **fields}


@pytest.mark.parametrize(
    ("fields", "absent", "name", "remedy"),
    [
        ({"params": {"model": "base"}}, "", "model", "hf download Systran/faster-whisper-base"),
        ({"params": {"captions": True}}, "", "captions", "hf download Systran/faster-whisper-small"),
        (
            {"params": {"engine": "pocketsphinx"}},
            "pocketsphinx",
            "engine",
            "pip install 'video_queue[speech]'",
        ),
        ({"params": {"captions": False, "cut": "vad"}}, "faster_whisper", "cut", "video_queue[speech]"),
        ({"sweep": {"model": ["huge"]}}, "", "model", "distil-large-v3"),
    ],
)
def test_a_job_is_refused_at_once_with_what_to_do(
    tmp_path: Path,
    queue: Queue,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, Any],
    absent: str,
    name: str,
    remedy: str,
) -> None:
    if absent:
        monkeypatch.setitem(sys.modules, absent, None)
    elif find_spec("faster_whisper") is None:
        pytest.skip("the extra `speech`")
    with pytest.raises(ProblemsError) as caught:
        queue.submit(**submission(tmp_path, **fields))
    (problem,) = caught.value.problems
    assert (problem.code, problem.loc) == ("validation", ("params", name))
    assert remedy in problem.message


def test_what_is_skipped_needs_nothing(tmp_path: Path, queue: Queue) -> None:
    assert queue.submit(**submission(tmp_path, params={"captions": False})).id == 1
