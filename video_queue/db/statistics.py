"""Figures about what was done lately: throughput, how long phases take, why prompts failed, what was saved.

Only the newest prompts are read, so the cost does not grow with history.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any

from video_queue.db import tally
from video_queue.db.affinity import loads_saved
from video_queue.db.connection import Connection
from video_queue.db.predicates import ERROR_CODE

_WINDOW = 5000

# Prompts that succeeded and failed in each hour, oldest first.
_THROUGHPUT = """
    SELECT substr(finished_at, 1, 13) || ':00:00Z' AS hour, count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
        count(*) FILTER (WHERE state = 'failed') AS failed
    FROM prompt
    WHERE id > ? AND state IN ('succeeded', 'failed') AND skipped = 0 AND finished_at IS NOT NULL
    GROUP BY hour ORDER BY hour
"""

# How long each phase took that really ran.
_PHASE_SECONDS = """
    SELECT j.workflow, f.seq, f.name, f.seconds FROM phase f
    JOIN prompt p ON p.id = f.prompt_id JOIN job j ON j.id = p.job_id
    WHERE f.prompt_id > ? AND f.state = 'succeeded' AND f.seconds IS NOT NULL
"""

# Failed prompts by error code, the most frequent first.
_FAILURES = f"""
    SELECT {ERROR_CODE} AS code, count(*) AS prompts FROM prompt p
    WHERE p.id > ? AND p.state = 'failed' GROUP BY code HAVING code IS NOT NULL ORDER BY prompts DESC, code
"""

# Phases that were run, and those whose files another prompt had.
_REUSE = """
    SELECT count(*) FILTER (WHERE state = 'succeeded') AS run, count(*) FILTER (WHERE state = 'reused') AS reused
    FROM phase WHERE prompt_id > ?
"""


def read_statistics(conn: Connection) -> dict[str, Any]:
    """`jobs` and `prompts` by state, `model_loads_saved`; of the newest prompts all others."""
    newest = conn.execute("SELECT coalesce(max(id), 0) FROM prompt").fetchone()[0]
    oldest = newest - _WINDOW
    return {
        "jobs": dict(tally.read_tally(conn, "job")),
        "prompts": dict(tally.read_tally(conn, "prompt")),
        "window": _WINDOW,
        "throughput": [dict(row) for row in conn.execute(_THROUGHPUT, (oldest,))],
        "phases": _phase_medians(conn, oldest),
        "reuse": dict(conn.execute(_REUSE, (oldest,)).fetchone()),
        "model_loads_saved": loads_saved(conn),
        "failures": [dict(row) for row in conn.execute(_FAILURES, (oldest,))],
    }


def _phase_medians(conn: Connection, oldest: int) -> list[dict[str, Any]]:
    """Median seconds of each workflow's phases, over those that really ran."""
    seconds: dict[tuple[str, int, str], list[float]] = defaultdict(list)
    for row in conn.execute(_PHASE_SECONDS, (oldest,)):
        seconds[row["workflow"], row["seq"], row["name"]].append(row["seconds"])
    return [
        {"workflow": workflow, "phase": name, "runs": len(values), "median_seconds": median(values)}
        for (workflow, _, name), values in sorted(seconds.items())
    ]
