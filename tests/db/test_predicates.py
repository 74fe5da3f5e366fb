"""The shared conditions are words of the schema's partial indexes: SQLite refuses INDEXED BY where they are not."""

from __future__ import annotations

import pytest

from video_queue.db.connection import Connection
from video_queue.db.predicates import ACTIVE_PROMPT, OPEN_JOB, POSTPONED_PROMPT, RELEASED_JOB


@pytest.mark.parametrize(
    ("table", "index", "condition"),
    [
        ("job j", "job_open", OPEN_JOB),
        ("job j", "job_dedupe", f"j.dedupe_key = 'x' AND {OPEN_JOB}"),
        ("job j", "job_unexpanded", f"j.unexpanded = 1 AND {RELEASED_JOB}"),
        ("prompt p", "prompt_postponed", POSTPONED_PROMPT),
        ("prompt p", "prompt_active", ACTIVE_PROMPT),
    ],
)
def test_conditions_are_found_by_their_index(
    conn: Connection, table: str, index: str, condition: str
) -> None:
    sql = f"SELECT 1 FROM {table} INDEXED BY {index} WHERE {condition}"
    assert conn.execute(sql, {"now": 100.0}).fetchall() == []
