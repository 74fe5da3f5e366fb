"""Every error code and state has its documented exit code."""

from __future__ import annotations

import pytest

from video_queue.domain.errors import ErrorCode
from video_queue.terminal import exit_codes


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("validation", 2),
        ("input_missing", 2),
        ("unknown_workflow", 3),
        ("unknown_job", 3),
        ("path_not_allowed", 4),
        ("unauthorized", 4),
        ("comfy_unreachable", 5),
        ("server_unreachable", 5),
        ("locked", 6),
        ("invalid_state", 6),
        ("internal", 1),
    ],
)
def test_of_error(code: str, expected: int) -> None:
    assert exit_codes.of_error(ErrorCode(code)) == expected


def test_of_error_knows_every_code() -> None:
    assert {exit_codes.of_error(code) for code in ErrorCode} <= set(range(1, 8))


def test_of_job() -> None:
    states = ["succeeded", "failed", "cancelled", "partial"]
    assert [exit_codes.of_job(state) for state in states] == [0, 1, 1, 7]


def test_of_actions() -> None:
    assert exit_codes.of_actions(2, []) == 0
    assert exit_codes.of_actions(1, ["unknown_job"]) == 7
    assert exit_codes.of_actions(0, ["invalid_state", "unknown_job"]) == 6
