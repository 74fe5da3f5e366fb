"""The failure policy: what the queue does about each error while work runs, as one table.

The worker decides from it (`worker/failure.py`, `worker/rendering/unit_render.py`, `db/breaker.py`), and
docs/errors.md is written from it (`scripts/error_docs.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from video_queue.domain.errors import ErrorCode


class Reaction(StrEnum):
    """`fail` ends the prompt, `retry` costs one of its attempts, `wait` does not."""

    FAIL = "fail"
    RETRY = "retry"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class FailureClass:
    """Errors about which the same is done; `summary` says it to the artist.

    A pause is `pause` seconds (without it: `retry.base_seconds`), doubled with each failure up to `longest`, of which
    the share `jitter` is drawn by chance. `tries` are those of codes that are tried less often than
    `retry.max_attempts`.
    """

    name: str
    reaction: Reaction
    codes: frozenset[ErrorCode]
    summary: str
    pause: float | None = 0.0
    longest: float = 0.0
    jitter: float = 0.0
    tries: Mapping[ErrorCode, int] = field(default_factory=dict)


TRANSIENT = FailureClass(
    name="transient",
    reaction=Reaction.RETRY,
    codes=frozenset({ErrorCode.COMFY_LOST, ErrorCode.STALLED}),
    summary="it is tried again after a pause, up to `retry.max_attempts`.",
    pause=None,
    longest=300.0,
    jitter=0.5,
    tries={ErrorCode.STALLED: 2},
)
ENVIRONMENT = FailureClass(
    name="environment",
    reaction=Reaction.WAIT,
    codes=frozenset(
        {ErrorCode.COMFY_UNREACHABLE, ErrorCode.DISK_FULL, ErrorCode.OUTPUT_UNAVAILABLE, ErrorCode.LOCKED}
    ),
    summary="it waits, no attempt is consumed, and it goes on by itself.",
    pause=5.0,
    longest=5.0,
)
PERMANENT = FailureClass(
    name="permanent",
    reaction=Reaction.FAIL,
    codes=frozenset(ErrorCode) - TRANSIENT.codes - ENVIRONMENT.codes,
    summary="the prompt fails at once, and the batch goes on.",
)
POLICY = (PERMANENT, TRANSIENT, ENVIRONMENT)

# A render that another client interrupts is tried so often: to do it twice is meant.
TRIES_INTERRUPTED = 2
# A phase that made nothing is tried so often, the second time past ComfyUI's cache.
TRIES_EMPTY = 2
# Poison: a phase, or publishing, in which the process or ComfyUI died so often is given up.
MAX_CRASHES = 3
# Breaker: a job is held whose first prompts fail alike, or of which so many fail in a row.
FIRST_ALIKE = 3
FAILED_IN_A_ROW = 5


class MemoryStep(StrEnum):
    """What is done when ComfyUI runs out of memory, each once, in this order; then the prompt fails."""

    FREE = "free"
    LOWER = "on_oom"


_CLASS_OF = {code: item for item in POLICY for code in item.codes}


def class_of(code: str | None) -> FailureClass:
    """The class of an error by its code; one without a known code is permanent."""
    return _CLASS_OF.get(ErrorCode(code), PERMANENT) if code in set(ErrorCode) else PERMANENT


def next_memory_step(*, freed: bool, can_lower: bool) -> MemoryStep | None:
    """The step after those already taken; None where nothing is left to try."""
    if not freed:
        return MemoryStep.FREE
    return MemoryStep.LOWER if can_lower else None


def longest_pause(item: FailureClass, failures: int, base_seconds: float) -> float:
    """Seconds of the pause after so many failures before, with nothing left to chance."""
    first = base_seconds if item.pause is None else item.pause
    return min(first * 2.0 ** min(failures, 20), item.longest)
