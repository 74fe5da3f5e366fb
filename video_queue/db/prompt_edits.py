"""Statements that change what an artist notes with a prompt; never what was rendered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from video_queue.db import jobs
from video_queue.db.connection import Connection


def edit_prompt(conn: Connection, prompt_id: int, changes: Mapping[str, Any], now: str) -> None:
    """Change `rating, tags, note`; tells which."""
    for column in ("rating", "tags", "note"):
        if column in changes:
            value = json.dumps(changes[column]) if column == "tags" else changes[column]
            conn.execute(f"UPDATE prompt SET {column} = ? WHERE id = ?", (value, prompt_id))
    row = conn.execute("SELECT job_id FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    jobs.tell_updated(conn, row["job_id"], now, prompt=prompt_id, changed=sorted(changes))
