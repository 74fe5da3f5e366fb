"""Statements about chains: which jobs come after which, also when that is long done."""

from __future__ import annotations

import json

from video_queue.db.connection import Connection
from video_queue.domain.views import ChainJob

# So many jobs of a chain are shown, the nearest of them.
_SHOWN = 60

# The jobs that are linked with one by any number of steps, in both directions, nearest first.
_LINKED = """
    WITH RECURSIVE linked (id) AS (
        SELECT :job_id
        UNION SELECT a.after_id FROM linked JOIN job_after a ON a.job_id = linked.id
        UNION SELECT a.job_id FROM linked JOIN job_after a ON a.after_id = linked.id
        LIMIT :limit
    )
    SELECT j.id, j.name, j.workflow, j.state, j.held_reason, (
        SELECT json_group_array(a.after_id) FROM job_after a WHERE a.job_id = j.id
    ) AS after
    FROM linked JOIN job j ON j.id = linked.id ORDER BY j.id
"""


def read_chain(conn: Connection, job_id: int) -> list[ChainJob]:
    """The chain that a job belongs to, itself included, each after those that it comes after; [] if it stands alone."""
    rows = conn.fetch_readable(_LINKED, {"job_id": job_id, "limit": _SHOWN})
    jobs = [ChainJob(**{**dict(row), "after": sorted(json.loads(row["after"]))}) for row in rows]
    return jobs if len(jobs) > 1 else []
