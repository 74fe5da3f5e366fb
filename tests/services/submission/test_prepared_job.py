"""What a job is called that nobody named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue

COPY = """
name: copy
title: Copy it
inputs: {kind: video}
parameters:
  crf: {type: int, default: 20}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}", crf: "{{ params.crf }}"}}
"""


@pytest.mark.parametrize(
    ("submission", "name"),
    [
        ({"inputs": ["a.mp4"]}, "a.mp4"),
        ({"inputs": ["a.mp4"], "sweep": {"crf": [20, 30]}}, "a.mp4"),
        ({"inputs": ["b.mp4", "a.mp4", "c.mp4"]}, "b.mp4 and 2 more"),
        ({"input_dir": ""}, "shoot"),
        ({"inputs": ["job:1"]}, "Copy it"),
        ({"inputs": ["a.mp4"], "name": "Night"}, "Night"),
    ],
)
def test_a_job_without_a_name_is_called_by_its_files(
    tmp_path: Path, submission: dict[str, Any], name: str
) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("copy", COPY)
    shoot = tmp_path / "shoot"
    shoot.mkdir()
    for file in "abc":
        make_clip(shoot / f"{file}.mp4", frames=3)
    queue.submit(workflow="copy", inputs=[str(shoot / "c.mp4")])
    if "input_dir" in submission:
        submission = {"input_dir": str(shoot)}
    else:
        paths = [text if ":" in text else str(shoot / text) for text in submission["inputs"]]
        submission = {**submission, "inputs": paths}
    assert queue.submit(workflow="copy", **submission).name == name
