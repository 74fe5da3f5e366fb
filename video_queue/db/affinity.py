"""Renders that go on with the models that are loaded: which prompts do, how far others may wait, what that saved.

ComfyUI keeps only what the previous prompt used, so A, B, A loads everything again. The family of a prompt stands for
the models that its phase loads (`comfy/model_family.py`); the lane's row holds that of the last render.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from video_queue.db import tally
from video_queue.db.connection import Connection
from video_queue.db.predicates import BEGINS_ATTEMPT
from video_queue.db.ready_jobs import earliest, mark_of, ready_jobs
from video_queue.domain.states import DEFAULT_INSTANCE

# How many jobs from the first are considered: more than may be overtaken in a row.
_WINDOW = 64

_LOADED = "SELECT family, overtakings, overtaking_since FROM lane WHERE name = 'gpu' AND instance = ?"

# The first job, of those of one priority, that goes on with a family: with any ready prompt, or with its first one.
_JOB_OF_FAMILY = """
    SELECT * FROM ({ready_jobs}) first_jobs
    WHERE priority = :priority AND EXISTS (
        SELECT 1 FROM prompt p INDEXED BY prompt_family
        WHERE p.job_id = first_jobs.job_id AND p.family = :family AND p.ready IN ('queued_gpu', 'running_gpu')
    ) AND (by_phase OR :family IS coalesce(
        (SELECT p.family FROM prompt p INDEXED BY prompt_ready
            WHERE p.job_id = first_jobs.job_id AND p.ready = 'running_gpu' ORDER BY p.idx LIMIT 1),
        (SELECT p.family FROM prompt p INDEXED BY prompt_ready
            WHERE p.job_id = first_jobs.job_id AND p.ready = 'queued_gpu' ORDER BY p.idx LIMIT 1)
    ))
    LIMIT 1
"""
JOBS_OF_FAMILY = tuple(
    _JOB_OF_FAMILY.format(ready_jobs=ready_jobs(kind, for_instance=True))
    for kind in ("running_gpu", "queued_gpu")
)

# The first ready prompts of a job that go on with a family.
PROMPTS_OF_FAMILY = f"""
    SELECT p.id, p.idx, p.phase_seq, p.attempt + {BEGINS_ATTEMPT} AS next_attempt, p.family
    FROM prompt p INDEXED BY prompt_family
    WHERE p.job_id = :job_id AND p.family = :family AND p.ready IN ('queued_gpu', 'running_gpu')
    ORDER BY p.phase_seq, p.idx LIMIT :limit
"""

_NOTE_OVERTAKING = """
    UPDATE lane SET overtakings = overtakings + 1, overtaking_since = coalesce(overtaking_since, ?)
    WHERE name = 'gpu' AND instance = ?
"""
_END_OVERTAKING = """
    UPDATE lane SET overtakings = 0, overtaking_since = NULL WHERE name = 'gpu' AND instance = ? AND overtakings > 0
"""
_SET_LOADED = "UPDATE lane SET family = ?1 WHERE name = 'gpu' AND instance = ?2 AND family IS NOT ?1"

# The time of this phase is not that of the render alone.
_NOTE_LOAD = "UPDATE phase SET loaded = 1 WHERE prompt_id = ? AND seq = ?"

# Where a prompt stands among the renders, and the prompt before it: of its job, else the last of an earlier job.
_RENDER = "SELECT job_id, idx, phase_seq, family, families, instance FROM prompt WHERE id = ?"
BEFORE = """
    SELECT families FROM prompt INDEXED BY prompt_of_job
    WHERE (job_id, idx) < (?, ?) ORDER BY job_id DESC, idx DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Bound:
    """How many renders in a row, and for how many seconds, may overtake those of another job."""

    renders: int = 32
    seconds: float = 600.0


DEFAULT_BOUND = Bound()


