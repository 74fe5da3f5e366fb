"""Statements about the working files of finished phases and items, and about making again those that are lost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from video_queue.db import prompts
from video_queue.db.connection import Connection
from video_queue.db.predicates import DECIDE_GPU_AGAIN
from video_queue.db.stored import stored_json

# How often a prompt may go back to a phase whose files are lost.
_MOST_RETURNS = 3

# The finished phases of a prompt whose files are on record.
_PHASES = """
    SELECT seq, name, result, files FROM phase
    WHERE prompt_id = ? AND state IN ('succeeded', 'reused') AND files IS NOT NULL ORDER BY seq
"""

# The finished items of a phase whose files are on record.
_ITEMS = """
    SELECT item, result, files FROM item
    WHERE prompt_id = ? AND seq = ? AND state = 'succeeded' AND files IS NOT NULL
"""

# Let a prompt begin again at a phase, unless its requeueing was its end.
_GO_BACK = f"""
    UPDATE prompt SET phase_seq = ?, lane = ?, returns = returns + 1, phase_failures = '{{}}', {DECIDE_GPU_AGAIN}
    WHERE id = ? AND state = 'queued'
"""

# A phase is to be run again.
_RESET_PHASE = """
    UPDATE phase
    SET state = 'pending', progress = 0, result = NULL, files = NULL, reuse_key = NULL, finished_at = NULL
    WHERE prompt_id = ? AND seq = ?
"""

# A rendered item whose files are lost is fetched from ComfyUI again.
_FETCH_ITEM = """
    UPDATE item SET state = 'harvesting', result = NULL, files = NULL
    WHERE prompt_id = ? AND seq = ? AND item = ? AND remote IS NOT NULL
"""

# Any other item is made again.
_DROP_ITEM = "DELETE FROM item WHERE prompt_id = ? AND seq = ? AND item = ? AND remote IS NULL"


@dataclass(frozen=True, slots=True)
class Work:
    """A finished phase, or an item (from 1) of one: its result, and its files as JSON (see `describe_files`)."""

    seq: int
    item: int
    result: dict[str, Any]
    files: str


@dataclass(frozen=True, slots=True)
class Finished:
    """What of a prompt has files on record: finished phases, and items of the phase that is due.

    `publishing`: what it publishes is decided, and staged.
    """

    phases: list[Work]
    items: list[Work]
    publishing: bool


def read_finished(conn: Connection, prompt_id: int, names: Collection[str], seq: int) -> Finished:
    """Of the finished phases those of these `names`; the items of phase `seq`."""
    publishing = conn.execute("SELECT 1 FROM publication WHERE prompt_id = ?", (prompt_id,)).fetchone()
    phases, items = finished_phases(conn, prompt_id, names), finished_items(conn, prompt_id, seq)
    return Finished(phases, items, publishing is not None)


def finished_phases(conn: Connection, prompt_id: int, names: Collection[str]) -> list[Work]:
    """The finished phases of these names, in order."""
    rows = [row for row in conn.execute(_PHASES, (prompt_id,)) if row["name"] in names]
    return [
        Work(row["seq"], 0, stored_json(row["result"], f"a phase of prompt {prompt_id}"), row["files"])
        for row in rows
    ]


def finished_items(conn: Connection, prompt_id: int, seq: int) -> list[Work]:
    """The finished items of a phase."""
    rows = conn.execute(_ITEMS, (prompt_id, seq)).fetchall()
    return [
        Work(seq, row["item"], stored_json(row["result"], f"a phase of prompt {prompt_id}"), row["files"])
        for row in rows
    ]


def may_go_back(conn: Connection, prompt_id: int) -> bool:
    """Whether a prompt may go back to a phase once more: files that are lost again and again are an error."""
    row = conn.execute("SELECT returns FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    return row is not None and row["returns"] < _MOST_RETURNS


def go_back(
    conn: Connection, prompt_id: int, attempt: int, seq: int, items: Collection[int], lane: str, now: str
) -> None:
    """Requeue a prompt at an earlier phase, or at its own, to make `items` of it (or all without items) again."""
    prompts.requeue(conn, prompt_id, attempt, now)
    if not conn.execute(_GO_BACK, (seq, lane, prompt_id)).rowcount:
        return
    conn.execute("DELETE FROM phase WHERE prompt_id = ? AND seq > ?", (prompt_id, seq))
    conn.execute("DELETE FROM item WHERE prompt_id = ? AND seq > ?", (prompt_id, seq))
    conn.execute(_RESET_PHASE, (prompt_id, seq))
    keys = [(prompt_id, seq, item) for item in items]
    conn.executemany(_FETCH_ITEM, keys)
    conn.executemany(_DROP_ITEM, keys)
