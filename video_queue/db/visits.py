"""When the page was used, and which new outputs were seen. Kept here, so that every browser and a refresh agree."""

from __future__ import annotations

import json
from collections.abc import Sequence

from video_queue.db.connection import Connection
from video_queue.domain.report import Visit

# How many renders ended then or later.
_ENDED = """
    SELECT count(*) FROM prompt WHERE finished_at >= ? AND state IN ('succeeded', 'failed') AND skipped = 0
"""

# Jobs are seen; numbers of none are left out.
_SEEN = """
    INSERT INTO seen_job (job_id, at) SELECT id, ? FROM job WHERE id IN (SELECT value FROM json_each(?))
    ON CONFLICT (job_id) DO UPDATE SET at = excluded.at
"""


def note_visit(conn: Connection, now: str, long_ago: str) -> Visit:
    """The page is used now. If it was not since `long_ago`, the answer says since when, and how many renders ended."""
    seen_at = conn.execute("SELECT seen_at FROM visit").fetchone()["seen_at"]
    is_back = seen_at is not None and seen_at <= long_ago
    conn.execute("UPDATE visit SET seen_at = ?", (now,))
    if not is_back:
        return Visit()
    conn.execute("UPDATE visit SET away_since = ?", (seen_at,))
    return Visit(away_since=seen_at, ended=conn.execute(_ENDED, (seen_at,)).fetchone()[0])


def read_away_since(conn: Connection) -> str | None:
    """Since when the page had not been used before the last return to it."""
    since: str | None = conn.execute("SELECT away_since FROM visit").fetchone()["away_since"]
    return since


def note_seen(conn: Connection, jobs: Sequence[int], now: str) -> None:
    """What these jobs made so far was seen; numbers of jobs that are no more are left out."""
    conn.execute(_SEEN, (now, json.dumps(list(jobs))))
