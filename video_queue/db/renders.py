"""Statements about renders: what ComfyUI was asked to do for a phase or an item, and what it named as outputs.

A row of `item` holds the prompt id we gave (`remote_id`) before ComfyUI hears of it, and the outputs' names
(`remote`) from the moment it is done until the files are fetched. So a restart knows where to look.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from video_queue.db.attempts import is_current, require_current
from video_queue.db.connection import Connection
from video_queue.db.phases import start_phase

_HERE = "WHERE prompt_id = ? AND seq = ? AND item = ?"


@dataclass(frozen=True, slots=True)
class Render:
    """Which unit of work a render is for: item 0 is a plain phase, items of `for_each` count from 1."""

    prompt_id: int
    attempt: int
    seq: int
    item: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A render on record. `known` says that it was begun earlier, under this id; then it must be looked for.

    `outputs` are the names it gave, if it is done. `crashes` counts how often something died in it.
    """

    remote_id: str
    known: bool
    outputs: dict[str, Any] | None
    crashes: int


def begin_phase(conn: Connection, render: Render, name: str, remote_id: str, now: str) -> Begun:
    """A comfy phase begins with this render; `remote_id` is kept unless there is an earlier one.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    crashes = start_phase(conn, render.prompt_id, render.attempt, render.seq, name, now)
    return _begin(conn, render, remote_id, crashes)


def begin_render(conn: Connection, render: Render, remote_id: str) -> Begun:
    """The next render of a phase that has begun.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, render.prompt_id, render.attempt)
    row = conn.execute(
        "SELECT crashes FROM phase WHERE prompt_id = ? AND seq = ?", (render.prompt_id, render.seq)
    ).fetchone()
    return _begin(conn, render, remote_id, row["crashes"])


def _begin(conn: Connection, render: Render, remote_id: str, crashes: int) -> Begun:
    here = (render.prompt_id, render.seq, render.item)
    row = conn.execute(f"SELECT remote_id, remote, crashes FROM item {_HERE}", here).fetchone()
    crashes += row["crashes"] if row else 0
    if row and row["remote_id"]:
        outputs = json.loads(row["remote"]) if row["remote"] else None
        conn.execute(f"UPDATE item SET attempt = ? {_HERE}", (render.attempt, *here))
        return Begun(row["remote_id"], True, outputs, crashes)
    conn.execute(
        "INSERT INTO item (prompt_id, seq, item, state, attempt, remote_id) VALUES (?, ?, ?, 'running', ?, ?)"
        " ON CONFLICT (prompt_id, seq, item) DO UPDATE SET state = 'running', attempt = excluded.attempt,"
        " remote_id = excluded.remote_id, remote = NULL",
        (*here, render.attempt, remote_id),
    )
    return Begun(remote_id, False, None, crashes)


def note_outputs(conn: Connection, render: Render, outputs: dict[str, Any], *, last: bool) -> None:
    """ComfyUI is done: the names of the outputs. With the `last` render the phase is `harvesting`.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, render.prompt_id, render.attempt)
    conn.execute(
        f"UPDATE item SET state = 'harvesting', remote = ? {_HERE}",
        (json.dumps(outputs), render.prompt_id, render.seq, render.item),
    )
    if last:
        conn.execute(
            "UPDATE phase SET state = 'harvesting' WHERE prompt_id = ? AND seq = ? AND state = 'running'",
            (render.prompt_id, render.seq),
        )


def forget_render(conn: Connection, render: Render, *, crashed: bool) -> int:
    """The render is gone, it will be done anew under another id; how often something died in it by now."""
    row = conn.execute(
        "UPDATE item SET state = 'pending', remote_id = NULL, remote = NULL, crashes = crashes + ?"
        f" {_HERE} AND state <> 'succeeded' RETURNING crashes",
        (int(crashed), render.prompt_id, render.seq, render.item),
    ).fetchone()
    return int(row["crashes"]) if row else 0


def count_crash(conn: Connection, render: Render) -> None:
    """ComfyUI went away in the middle of this render; it is still to be looked for."""
    conn.execute(
        f"UPDATE item SET crashes = crashes + 1 {_HERE}", (render.prompt_id, render.seq, render.item)
    )


def set_waiting(conn: Connection, prompt_id: int, attempt: int, reason: str | None, now: str) -> None:
    """What a prompt in hand waits for (`comfy_busy`, ...), or that it does not any more."""
    if is_current(conn, prompt_id, attempt):
        conn.execute(
            "UPDATE prompt SET waiting_reason = ?, waiting_since = ? WHERE id = ?",
            (reason, now if reason else None, prompt_id),
        )


def abandoned_renders(conn: Connection) -> list[str]:
    """Ids that ComfyUI may still know though their prompts have ended here (cancelled just before a crash)."""
    rows = conn.execute(
        "SELECT i.remote_id FROM item i JOIN prompt p ON p.id = i.prompt_id"
        " WHERE i.state = 'running' AND i.remote_id IS NOT NULL"
        " AND p.state IN ('cancelled', 'failed', 'succeeded')"
    )
    return [row["remote_id"] for row in rows]


def drop_abandoned(conn: Connection, remote_ids: Iterable[str]) -> None:
    """Those ids are dealt with."""
    conn.executemany(
        "UPDATE item SET state = 'pending', remote_id = NULL WHERE remote_id = ? AND state = 'running'",
        [(remote_id,) for remote_id in remote_ids],
    )
