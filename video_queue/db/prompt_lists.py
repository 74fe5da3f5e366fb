"""Reading prompts as the API shows them: one, a page of a job's, those that run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from video_queue.db import artifacts, documents
from video_queue.db.connection import Connection
from video_queue.db.predicates import ACTIVE_PROMPT
from video_queue.db.rows import phase_view, prompt_view
from video_queue.db.stored import DamagedRowError, ReadableTexts
from video_queue.domain.views import Page, PhaseView, Prompt, WaitingFor

# The prompts that the worker is busy with.
_ACTIVE = f"SELECT p.* FROM prompt p WHERE {ACTIVE_PROMPT} ORDER BY p.id LIMIT 50"

# Where the logs of a job's prompts lie.
_LOG_PATHS = "SELECT idx, log_path FROM prompt WHERE job_id = ? AND log_path IS NOT NULL ORDER BY idx"

# What a prompt's view takes from its job.
_JOB = "SELECT params, workflow_hash, created_at, blocked FROM job WHERE id = ?"

# The phases of a prompt, and the same without the bulk of their results.
_PHASES = "SELECT * FROM phase WHERE prompt_id = ?"
_BRIEF_PHASES = """
    SELECT name, state, progress, started_at, finished_at, items_total, reused_from, NULL AS result
    FROM phase WHERE prompt_id = ?
"""

# How many items of each phase of a prompt are finished.
_ITEMS_DONE = "SELECT seq, count(*) FROM item WHERE prompt_id = ? AND state = 'succeeded' GROUP BY seq"


class _OfJob(NamedTuple):
    """What the views of a job's prompts share: its common values and the outline of its workflow's phases."""

    row: Any
    params: dict[str, Any]
    outline: list[tuple[str, str]]
    damage: DamagedRowError | None


def get_prompt(conn: Connection, prompt_id: int) -> Prompt | None:
    """One prompt with its phases and artifacts, or None."""
    rows = conn.fetch_readable("SELECT * FROM prompt WHERE id = ?", (prompt_id,))
    return _views(conn, rows)[0] if rows else None


def find_prompt(conn: Connection, job_id: int, index: int) -> int | None:
    """The number of the prompt called `JOB.INDEX`, or None."""
    row = conn.execute("SELECT id FROM prompt WHERE job_id = ? AND idx = ?", (job_id, index)).fetchone()
    return None if row is None else int(row["id"])


def list_prompts(
    conn: Connection,
    job_id: int,
    state: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
    *,
    brief: bool = False,
) -> Page[Prompt]:
    """A job's prompts by index, of one state if given. `cursor` is the last index of the page before.

    `brief` leaves out the phases' results, the actions, and all artifacts but the first.
    """
    where, values = ("AND state = ?", [state]) if state else ("", [])
    rows = conn.fetch_readable(
        f"SELECT * FROM prompt WHERE job_id = ? AND idx > ? {where} ORDER BY idx LIMIT ?",
        [job_id, int(cursor or 0), *values, limit + 1],
    )
    items = _views(conn, rows[:limit], brief=brief)
    return Page[Prompt](items=items, next_cursor=str(items[-1].index) if len(rows) > limit else None)


def running_prompts(conn: Connection) -> list[Prompt]:
    """The prompts that the worker is busy with, brief: read with every event."""
    return _views(conn, conn.fetch_readable(_ACTIVE), brief=True)


def get_log_path(conn: Connection, prompt_id: int) -> str | None:
    """Where a prompt's log lies; None before its first attempt."""
    row = conn.execute("SELECT log_path FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    return None if row is None else row["log_path"]


# The lanes of which every instance waits.
_WAITING_LANES = """
    SELECT name, min(reason) AS reason, min(since) AS since FROM lane
    GROUP BY name HAVING min(state = 'waiting') = 1
"""


def list_log_paths(conn: Connection, job_id: int) -> list[tuple[int, str]]:
    """(index, log path) of a job's prompts that were begun."""
    return [(row["idx"], row["log_path"]) for row in conn.execute(_LOG_PATHS, (job_id,))]


def _views(conn: Connection, rows: list[Any], *, brief: bool = False) -> list[Prompt]:
    jobs: dict[int, _OfJob] = {}
    lanes = {row["name"]: row for row in conn.execute(_WAITING_LANES)}
    views = []
    for row in rows:
        job = jobs.get(row["job_id"]) or jobs.setdefault(row["job_id"], _of_job(conn, row["job_id"]))
        texts = ReadableTexts(job.damage)
        views.append(
            prompt_view(
                row,
                params=job.params,
                texts=texts,
                phases=_phases(conn, row["id"], job.outline, texts, brief=brief),
                artifacts=artifacts.list_artifacts(conn, row["id"], first_only=brief),
                created_at=job.row["created_at"],
                waiting_for=_waiting_for(row, job.row, lanes),
                brief=brief,
            )
        )
    return views


def _of_job(conn: Connection, job_id: int) -> _OfJob:
    row = conn.fetch_readable(_JOB, (job_id,))[0]
    texts = ReadableTexts()
    params: dict[str, Any] = texts.json(row["params"], f"the values of job {job_id}", {})
    outline: list[tuple[str, str]] = texts.read(lambda: _outline(conn, row["workflow_hash"]), [])
    return _OfJob(row, params, outline, texts.damage)


def _waiting_for(row: Any, job: Any, lanes: Mapping[str, Any]) -> WaitingFor | None:
    """What an unclaimed prompt waits for: something of its own, its lane, or the jobs before its own."""
    if row["waiting_reason"]:
        return WaitingFor(reason=row["waiting_reason"], since=row["waiting_since"])
    if row["claimed"] or row["state"] not in ("queued", "running"):
        return None
    if job["blocked"]:
        return WaitingFor(reason="after", since=job["created_at"])
    lane = lanes.get("media" if row["needs_gpu"] == 0 else row["lane"])
    return WaitingFor(reason=lane["reason"], since=lane["since"]) if lane else None


def _outline(conn: Connection, workflow_hash: str) -> list[tuple[str, str]]:
    """Name and `uses` of every phase of a snapshot, in order."""
    snapshot = json.loads(documents.read_document(conn, workflow_hash) or "{}")
    return [(phase["name"], phase["uses"]) for phase in snapshot["definition"]["phases"]]


def _phases(
    conn: Connection, prompt_id: int, outline: list[tuple[str, str]], texts: ReadableTexts, *, brief: bool
) -> list[PhaseView]:
    rows = {r["name"]: r for r in conn.fetch_readable(_BRIEF_PHASES if brief else _PHASES, (prompt_id,))}
    done = dict(conn.execute(_ITEMS_DONE, (prompt_id,)).fetchall())
    return [
        phase_view(n, uses, rows.get(n), texts, done.get(seq, 0)) for seq, (n, uses) in enumerate(outline)
    ]
