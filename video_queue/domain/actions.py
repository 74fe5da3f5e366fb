"""What can be done to a job, a prompt and the queue, in one table: browser, CLI and REST all draw from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from video_queue.domain.catalogue import fail
from video_queue.domain.review import Decision
from video_queue.domain.states import FINISHED_JOB, HeldReason, JobState, PromptState
from video_queue.domain.views import Action, Counts

JobNumber = Annotated[int, Field(ge=1, lt=2**63)]


class ActionOptions(BaseModel):
    """The options of all actions; an action takes those that concern it. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, Field(max_length=1000)] | None = None
    keep_work: bool = False
    failed_only: bool = True
    cause: Annotated[str, Field(max_length=100)] | None = None
    from_phase: Annotated[str, Field(max_length=200)] | None = None
    params: dict[str, Any] = {}
    seeds: int | str | list[int | str] | None = None
    new_seed: bool = False
    to: Literal["top", "bottom"] | Annotated[int, Field(ge=1, lt=2**53)] | None = None
    before: JobNumber | None = None
    after: JobNumber | None = None
    outputs: bool = False
    items: Annotated[list[JobNumber], Field(max_length=10_000)] | None = None
    result: dict[str, Any] | None = None
    decisions: Annotated[list[Decision], Field(min_length=1, max_length=10_000)] | None = None
    note: Annotated[str, Field(max_length=100_000)] | None = None


NO_OPTIONS = ActionOptions()


@dataclass(frozen=True, slots=True)
class _Job:
    state: JobState
    counts: Counts
    held: HeldReason | None
    archived: bool

    @property
    def is_open(self) -> bool:
        return self.state not in FINISHED_JOB


@dataclass(frozen=True, slots=True)
class _Prompt:
    state: PromptState
    held: HeldReason | None


@dataclass(frozen=True, slots=True)
class _Rule:
    """When an action is possible for a job and for a prompt (None: never), what is said where it is not, and whether it
    can be undone.
    """

    refusal: str = ""
    job: Callable[[_Job], bool] | None = None
    prompt: Callable[[_Prompt], bool] | None = None
    queue: bool = False
    watch: bool = False
    undo: bool = False


_UNFINISHED = (PromptState.QUEUED, PromptState.RUNNING, PromptState.REVIEW)
_RETRYABLE = (PromptState.FAILED, PromptState.CANCELLED)
_UNSUCCESSFUL = (JobState.FAILED, JobState.CANCELLED)

ACTIONS = {
    "cancel": _Rule(
        "it is finished",
        job=lambda job: job.is_open,
        prompt=lambda prompt: prompt.state in _UNFINISHED,
        undo=True,
    ),
    "retry": _Rule(
        "nothing failed or was cancelled",
        # One that ended before it got its prompts has none that failed.
        job=lambda job: bool(job.counts.failed or job.counts.cancelled) or job.state in _UNSUCCESSFUL,
        prompt=lambda prompt: prompt.state in _RETRYABLE,
    ),
    "rerun": _Rule(job=lambda _: True),
    "hold": _Rule(
        "nothing is waiting",
        job=lambda job: job.is_open and job.held is None,
        prompt=lambda prompt: prompt.state is PromptState.QUEUED and prompt.held is None,
        undo=True,
    ),
    # Prompts may be held one by one while the job is not; releasing the job frees those too.
    "release": _Rule(
        "nothing is held",
        job=lambda job: job.is_open and (job.held is not None or job.counts.queued > 0),
        prompt=lambda prompt: prompt.state is PromptState.QUEUED and prompt.held is not None,
        undo=True,
    ),
    "move": _Rule("it is finished", job=lambda job: job.is_open, undo=True),
    "delete": _Rule("cancel it first", job=lambda job: not job.is_open),
    "archive": _Rule(
        "it is not finished, or archived already",
        job=lambda job: not job.is_open and not job.archived,
        undo=True,
    ),
    "unarchive": _Rule("it is not archived", job=lambda job: job.archived, undo=True),
    "skip": _Rule("it is not waiting", prompt=lambda prompt: prompt.state is PromptState.QUEUED),
    "approve": _Rule("it is not in review", prompt=lambda prompt: prompt.state is PromptState.REVIEW),
    "reject": _Rule("it is not in review", prompt=lambda prompt: prompt.state is PromptState.REVIEW),
    "review": _Rule("it is not in review", prompt=lambda prompt: prompt.state is PromptState.REVIEW),
    "pause": _Rule(queue=True, watch=True),
    "resume": _Rule(queue=True, watch=True),
    "scan": _Rule(watch=True),
}
JOB_ACTIONS = tuple(name for name, rule in ACTIONS.items() if rule.job)
PROMPT_ACTIONS = tuple(name for name, rule in ACTIONS.items() if rule.prompt)
BULK_ACTIONS = tuple(name for name, rule in ACTIONS.items() if rule.job or rule.prompt)
QUEUE_ACTIONS = tuple(name for name, rule in ACTIONS.items() if rule.queue)
UNDOABLE = tuple(name for name, rule in ACTIONS.items() if rule.undo)
WATCH_ACTIONS = tuple(name for name, rule in ACTIONS.items() if rule.watch)


def job_actions(
    state: JobState, counts: Counts, held: HeldReason | None, *, archived: bool = False
) -> list[Action]:
    """Every job action, with whether it is possible now and, if not, why."""
    job = _Job(state, counts, held, archived)
    return [_action(name, rule, rule.job(job)) for name, rule in ACTIONS.items() if rule.job]


def prompt_actions(state: PromptState, held: HeldReason | None) -> list[Action]:
    """Every prompt action, with whether it is possible now and, if not, why."""
    prompt = _Prompt(state, held)
    return [_action(name, rule, rule.prompt(prompt)) for name, rule in ACTIONS.items() if rule.prompt]


def _action(name: str, rule: _Rule, enabled: bool) -> Action:
    return Action(name=name, enabled=enabled, reason="" if enabled else rule.refusal)


def require_known(action: str, known: Iterable[str]) -> None:
    """Refuse an action that is not among `known`.

    Raises:
        VqError: `validation`.
    """
    if action not in known:
        raise fail(
            "validation.value", name="action", value=action, expected=f"Use one of: {', '.join(known)}."
        )
