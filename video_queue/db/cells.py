"""Prompts as small pictures: what the page lays out in strips, at about 80 bytes each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from video_queue.db.connection import Connection
from video_queue.db.rows import primary_input
from video_queue.domain.states import PromptState
from video_queue.domain.views import Cell, Job, Sheet

FIRST = 16

# Prompts from an index to another, each with the first picture of its last publication. The plan names its input: read
# only where there is no picture, and decoded here only for inputs with names.
_CELLS = """
    WITH cell AS MATERIALIZED (
        SELECT p.id, (
            SELECT a.id FROM artifact a
            WHERE a.prompt_id = p.id AND a.role = 'output' AND a.kind IN ('video', 'image')
            ORDER BY a.attempt DESC, a.id LIMIT 1
        ) AS output
        FROM prompt p WHERE p.job_id = ?1 AND p.idx BETWEEN ?2 AND ?3
    ), known AS (
        SELECT p.*, c.output, CASE WHEN c.output IS NULL AND json_valid(p.plan)
            THEN coalesce(p.plan ->> '$.sequence.folder', p.plan ->> '$.inputs[0]') END AS input
        FROM cell c CROSS JOIN prompt p ON p.id = c.id
    )
    SELECT id, state, claimed, rating, held_reason, waiting_reason, output, input,
        CASE WHEN output IS NULL AND input IS NULL THEN plan END AS plan,
        CASE WHEN state = 'failed' THEN error END AS error,
        CASE WHEN state = 'queued' THEN (SELECT j.blocked FROM job j WHERE j.id = ?1) END AS blocked
    FROM known ORDER BY idx
"""

# How many prompts a job has.
_TOTAL = "SELECT count(*) FROM prompt WHERE job_id = ?"


def read_sheet(conn: Connection, job_id: int, first: int, count: int) -> Sheet:
    """`count` prompts of a job as cells, beginning with that of the index `first`."""
    total = conn.execute(_TOTAL, (job_id,)).fetchone()[0]
    return Sheet(first=first, total=total, cells=_cells(conn, job_id, first, count))


def with_cells(conn: Connection, jobs: Sequence[Job]) -> list[Job]:
    """The jobs, each with its first cells and the poster that stands for it: an output where there is one."""
    for job in jobs:
        job.cells = _cells(conn, job.id, 1, FIRST)
        posters = [cell.poster for cell in job.cells if cell.poster is not None]
        job.poster = next(
            (poster for poster in posters if isinstance(poster, int)), next(iter(posters), None)
        )
    return list(jobs)


def _cells(conn: Connection, job_id: int, first: int, count: int) -> list[Cell]:
    rows = conn.fetch_readable(_CELLS, (job_id, first, first + count - 1))
    return [
        Cell(
            id=row["id"],
            state=row["state"],
            poster=row["output"] or row["input"] or primary_input(_object(row["plan"])),
            rating=row["rating"],
            mark=_mark(row),
        )
        for row in rows
    ]


def _mark(row: Any) -> str | None:
    """The code of its error, why it is held, what it waits for; `turn` between two phases, where no lane is free."""
    if row["state"] == PromptState.FAILED:
        error = _object(row["error"])
        return str(error["code"]) if "code" in error else None
    if row["state"] == PromptState.RUNNING:
        return None if row["claimed"] else row["waiting_reason"] or "turn"
    if row["state"] == PromptState.QUEUED:
        return row["held_reason"] or row["waiting_reason"] or ("after" if row["blocked"] else None)
    return None


def _object(text: str | None) -> dict[str, Any]:
    """Stored JSON; of a row that a disk damaged nothing."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
