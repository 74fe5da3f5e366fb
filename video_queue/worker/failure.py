"""What an error means for a prompt (docs/errors.md): it ends, is tried again later, or waits for its surroundings."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from video_queue.db.away_folders import Needed
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.failure_policy import TRANSIENT, Reaction, class_of, longest_pause
from video_queue.media.unreadable import input_error
from video_queue.system.files.passing_errors import is_away, is_full


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done about one failure; `delay` is in seconds, `waiting` the reason that is shown meanwhile."""

    kind: Reaction
    delay: float = 0.0
    waiting: str = "retry"


def judge(
    error: VqError, failures: Mapping[str, int], *, max_attempts: int, base_seconds: float, rng: random.Random
) -> Verdict:
    """The verdict on an error of a phase that failed in transient ways before: `failures` counts them by code.

    One kind of failure uses up no tries of another. An error may allow fewer `tries` (in its details).
    """
    policy = class_of(error.code)
    if policy.reaction is Reaction.WAIT:
        waiting = "retry" if error.code is ErrorCode.LOCKED else str(error.code)
        return Verdict(Reaction.WAIT, longest_pause(policy, 0, base_seconds), waiting)
    allowed = policy.tries.get(error.code, min(max_attempts, error.details.get("tries", math.inf)))
    if policy.reaction is Reaction.RETRY and failures.get(error.code, 0) + 1 < allowed:
        tries = sum(count for code, count in failures.items() if code in TRANSIENT.codes)
        return Verdict(Reaction.RETRY, backoff(tries, base_seconds, rng))
    return Verdict(Reaction.FAIL)


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


def backoff(failures: int, base_seconds: float, rng: random.Random) -> float:
    """The pause in seconds before a further try, doubled with each failure; part of it is drawn by chance."""
    return longest_pause(TRANSIENT, failures, base_seconds) * rng.uniform(1.0 - TRANSIENT.jitter, 1.0)
