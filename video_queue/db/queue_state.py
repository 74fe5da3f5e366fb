"""Statements about the queue as a whole and its lanes: pause, resume, wait, and what is counted."""

from __future__ import annotations

import json
from typing import Any

from video_queue.db import events
from video_queue.db.connection import Connection
from video_queue.domain.events import EventType
from video_queue.domain.states import LaneState, QueueState


def read_queue(conn: Connection) -> dict[str, Any]:
    """`state, reason, until` (seconds since the epoch)."""
    return dict(conn.execute("SELECT state, reason, until FROM queue").fetchone())


def pause_queue(
    conn: Connection, reason: str, until: float | None, now: str, *, at_once: bool = False
) -> QueueState:
    """Claim nothing more. `pausing` while the worker has phases in hand, else `paused`.

    `at_once` is `paused` in any case: the worker then puts back what it has in hand.
    """
    busy = conn.execute("SELECT 1 FROM prompt WHERE state = 'running' AND claimed > 0 LIMIT 1").fetchone()
    state = QueueState.PAUSING if busy and not at_once else QueueState.PAUSED
    conn.execute("UPDATE queue SET state = ?, reason = ?, until = ?", (state, reason, until))
    events.append_event(conn, EventType.QUEUE_PAUSED, now, state=state.value, reason=reason)
    return state


def settle_pause(conn: Connection, now: str) -> bool:
    """`pausing` becomes `paused` once nothing is in hand; whether it did."""
    changed = conn.execute(
        "UPDATE queue SET state = 'paused' WHERE state = 'pausing'"
        " AND NOT EXISTS (SELECT 1 FROM prompt WHERE state = 'running' AND claimed > 0)"
    ).rowcount
    if changed:
        events.append_event(conn, EventType.QUEUE_PAUSED, now, state="paused")
    return changed > 0


def resume_queue(conn: Connection, now: str) -> None:
    """Claim again."""
    conn.execute("UPDATE queue SET state = 'running', reason = NULL, until = NULL")
    events.append_event(conn, EventType.QUEUE_RESUMED, now)


def resume_if_due(conn: Connection, now: float, at: str) -> bool:
    """End a pause whose time is over; whether it did."""
    row = conn.execute("SELECT 1 FROM queue WHERE state <> 'running' AND until <= ?", (now,)).fetchone()
    if row is None:
        return False
    resume_queue(conn, at)
    return True


def read_lanes(conn: Connection) -> list[dict[str, Any]]:
    """Every lane with the prompts that occupy it."""
    lanes = [dict(row) for row in conn.execute("SELECT * FROM lane ORDER BY name, instance")]
    for lane in lanes:
        rows = conn.execute(
            "SELECT id FROM prompt WHERE state = 'running' AND lane = ? AND claimed > 0 AND NOT EXISTS (SELECT 1"
            " FROM phase WHERE prompt_id = id AND seq = phase_seq AND phase.state = 'harvesting') ORDER BY id",
            (lane["name"],),
        )
        lane["running"] = [row["id"] for row in rows]
        lane["detail"] = json.loads(lane["detail"]) if lane["detail"] else None
    return lanes


def set_lane_detail(conn: Connection, name: str, detail: dict[str, Any]) -> None:
    """What stands behind a lane now; for show."""
    conn.execute("UPDATE lane SET detail = ? WHERE name = ?", (json.dumps(detail), name))


def set_lane(conn: Connection, name: str, state: LaneState, reason: str | None, now: str) -> bool:
    """Let a lane wait (with the reason) or run; whether that is news."""
    changed = conn.execute(
        "UPDATE lane SET state = ?, reason = ?, since = ? WHERE name = ? AND (state, coalesce(reason, '')) <> (?, ?)",
        (state, reason, now, name, state, reason or ""),
    ).rowcount
    if changed:
        type_ = EventType.LANE_RUNNING if state is LaneState.RUNNING else EventType.LANE_WAITING
        events.append_event(conn, type_, now, lane=name, reason=reason)
    return changed > 0
