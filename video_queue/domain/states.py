"""States and the one table of transitions. SQL guards every change with `may_become`'s sources.

Nothing here does I/O: `db/` writes states, `services/` and `worker/` ask for changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal


class PromptState(StrEnum):
    """Where one prompt (one render) is."""

    QUEUED = "queued"
    RUNNING = "running"
    REVIEW = "review"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PhaseState(StrEnum):
    """Where one phase of one prompt is."""

    PENDING = "pending"
    RUNNING = "running"
    HARVESTING = "harvesting"
    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"
    REUSED = "reused"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REVIEW = "review"


class JobState(StrEnum):
    """Derived from the counts of a job's prompts, see `derive_job_state`."""

    QUEUED = "queued"
    RUNNING = "running"
    REVIEW = "review"
    PARTIAL = "partial"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class QueueState(StrEnum):
    """Whether anything new is claimed."""

    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"


# The instance of the gpu lane whose ComfyUI is that of `comfy.url`.
DEFAULT_INSTANCE = "default"


class LaneState(StrEnum):
    """Whether a lane can work; `waiting` always comes with a reason."""

    RUNNING = "running"
    WAITING = "waiting"


class Lane(StrEnum):
    """What a phase occupies: the GPU (one at a time) or a media slot (a few at a time)."""

    GPU = "gpu"
    MEDIA = "media"


class HeldReason(StrEnum):
    """Why a queued prompt or job is not released."""

    USER = "user"
    PILOT = "pilot"
    BREAKER = "breaker"
    DEPENDENCY = "dependency"


# Whether a job's prompts are rendered in the order that loads models the least, or whole, one after the other.
RunOrder = Literal["by_phase", "by_prompt"]

P = PromptState
F = PhaseState

PROMPT_TRANSITIONS: Mapping[PromptState, frozenset[PromptState]] = {
    P.QUEUED: frozenset({P.RUNNING, P.SUCCEEDED, P.FAILED, P.CANCELLED}),
    P.RUNNING: frozenset({P.SUCCEEDED, P.FAILED, P.CANCELLED, P.QUEUED, P.REVIEW}),
    P.REVIEW: frozenset({P.QUEUED, P.CANCELLED, P.FAILED}),
    P.FAILED: frozenset({P.QUEUED}),
    P.CANCELLED: frozenset({P.QUEUED}),
    # Only by `retry` with `from_phase`.
    P.SUCCEEDED: frozenset({P.QUEUED}),
}

PHASE_TRANSITIONS: Mapping[PhaseState, frozenset[PhaseState]] = {
    F.PENDING: frozenset({F.RUNNING, F.SKIPPED, F.REUSED, F.CANCELLED, F.REVIEW}),
    F.RUNNING: frozenset({F.HARVESTING, F.SUCCEEDED, F.REUSED, F.FAILED, F.CANCELLED, F.PENDING}),
    F.HARVESTING: frozenset({F.SUCCEEDED, F.FAILED, F.CANCELLED, F.PENDING}),
    F.REVIEW: frozenset({F.SUCCEEDED, F.FAILED, F.CANCELLED, F.PENDING}),
    F.FAILED: frozenset({F.PENDING, F.RUNNING}),
    F.CANCELLED: frozenset({F.PENDING, F.RUNNING}),
    # Only by `retry` with `from_phase`.
    F.SUCCEEDED: frozenset({F.PENDING}),
    F.SKIPPED: frozenset({F.PENDING}),
    F.REUSED: frozenset({F.PENDING}),
}

FINISHED_PHASE = frozenset({F.SUCCEEDED, F.SKIPPED, F.REUSED})
FINISHED_JOB = frozenset({JobState.PARTIAL, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


def may_become(target: PromptState) -> tuple[PromptState, ...]:
    """The prompt states from which `target` may be entered, for the guard of an UPDATE."""
    return tuple(state for state, targets in PROMPT_TRANSITIONS.items() if target in targets)


def phase_may_become(target: PhaseState) -> tuple[PhaseState, ...]:
    """The phase states from which `target` may be entered, for the guard of an UPDATE."""
    return tuple(state for state, targets in PHASE_TRANSITIONS.items() if target in targets)


def derive_job_state(counts: Mapping[PromptState, int], *, started: bool) -> JobState:
    """The state of a job whose prompts stand at `counts` (first rule that fits).

    `started` says whether any prompt of the job was ever claimed: a job between two prompts is still running.
    A job without prompts (its inputs come from another job that is not finished) is queued.
    """
    if counts.get(P.RUNNING):
        return JobState.RUNNING
    if counts.get(P.REVIEW) and not counts.get(P.QUEUED):
        return JobState.REVIEW
    if counts.get(P.QUEUED):
        return JobState.RUNNING if started else JobState.QUEUED
    if counts.get(P.FAILED):
        return JobState.PARTIAL if counts.get(P.SUCCEEDED) else JobState.FAILED
    if counts.get(P.CANCELLED):
        return JobState.CANCELLED
    return JobState.SUCCEEDED if counts.get(P.SUCCEEDED) else JobState.QUEUED
