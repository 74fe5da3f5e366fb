"""Statements about which ComfyUI can render what, where there are several: found out once for each job."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from video_queue.db.connection import Connection, is_damage
from video_queue.db.stored import DamagedRowError, stored_json

ANY, UNKNOWN = "", "?"

# Jobs of which it is not known, the next ones of the queue first.
_UNPLACED = """
    SELECT r.job_id FROM ready_job r INDEXED BY ready_unplaced WHERE r.instances = '?'
    ORDER BY r.priority DESC, r.position, r.job_id LIMIT ?
"""

# One prompt of a job for each set of models that its phases load.
_PROMPTS = """
    SELECT families, plan, min(idx) AS idx FROM prompt
    WHERE job_id = ? AND state IN ('queued', 'running', 'review') AND families IS NOT NULL GROUP BY families
"""

_SET = "UPDATE ready_job SET instances = ?2 WHERE job_id = ?1"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A job with the values of one prompt for each set of models; without a `workflow_hash` it has damage."""

    job_id: int
    workflow_hash: str
    values: list[dict[str, Any]]


def unplaced_jobs(conn: Connection, limit: int) -> list[Unplaced]:
    """The next jobs of which is not known where they can be rendered."""
    return [_read_if_sound(conn, row["job_id"]) for row in conn.execute(_UNPLACED, (limit,)).fetchall()]


def _read_if_sound(conn: Connection, job_id: int) -> Unplaced:
    """A job with damage may be claimed by any: its prompts fail then, and say why."""
    try:
        return _read(conn, job_id)
    except (DamagedRowError, sqlite3.OperationalError) as error:
        if not is_damage(error):
            raise
        return Unplaced(job_id, "", [])


def _read(conn: Connection, job_id: int) -> Unplaced:
    job = conn.execute("SELECT workflow_hash, params FROM job WHERE id = ?", (job_id,)).fetchone()
    params = stored_json(job["params"], f"the values of job {job_id}")
    values = [
        {**params, **stored_json(row["plan"], f"the plan of prompt {job_id}.{row['idx']}").get("values", {})}
        for row in conn.execute(_PROMPTS, (job_id,))
    ]
    return Unplaced(job_id, job["workflow_hash"], values)


def place(
    conn: Connection, jobs: Iterable[tuple[int, str]], families: Iterable[tuple[str, str, bool]]
) -> None:
    """Where jobs can be rendered, and (instance, family, whether it lacks something of it)."""
    for instance, family, lacks in families:
        if lacks:
            conn.execute("INSERT OR IGNORE INTO refused_family VALUES (?, ?)", (instance, family))
        else:
            conn.execute("DELETE FROM refused_family WHERE instance = ? AND family = ?", (instance, family))
    conn.executemany(_SET, jobs)


def forget_places(conn: Connection, names: Sequence[str]) -> None:
    """These are the instances, or what one of them has is another: find out again. One alone gets everything."""
    conn.execute("UPDATE ready_job SET instances = ?", (UNKNOWN if len(names) > 1 else ANY,))
    conn.execute("DELETE FROM refused_family")


def refused_families(conn: Connection, instance: str) -> set[str]:
    """The families of which an instance lacks something."""
    rows = conn.execute("SELECT family FROM refused_family WHERE instance = ?", (instance,))
    return {row["family"] for row in rows}


def column_text(able: Sequence[str], names: Sequence[str], *, all_of_it: bool) -> str:
    """The column's text for the instances that are able, of all.

    What none is able to render fails wherever it is claimed, and says what is missing.
    """
    if not able or (len(able) == len(names) and all_of_it):
        return ANY
    return f" {' '.join(able)} "


def has_unplaced(conn: Connection) -> bool:
    """Whether there are jobs of which it is not known where they can be rendered."""
    statement = "SELECT 1 FROM ready_job INDEXED BY ready_unplaced WHERE instances = '?' LIMIT 1"
    return conn.execute(statement).fetchone() is not None
