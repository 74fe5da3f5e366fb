"""The actions that are one transaction each, by name: for jobs, and for prompts. The caller checks that they are
possible, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from video_queue.db import actions, documents, jobs, reviews
from video_queue.db.connection import Connection
from video_queue.domain import review
from video_queue.domain.actions import ActionOptions
from video_queue.domain.catalogue import fail
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import FINISHED_JOB, HeldReason, PhaseState
from video_queue.domain.views import Job, Prompt
from video_queue.services.jobs.edits import set_retry_params

_LAST_PLACE = 2**53


# --- jobs


def _retry_job(conn: Connection, job: Job, options: ActionOptions, now: str) -> None:
    """Retry the failed prompts (of one cause); the cancelled ones too when asked for, or when nothing failed."""
    only_unsuccessful = options.failed_only and (job.counts.failed or job.counts.cancelled)
    if options.from_phase is not None and not only_unsuccessful:
        ids = actions.finished_prompts(conn, job.id)
    elif options.cause is not None:
        ids = actions.failed_with(conn, job.id, options.cause)
        if not ids:
            raise fail("invalid_state.cause", subject=f"job {job.id}", cause=options.cause)
    else:
        ids = actions.retryable(conn, job.id, failed_only=options.failed_only and job.counts.failed > 0)
    _retry(conn, job.id, job.workflow_hash, ids, options, now)


def _retry(
    conn: Connection, job_id: int, workflow_hash: str, ids: list[int], options: ActionOptions, now: str
) -> None:
    """Retry prompts; with other values from the first phase that changes by them."""
    lanes, seq = _lanes(conn, workflow_hash, options.from_phase)
    fresh = seq is not None
    if options.params:
        changed = set_retry_params(conn, job_id, ids, options.params)
        seq = changed if seq is None else min(seq, changed)
    actions.retry_prompts(conn, job_id, ids, lanes, now, seq, fresh=fresh)


def move(conn: Connection, moving: Sequence[Job], options: ActionOptions, now: str) -> dict[int, float]:
    """Put jobs of one priority, in this order, where the options say (the top by default); where jobs stood before.

    Raises:
        VqError: `unknown_job`, `invalid_state` for another job that does not wait among theirs.
    """
    ids, priority = [job.id for job in moving], moving[0].priority
    if options.before is not None:
        place = _place_of(conn, options.before, priority, ids)
    elif options.after is not None:
        place = _place_of(conn, options.after, priority, ids) + 1
    elif isinstance(options.to, int):
        place = jobs.waiting_place(conn, options.to, priority, ids)
    else:
        place = _LAST_PLACE if options.to == "bottom" else 1
    return jobs.move_jobs(conn, ids, priority, place, now)


def _place_of(conn: Connection, other_id: int, priority: int, moving: Sequence[int]) -> int:
    other = jobs.get_job(conn, other_id)
    if other is None:
        raise fail("unknown_job.id", id=other_id)
    if other.priority != priority or other.state in FINISHED_JOB or other.id in moving:
        raise fail("invalid_state.move", detail=f"job {other.id} is not a waiting job of this priority")
    return jobs.place_of(conn, other.id, priority, moving)


JOB_ACTIONS: Mapping[str, Callable[[Connection, Job, ActionOptions, str], object]] = {
    "cancel": lambda conn, job, options, now: actions.cancel_job(
        conn, job.id, _reason(options), now, keep_work=options.keep_work
    ),
    "retry": _retry_job,
    "hold": lambda conn, job, _, now: jobs.set_job_held(conn, job.id, HeldReason.USER, now),
    "release": lambda conn, job, _, now: actions.release_job(conn, job.id, now),
    "archive": lambda conn, job, _, now: jobs.set_archived(conn, job.id, True, now),
    "unarchive": lambda conn, job, _, now: jobs.set_archived(conn, job.id, False, now),
}


# --- prompts


def _retry_prompt(conn: Connection, prompt: Prompt, options: ActionOptions, now: str) -> None:
    _retry(conn, prompt.job_id, _workflow_hash(conn, prompt), [prompt.id], options, now)


def _approve_prompt(conn: Connection, prompt: Prompt, options: ActionOptions, now: str) -> None:
    """Let a prompt that waits at a gate go on with all items that were not rejected, or with those that are named."""
    _, gate = _gate(prompt)
    if options.items is None:
        rejected = {entry["item"] for entry in gate["decisions"] if entry["do"] == "reject"}
        chosen = set(range(1, len(gate["items"]) + 1)) - rejected
    else:
        chosen = set(options.items)
    before = {entry["item"]: entry for entry in gate["decisions"] if entry["do"] == "approve"}
    kept = [before.get(number, {"item": number, "do": "approve"}) for number in sorted(chosen)]
    result = review.result_of({**gate, "decisions": kept})
    note = {"decisions": [{"do": "approve", "note": options.note}]} if not gate["decisions"] else {}
    _pass_gate(conn, prompt, {**result, **note, **(options.result or {})}, now)


def _review_prompt(conn: Connection, prompt: Prompt, options: ActionOptions, now: str) -> None:
    """Decide on items; once all are decided the prompt goes on with those that are approved, or ends without any."""
    if options.decisions is None:
        raise fail("validation.value", name="decisions", value=None, expected="Name at least one.")
    seq, gate = _gate(prompt)
    gate = review.decide(gate, options.decisions)
    if "edits" in gate:
        lanes, _ = _lanes(conn, _workflow_hash(conn, prompt), None)
        reviews.edit(conn, prompt.id, seq, gate, lanes[seq], now)
    elif not review.is_decided(gate):
        reviews.save(conn, prompt.id, seq, gate, now)
    elif (result := review.result_of(gate))["approved"]:
        _pass_gate(conn, prompt, result | (options.result or {}), now)
    else:
        reviews.save(conn, prompt.id, seq, gate, now)
        reviews.reject(conn, prompt.id, options.note, now)


def _gate(prompt: Prompt) -> tuple[int, review.Gate]:
    """The place of the gate that a prompt waits at, and what it keeps."""
    seq, phase = next(
        (seq, phase) for seq, phase in enumerate(prompt.phases) if phase.state is PhaseState.REVIEW
    )
    return seq, {"items": [], "decisions": [], **(phase.result or {})}


def _pass_gate(conn: Connection, prompt: Prompt, result: dict[str, Any], now: str) -> None:
    lanes, _ = _lanes(conn, _workflow_hash(conn, prompt), None)
    reviews.approve(conn, prompt.id, tuple(lanes), result, now)


PROMPT_ACTIONS: Mapping[str, Callable[[Connection, Prompt, ActionOptions, str], object]] = {
    "cancel": lambda conn, prompt, options, now: actions.cancel_prompt(
        conn, prompt.id, _reason(options), now, keep_work=options.keep_work
    ),
    "retry": _retry_prompt,
    "hold": lambda conn, prompt, _, now: actions.hold_prompt(conn, prompt.id, HeldReason.USER, now),
    "release": lambda conn, prompt, _, now: actions.hold_prompt(conn, prompt.id, None, now),
    "skip": lambda conn, prompt, _, now: actions.skip_prompt(conn, prompt.id, now),
    "approve": _approve_prompt,
    "review": _review_prompt,
    "reject": lambda conn, prompt, options, now: reviews.reject(conn, prompt.id, options.note, now),
}


def _reason(options: ActionOptions) -> str:
    return options.reason or "cancelled"


def _workflow_hash(conn: Connection, prompt: Prompt) -> str:
    job = jobs.get_job(conn, prompt.job_id)
    return job.workflow_hash if job else ""


def _lanes(conn: Connection, workflow_hash: str, from_phase: str | None) -> tuple[Sequence[str], int | None]:
    """The lane of each phase and of publishing, and the place of `from_phase`."""
    loaded = LoadedWorkflow(documents.read_definition(conn, workflow_hash))
    if from_phase is None:
        return loaded.lanes, None
    names = [phase.name for phase in loaded.definition.phases]
    if from_phase not in names:
        expected = f"Use one of: {', '.join(names)}."
        raise fail("validation.value", name="from_phase", value=from_phase, expected=expected)
    return loaded.lanes, names.index(from_phase)
