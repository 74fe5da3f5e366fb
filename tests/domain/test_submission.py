"""The Submission's shape, and inputs that are other jobs' outputs."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from video_queue.domain.submission import Submission, brief_submission, job_references, with_outputs


def test_a_list_of_jobs_says_how_long_lists_begin() -> None:
    brief = brief_submission(
        {
            "workflow": "w",
            "inputs": {"clip": [f"{n}.mp4" for n in range(21)], "style": "a.png"},
            "rows": [{"input": "a"}] * 20,
            "sweep": {"crf": list(range(100)), "seed": [1]},
        }
    )
    assert brief == {
        "workflow": "w",
        "inputs": {"clip": {"count": 21, "first": ["0.mp4", "1.mp4", "2.mp4"]}, "style": "a.png"},
        "rows": [{"input": "a"}] * 20,
        "sweep": {"crf": {"count": 100, "first": [0, 1, 2]}, "seed": [1]},
    }


def make(**keys: Any) -> Submission:
    return Submission.model_validate({"workflow": "w", **keys})


@pytest.mark.parametrize(
    "keys",
    [
        {"inputz": []},
        {"priority": 2**40},
        {"priority": "high"},
        {"limit": 0},
        {"after": [0]},
        {"after": [2**70]},
        {"if_exists": "overwrite"},
        {"inputs": [5]},
        {"sweep": {"a": "b"}},
        {"not_before": "soon"},
    ],
)
def test_wrong_shapes(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make(**keys)


def test_job_references() -> None:
    submission = make(
        inputs=["job:12", "/a", "prompt:12.3", "prompt:345", "job:x", "xjob:1", "job:1 "],
        rows=[{"input": "job:7", "n": 5}],
    )
    assert job_references(submission) == ["job:12", "prompt:12.3", "prompt:345", "job:7"]
    assert job_references(make(inputs={"clip": ["job:1"], "style": "/a"})) == ["job:1"]


def test_with_outputs() -> None:
    outputs = {"job:1": ["/o/1", "/o/2"], "prompt:2.1": ["/o/3"]}
    assert with_outputs(make(inputs=["/a", "job:1", "prompt:2.1"]), outputs).inputs == [
        "/a",
        "/o/1",
        "/o/2",
        "/o/3",
    ]
    slots = with_outputs(make(inputs={"clip": "job:1", "style": ["prompt:2.1", "/b"]}), outputs).inputs
    assert slots == {"clip": ["/o/1", "/o/2"], "style": ["/o/3", "/b"]}
    objects = with_outputs(make(inputs=[{"clip": "prompt:2.1", "style": "/b"}]), outputs).inputs
    assert objects == [{"clip": "/o/3", "style": "/b"}]
    assert with_outputs(make(rows=[{"input": "prompt:2.1"}]), outputs).rows == [{"input": "/o/3"}]
