"""What can be done to a job or a prompt, in one table each: browser, CLI and REST all draw from it."""

from __future__ import annotations

from video_queue.domain.states import FINISHED_JOB, HeldReason, JobState, PromptState
from video_queue.domain.views import Action, Counts

JOB_ACTIONS = ("cancel", "retry", "rerun", "hold", "release", "move", "delete", "archive", "unarchive")
PROMPT_ACTIONS = ("cancel", "retry", "hold", "release", "skip", "approve", "reject")

_REASONS = {
    "cancel": "it is finished",
    "retry": "nothing failed or was cancelled",
    "rerun": "",
    "hold": "nothing is waiting",
    "release": "nothing is held",
    "move": "it is finished",
    "delete": "cancel it first",
    "archive": "it is not finished, or archived already",
    "unarchive": "it is not archived",
    "skip": "it is not waiting",
    "approve": "it is not in review",
    "reject": "it is not in review",
}


def job_actions(
    state: JobState, counts: Counts, held: HeldReason | None, *, archived: bool = False
) -> list[Action]:
    """Every job action, with whether it is possible now and, if not, why."""
    open_ = state not in FINISHED_JOB
    possible = {
        "cancel": open_,
        "retry": bool(counts.failed or counts.cancelled),
        "rerun": True,
        "hold": open_ and held is None,
        # Prompts may be held one by one while the job is not; releasing the job frees those too.
        "release": open_ and (held is not None or counts.queued > 0),
        "move": open_,
        "delete": not open_,
        "archive": not open_ and not archived,
        "unarchive": archived,
    }
    return [_action(name, possible[name]) for name in JOB_ACTIONS]


def prompt_actions(state: PromptState, held: HeldReason | None) -> list[Action]:
    """Every prompt action, with whether it is possible now and, if not, why."""
    possible = {
        "cancel": state in (PromptState.QUEUED, PromptState.RUNNING, PromptState.REVIEW),
        "retry": state in (PromptState.FAILED, PromptState.CANCELLED),
        "hold": state is PromptState.QUEUED and held is None,
        "release": state is PromptState.QUEUED and held is not None,
        "skip": state is PromptState.QUEUED,
        "approve": state is PromptState.REVIEW,
        "reject": state is PromptState.REVIEW,
    }
    return [_action(name, possible[name]) for name in PROMPT_ACTIONS]


def _action(name: str, enabled: bool) -> Action:
    return Action(name=name, enabled=enabled, reason="" if enabled else _REASONS[name])
