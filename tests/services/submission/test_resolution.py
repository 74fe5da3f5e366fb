"""`resolution` and `flip`."""

from __future__ import annotations

import pytest

from tests.services.definitions import definition
from video_queue.domain.resolution import Resolution, parse_stored
from video_queue.services.submission.resolution import resolve_resolution

OFFERING = definition(resolutions=["input", "832x480", "1280x720"])


@pytest.mark.parametrize(
    ("text", "flip", "expected", "of_input"),
    [
        (None, False, Resolution(), (100, 50)),
        (None, True, Resolution(flip=True), (50, 100)),
        ("input", False, Resolution(), (100, 50)),
        ("832x480", False, Resolution(832, 480), (832, 480)),
        ("832X480", True, Resolution(480, 832), (480, 832)),
        (" 1280×720 ", False, Resolution(1280, 720), (1280, 720)),
    ],
)
def test_resolve_resolution(
    text: str | None, flip: bool, expected: Resolution, of_input: tuple[int, int]
) -> None:
    resolution, problems = resolve_resolution(OFFERING, text, flip)
    assert problems == []
    assert resolution == expected
    assert resolution.size(100, 50) == of_input
    assert parse_stored(resolution.text) == expected


@pytest.mark.parametrize("text", ["640x480", "480x832", "wide", "832x", "", "\ud800"])
def test_resolve_resolution_refuses(text: str) -> None:
    resolution, problems = resolve_resolution(OFFERING, text or "x", False)
    assert resolution is None
    assert [problem.loc for problem in problems] == [("resolution",)]
    problems[0].model_dump_json()


def test_a_workflow_without_resolutions_takes_none() -> None:
    assert resolve_resolution(definition(), None, False) == (None, [])
    assert [problem.loc for problem in resolve_resolution(definition(), "832x480", False)[1]] == [
        ("resolution",)
    ]
    assert [problem.loc for problem in resolve_resolution(definition(), None, True)[1]] == [("flip",)]
