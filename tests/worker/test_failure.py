"""The failure policy: what each class of error means for a prompt."""

from __future__ import annotations

import errno
import random
import string
from pathlib import Path

import pytest

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode
from video_queue.domain.failure_policy import ENVIRONMENT, TRANSIENT
from video_queue.domain.texts import TEXTS
from video_queue.worker.failure import backoff, explain, judge

RNG = random.Random(1)


def verdict(key: str, **failures: int) -> str:
    message, hint = TEXTS[key]
    error = fail(key, **dict.fromkeys(_fields(message) | _fields(hint), 1))
    return judge(error, failures, max_attempts=3, base_seconds=1.0, rng=RNG).kind


def _fields(text: str) -> set[str]:
    return {name.split("!")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_every_error_has_a_verdict(key: str) -> None:
    code = ErrorCode(key.split(".")[0])
    expected = "wait" if code in ENVIRONMENT.codes else "retry" if code in TRANSIENT.codes else "fail"
    assert verdict(key) == expected


def test_transient_errors_are_given_up_after_three_attempts() -> None:
    assert [verdict("comfy_lost.gone", comfy_lost=failures) for failures in range(3)] == [
        "retry",
        "retry",
        "fail",
    ]


def test_a_stall_is_retried_once() -> None:
    assert [verdict("stalled.phase", stalled=failures) for failures in range(2)] == ["retry", "fail"]


def test_a_lost_render_does_not_use_up_the_retry_of_a_stall() -> None:
    assert verdict("stalled.phase", comfy_lost=2) == "retry"


def test_an_environment_error_never_gives_up() -> None:
    assert verdict("output_unavailable.folder", comfy_lost=99) == "wait"


@pytest.mark.parametrize(
    ("number", "path", "code"),
    [
        (errno.ENOSPC, "/scratch/1/a.png", "disk_full"),
        (errno.EDQUOT, None, "disk_full"),
        (errno.EROFS, "/scratch/1", "disk_full"),
        (errno.ENOENT, "/scratch/1/a.png", "stalled"),
        (errno.ENOTDIR, "/scratch/1/a.png", "disk_full"),
        (errno.EACCES, "/clips/a.mp4", "input_unreadable"),
        (errno.ENOTCONN, "/clips/a.mp4", "output_unavailable"),
        (errno.EIO, "/clips/a.mp4", "output_unavailable"),
        (errno.ESTALE, "/clips/a.mp4", "output_unavailable"),
        (errno.ETIMEDOUT, "/clips/a.mp4", "output_unavailable"),
        (errno.ENOENT, "/elsewhere", None),
        (errno.ENOTCONN, None, None),
    ],
)
def test_an_error_of_the_system_is_the_work_folders_or_the_inputs(
    number: int, path: str | None, code: str | None
) -> None:
    error = explain(OSError(number, "text", path), Path("/scratch"))
    assert (error and error.code) == code


def test_a_working_file_that_is_gone_is_made_again_once_and_then_an_error() -> None:
    error = explain(FileNotFoundError(errno.ENOENT, "text", "/scratch/1/a.png"), Path("/scratch"))
    assert error is not None
    kinds = [
        judge(error, {"stalled": failures}, max_attempts=3, base_seconds=1.0, rng=RNG).kind
        for failures in range(2)
    ]
    assert kinds == ["retry", "fail"]
    assert "/scratch/1/a.png disappeared" in error.message


def test_backoff_grows_and_is_bounded() -> None:
    delays = [backoff(failures, 1.0, RNG) for failures in range(12)]
    assert all(0.5 * min(2.0**n, 300) <= delay <= min(2.0**n, 300) for n, delay in enumerate(delays))