def job_to_go_on_with(
    conn: Connection, first: Any, now: float, bound: Bound, instance: str = DEFAULT_INSTANCE
) -> Any:
    """The job that goes on with the loaded models, if one of `first`'s priority may overtake it; else `first`."""
    loaded = conn.execute(_LOADED, (instance,)).fetchone()
    if loaded["family"] is None or _is_spent(loaded, now, bound):
        return first
    values = {"family": loaded["family"], "priority": first["priority"], "limit": _WINDOW}
    values["mark"] = mark_of(instance)
    return earliest(*(conn.execute(statement, values).fetchone() for statement in JOBS_OF_FAMILY)) or first


def _is_spent(loaded: Any, now: float, bound: Bound) -> bool:
    since = loaded["overtaking_since"]
    return loaded["overtakings"] >= bound.renders or (since is not None and now - since >= bound.seconds)


def prompts_of_family(
    conn: Connection, job_id: int, limit: int, instance: str = DEFAULT_INSTANCE
) -> Sequence[Any]:
    """The first prompts of a job that go on with the loaded models."""
    family = conn.execute(_LOADED, (instance,)).fetchone()["family"]
    return of_family(conn, job_id, family, limit)


def of_family(conn: Connection, job_id: int, family: str | None, limit: int) -> Sequence[Any]:
    """The first prompts of a job that load these models."""
    values = {"job_id": job_id, "family": family, "limit": limit}
    return conn.execute(PROMPTS_OF_FAMILY, values).fetchall()


def note_claim(conn: Connection, now: float, instance: str, *, overtakes: bool) -> None:
    """A prompt was taken for the gpu; `overtakes`: another job was first."""
    if overtakes:
        conn.execute(_NOTE_OVERTAKING, (now, instance))
    else:
        conn.execute(_END_OVERTAKING, (instance,))


def note_render(conn: Connection, prompt_id: int) -> None:
    """A prompt is about to be rendered: its models are the loaded ones now; count loads, and those that were saved.

    Saved are the loads that rendering every prompt whole, in the order of submission, would have needed more.
    """
    row = conn.execute(_RENDER, (prompt_id,)).fetchone()
    family, instance = row["family"], row["instance"] or DEFAULT_INSTANCE
    if family is None:
        return
    loaded = conn.execute(_LOADED, (instance,)).fetchone()["family"]
    conn.execute(_SET_LOADED, (family, instance))
    if not family:  # it loads no model
        return
    loads = int(family != loaded)
    saved = int(family != (_family_before(conn, row) or loaded)) - loads
    if loads:
        tally.count_change(conn, "model", None, "loads")
        conn.execute(_NOTE_LOAD, (prompt_id, row["phase_seq"]))
    if saved:
        tally.count_change(conn, "model", None, "saved", saved)
        conn.execute(
            "UPDATE job SET model_loads_saved = model_loads_saved + ? WHERE id = ?", (saved, row["job_id"])
        )


def _family_before(conn: Connection, row: Any) -> str | None:
    """The family of the render before this one, were every prompt rendered whole in the order of submission."""
    own = [family for family in json.loads(row["families"])[: row["phase_seq"]] if family is not None]
    if own:
        return str(own[-1])
    before = conn.execute(BEFORE, (row["job_id"], row["idx"])).fetchone()
    families = json.loads(before["families"]) if before and before["families"] else []
    return next((str(family) for family in reversed(families) if family is not None), None)


def loaded_family(conn: Connection, instance: str = DEFAULT_INSTANCE) -> str | None:
    """The models that are loaded; None where nothing is."""
    row = conn.execute(_LOADED, (instance,)).fetchone()
    return None if row is None or row["family"] is None else str(row["family"])


def forget_loaded(conn: Connection, instance: str = DEFAULT_INSTANCE) -> None:
    """ComfyUI went away or freed its memory: no models are loaded."""
    conn.execute(_SET_LOADED, (None, instance))


def loads_saved(conn: Connection) -> int:
    """How many loads of models were saved in all."""
    return tally.read_tally(conn, "model").get("saved", 0)
