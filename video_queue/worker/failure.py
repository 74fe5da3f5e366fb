"""What an error means for a prompt (docs/errors.md): it ends, is tried again later, or waits for its surroundings."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from video_queue.db.away_folders import Needed
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ENVIRONMENT, TRANSIENT, ErrorCode, VqError
from video_queue.media.unreadable import input_error
from video_queue.system.files.passing_errors import is_away, is_full

# How long a prompt waits before it tries again whether its surroundings are back, in seconds: twice as long each time.
_ENVIRONMENT_PAUSE = 5.0
_LONGEST_ENVIRONMENT_PAUSE = 60.0
_LONGEST_PAUSE = 300.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fail` ends the prompt; `retry` costs one of its attempts, `wait` does not; `delay` is in seconds.

    `waiting` is the reason that is shown meanwhile.
    """

    kind: Literal["fail", "retry", "wait"]
    delay: float = 0.0
    waiting: str = "retry"


def judge(
    error: VqError, failures: Mapping[str, int], *, max_attempts: int, base_seconds: float, rng: random.Random
) -> Verdict:
    """The verdict on an error of a phase that failed in transient ways before: `failures` counts them by code.

    One kind of failure uses up no tries of another. An error may allow fewer `tries` (in its details).
    """
    if error.code in ENVIRONMENT:
        waiting = "retry" if error.code is ErrorCode.LOCKED else str(error.code)
        return Verdict("wait", environment_pause(failures.get(error.code, 0)), waiting)
    allowed = (
        2 if error.code is ErrorCode.STALLED else min(max_attempts, error.details.get("tries", math.inf))
    )
    if error.code in TRANSIENT and failures.get(error.code, 0) + 1 < allowed:
        tries = sum(count for code, count in failures.items() if code in TRANSIENT)
        return Verdict("retry", backoff(tries, base_seconds, rng))
    return Verdict("fail")


def awaited_folder(error: VqError, output_dir: str) -> tuple[str, Needed] | None:
    """The folder that an error is about, if its prompts wait for that folder together, and what they need of it."""
    if error.code is ErrorCode.OUTPUT_UNAVAILABLE:
        if "input" in error.details:
            return str(Path(error.details["input"]).parent), Needed(is_output=False)
        return output_dir, Needed()
    if error.code is ErrorCode.DISK_FULL and "room" in error.details:
        return output_dir, Needed(room=error.details["room"])
    return None


def explain(error: OSError, work_root: Path) -> VqError | None:
    """What an error of the system means for a prompt; None where it can only be a mistake of ours."""
    path, detail = _path_of(error), error.strerror or str(error)
    if is_full(error):
        return fail("disk_full.write", path=str(path or work_root))
    if path is None:
        return None
    if isinstance(error, FileNotFoundError) and path.is_relative_to(work_root):
        return fail("stalled.files", path=str(path))  # the next step makes the folder again
    if path.is_relative_to(work_root):
        return fail("disk_full.work", path=str(work_root), detail=detail)
    return input_error(path, error) if is_away(error) or isinstance(error, PermissionError) else None


def _path_of(error: OSError) -> Path | None:
    return Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes | Path) else None


def environment_pause(waits: int) -> float:
    """Seconds until the surroundings are tried again, after so many times before."""
    return min(_ENVIRONMENT_PAUSE * 2.0 ** min(waits, 10), _LONGEST_ENVIRONMENT_PAUSE)


def backoff(failures: int, base_seconds: float, rng: random.Random) -> float:
    """Exponential with jitter: between half and the whole of `base_seconds * 2 ** failures`, in seconds."""
    whole = min(base_seconds * 2.0**failures, _LONGEST_PAUSE)
    return whole * rng.uniform(0.5, 1.0)
