"""Figures about what was done lately: throughput, how long phases take, why prompts failed.

Only the newest prompts are looked at, so the cost does not grow with history.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any

from video_queue.db import tally
from video_queue.db.connection import Connection

_WINDOW = 5000


def read_statistics(conn: Connection) -> dict[str, Any]:
    """`jobs` and `prompts` by state; of the newest prompts `throughput`, `phases` and `failures`."""
    newest = conn.execute("SELECT coalesce(max(id), 0) FROM prompt").fetchone()[0]
    oldest = newest - _WINDOW
    return {
        "jobs": dict(tally.read_tally(conn, "job")),
        "prompts": dict(tally.read_tally(conn, "prompt")),
        "window": _WINDOW,
        "throughput": _throughput(conn, oldest),
        "phases": _phase_medians(conn, oldest),
        "failures": _failures(conn, oldest),
    }


def _throughput(conn: Connection, oldest: int) -> list[dict[str, Any]]:
    """Prompts that succeeded in each hour (ISO 8601 UTC), oldest first."""
    rows = conn.execute(
        "SELECT substr(finished_at, 1, 13) || ':00:00Z' AS hour, count(*) AS succeeded FROM prompt"
        " WHERE id > ? AND state = 'succeeded' AND skipped = 0 AND finished_at IS NOT NULL"
        " GROUP BY hour ORDER BY hour",
        (oldest,),
    )
    return [dict(row) for row in rows]


def _phase_medians(conn: Connection, oldest: int) -> list[dict[str, Any]]:
    """Median seconds of each workflow's phases, over those that really ran."""
    rows = conn.execute(
        "SELECT job.workflow, phase.seq, phase.name, phase.seconds FROM phase"
        " JOIN prompt ON prompt.id = phase.prompt_id JOIN job ON job.id = prompt.job_id"
        " WHERE phase.prompt_id > ? AND phase.state = 'succeeded' AND phase.seconds IS NOT NULL",
        (oldest,),
    )
    seconds: dict[tuple[str, int, str], list[float]] = defaultdict(list)
    for row in rows:
        seconds[row["workflow"], row["seq"], row["name"]].append(row["seconds"])
    return [
        {"workflow": workflow, "phase": name, "runs": len(values), "median_seconds": median(values)}
        for (workflow, _, name), values in sorted(seconds.items())
    ]


def _failures(conn: Connection, oldest: int) -> list[dict[str, Any]]:
    """Failed prompts by error code, the most frequent first."""
    rows = conn.execute(
        "SELECT json_extract(error, '$.code') AS code, count(*) AS prompts FROM prompt"
        " WHERE id > ? AND state = 'failed' GROUP BY code ORDER BY prompts DESC, code",
        (oldest,),
    )
    return [dict(row) for row in rows]
