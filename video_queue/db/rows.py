"""Rows turned into the views of `domain/views.py`.

Stored JSON is read tolerantly: old rows stay readable, and of a row that a disk damaged the rest is shown, with the
damage as its error.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from video_queue.db.stored import ReadableTexts, stored
from video_queue.domain.actions import job_actions, prompt_actions
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorInfo
from video_queue.domain.states import FINISHED_PHASE, HeldReason, JobState, PhaseState, PromptState
from video_queue.domain.submission import brief_submission
from video_queue.domain.views import Artifact, Counts, Job, PhaseView, Prompt, WaitingFor

_EXACT_IN_JSON = 2**53

# Columns that are fields of a Job or a Prompt as they are.
_JOB_COLUMNS = (
    "id", "name", "workflow", "workflow_hash", "priority", "position", "note", "rating", "output_dir", "created_at",
    "started_at", "finished_at", "parent_id", "batch", "submitted_by", "run_order",
)  # fmt: skip
_PROMPT_COLUMNS = ("id", "job_id", "attempt", "message", "rating", "note", "started_at", "finished_at")


def job_view(row: Any, *, brief: bool = False) -> Job:
    """A Job from a row of `job`; a brief one says of long lists of its submission only how they begin."""
    counts = Counts(**{state.value: row[state] for state in PromptState})
    held = HeldReason(row["held_reason"]) if row["held_reason"] else None
    state = JobState(row["state"])
    done = counts.succeeded + counts.failed + counts.cancelled
    of_job = f"of job {row['id']}"
    texts = ReadableTexts()
    submission: dict[str, Any] = texts.json(row["submission"], f"the submission {of_job}", {})
    return Job(
        **{name: row[name] for name in _JOB_COLUMNS},
        state=state,
        held=held is not None,
        held_reason=held,
        tags=texts.json(row["tags"], f"the tags {of_job}", []),
        submission=brief_submission(submission) if brief else submission,
        counts=counts,
        progress=done / counts.total if counts.total else 0.0,
        error=_error(row["error"], texts),
        archived=bool(row["archived"]),
        model_loads_saved=max(0, row["model_loads_saved"]),
        actions=job_actions(state, counts, held, archived=bool(row["archived"])),
    )


def prompt_view(
    row: Any,
    *,
    params: dict[str, Any],
    texts: ReadableTexts,
    phases: list[PhaseView],
    artifacts: list[Artifact],
    created_at: str,
    waiting_for: WaitingFor | None,
    brief: bool = False,
) -> Prompt:
    """A Prompt from a row of `prompt`; `params` are the job's common ones, `phases` all of the workflow's.

    `texts` has read those and holds their damage.
    A brief one names no actions.
    """
    of_prompt = f"of prompt {row['job_id']}.{row['idx']}"
    plan: dict[str, Any] = texts.json(row["plan"], f"the plan {of_prompt}", {})
    held = HeldReason(row["held_reason"]) if row["held_reason"] else None
    state = PromptState(row["state"])
    current = next((p.name for p in phases if p.state not in FINISHED_PHASE), None)
    return Prompt(
        **{name: row[name] for name in _PROMPT_COLUMNS},
        index=row["idx"],
        state=state,
        input=primary_input(plan),
        inputs=_inputs(plan),
        params={**params, **plan.get("values", {})},
        seed=seed_for_json(row["seed"]),
        phase=current if state is not PromptState.SUCCEEDED else None,
        progress=_progress(state, phases),
        held=held is not None,
        held_reason=held,
        waiting_for=waiting_for,
        not_before=_moment(row["not_before"]),
        skipped=bool(row["skipped"]),
        tags=texts.json(row["tags"], f"the tags {of_prompt}", []),
        error=_error(row["error"], texts),
        phases=phases,
        artifacts=artifacts,
        created_at=created_at,
        actions=[] if brief else prompt_actions(state, held),
    )


def phase_view(name: str, uses: str, row: Any | None, texts: ReadableTexts, items_done: int = 0) -> PhaseView:
    """A PhaseView; without a row the phase has not begun."""
    if row is None:
        return PhaseView(name=name, uses=uses, state=PhaseState.PENDING)
    total = row["items_total"]
    state = PhaseState(row["state"])
    return PhaseView(
        name=name,
        uses=uses,
        state=state,
        progress=1.0 if state in FINISHED_PHASE else row["progress"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        result=texts.json(row["result"], f"the result of a phase {name}", {}) if row["result"] else None,
        items=None if total is None else {"done": items_done, "total": total},
        reused_from=row["reused_from"] if state is PhaseState.REUSED else None,
    )


def artifact_view(row: Any) -> Artifact:
    """An Artifact from a row of `artifact`."""
    return Artifact(**{name: row[name] for name in Artifact.model_fields})


def seed_for_json(text: str | None) -> int | str | None:
    """A stored seed as JSON carries it: a string from 2^53 on."""
    if text is None:
        return None
    return int(text) if int(text) < _EXACT_IN_JSON else text


def _moment(seconds: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 UTC."""
    return (
        None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    )


def _progress(state: PromptState, phases: list[PhaseView]) -> float:
    if state is PromptState.SUCCEEDED:
        return 1.0
    return sum(phase.progress for phase in phases) / len(phases) if phases else 0.0


def primary_input(plan: dict[str, Any]) -> str | None:
    """The file, or the folder of a sequence, that stands for the inputs of a plan."""
    if plan.get("sequence"):
        return str(plan["sequence"]["folder"])
    if plan.get("inputs"):
        return str(plan["inputs"][0])
    return next((files[0] for files in plan.get("slots", {}).values()), None)


def _inputs(plan: dict[str, Any]) -> list[Any]:
    if plan.get("slots"):
        return [plan["slots"]]
    if plan.get("sequence"):
        return [plan["sequence"]]
    return list(plan.get("inputs", ()))


def _error(text: str | None, texts: ReadableTexts) -> ErrorInfo | None:
    """The stored error; damage of the row comes before it."""
    error = None
    if text:
        error = texts.read(lambda: stored(text, "its error", ErrorInfo.model_validate_json), None)
    if texts.damage is None:
        return error
    return fail("internal.damaged_text", where=texts.damage.where, detail=texts.damage.detail).info()
