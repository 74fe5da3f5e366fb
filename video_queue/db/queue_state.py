"""Statements about the queue as a whole and its lanes: pause, resume, wait, and what is counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from video_queue.db import events, placement
from video_queue.db.connection import Connection
from video_queue.db.predicates import ACTIVE_PROMPT
from video_queue.domain.events import EventType
from video_queue.domain.states import DEFAULT_INSTANCE, Lane, LaneState, QueueState

# Why the gpu lane may wait for a ComfyUI that answers.
_COMFY_WAITS = ("comfy_busy", "comfy_zombie")

# Whether the worker is busy with anything.
_BUSY = f"SELECT 1 FROM prompt p WHERE {ACTIVE_PROMPT} LIMIT 1"

# A pause is complete once the worker is busy with nothing.
_FINISH_PAUSE = f"""
    UPDATE queue SET state = 'paused' WHERE state = 'pausing' AND NOT EXISTS ({_BUSY})
"""

# The prompts that occupy a lane; one whose files are being fetched occupies none.
_OCCUPIED = f"""
    SELECT p.id FROM prompt p
    WHERE CASE WHEN p.needs_gpu = 0 THEN 'media' ELSE p.lane END = ?1 AND (?1 <> 'gpu' OR p.instance = ?2)
        AND {ACTIVE_PROMPT} AND NOT EXISTS (
        SELECT 1 FROM phase f WHERE f.prompt_id = p.id AND f.seq = p.phase_seq AND f.state = 'harvesting'
    )
"""

# An instance is gone for good: nothing is left of its renders.
_FORGET_RENDERS = """
    UPDATE item SET state = 'pending', remote_id = NULL, remote = NULL
    WHERE instance = ? AND remote_id IS NOT NULL AND state IN ('running', 'harvesting')
"""

# Set a lane's state, unless it is so already.
_SET_LANE = """
    UPDATE lane SET state = :state, reason = :reason, since = :now
    WHERE name = :name AND instance = coalesce(:instance, instance)
        AND (state, coalesce(reason, '')) <> (:state, coalesce(:reason, ''))
"""


def read_queue(conn: Connection) -> dict[str, Any]:
    """`state, reason, until` (seconds since the epoch), the hours of each day in which it pauses: `schedule`.

    `countdown` is what `begin_countdown` wrote, as JSON.
    """
    return dict(conn.execute("SELECT state, reason, until, schedule, countdown FROM queue").fetchone())


def is_busy(conn: Connection) -> bool:
    """Whether the worker is busy with anything."""
    return conn.execute(_BUSY).fetchone() is not None


def pause_queue(
    conn: Connection,
    reason: str,
    until: float | None,
    now: str,
    *,
    at_once: bool = False,
    free_memory: bool = False,
) -> None:
    """Claim nothing more. `pausing` while the worker is busy, else `paused`; then ComfyUI frees its memory if asked to.

    `at_once` is `paused` in any case: the worker then puts back what it is busy with.
    """
    state = QueueState.PAUSING if is_busy(conn) and not at_once else QueueState.PAUSED
    conn.execute(
        "UPDATE queue SET state = ?, reason = ?, until = ?, free_memory = ?",
        (state, reason, until, free_memory),
    )
    events.append_event(conn, EventType.QUEUE_PAUSED, now, state=state.value, reason=reason)


def finish_pause(conn: Connection, now: str) -> None:
    """`pausing` becomes `paused` once the worker is busy with nothing; in every transaction that releases a prompt."""
    if conn.execute(_FINISH_PAUSE).rowcount:
        events.append_event(conn, EventType.QUEUE_PAUSED, now, state="paused")


def resume_queue(conn: Connection, now: str) -> None:
    """Claim again."""
    conn.execute("UPDATE queue SET state = 'running', reason = NULL, until = NULL, free_memory = 0")
    events.append_event(conn, EventType.QUEUE_RESUMED, now)


def begin_countdown(conn: Connection, action: str, ends_at: str, now: str, **data: Any) -> None:
    """From now until `ends_at` the end of the machine's work is near; for pages that are opened later too."""
    countdown: dict[str, Any] = {"action": action, "ends_at": ends_at}
    conn.execute("UPDATE queue SET countdown = ?", (json.dumps(countdown),))
    events.append_event(conn, EventType.WHEN_DONE_COUNTDOWN, now, **countdown, **data)


def end_countdown(conn: Connection, type_: EventType, now: str, **data: Any) -> None:
    """Nothing counts down any more; the event says why."""
    conn.execute("UPDATE queue SET countdown = NULL")
    events.append_event(conn, type_, now, **data)


def drop_countdown(conn: Connection, now: str) -> None:
    """End a countdown whose process is no more."""
    if text := read_queue(conn)["countdown"]:
        action = json.loads(text)["action"]
        end_countdown(conn, EventType.WHEN_DONE_CANCELLED, now, action=action, reason="vq was started again")


def frees_memory(conn: Connection) -> bool:
    """Whether ComfyUI is to free its memory now: the pause that asked for it is complete."""
    row = conn.execute("SELECT 1 FROM queue WHERE state = 'paused' AND free_memory = 1").fetchone()
    return row is not None and not gpu_is_occupied(conn)


def note_memory_freed(conn: Connection) -> None:
    """It was asked to."""
    conn.execute("UPDATE queue SET free_memory = 0")


def gpu_is_occupied(conn: Connection, instance: str = DEFAULT_INSTANCE) -> bool:
    """Whether a prompt renders now, in this instance."""
    return conn.execute(_OCCUPIED, (Lane.GPU, instance)).fetchone() is not None


def set_schedule(conn: Connection, hours: str | None) -> None:
    """Pause in these hours of each day from now on; None: no more."""
    conn.execute("UPDATE queue SET schedule = ?, schedule_after = NULL", (hours,))


def skip_schedule(conn: Connection, until: float) -> None:
    """Do not pause by the schedule before this moment."""
    conn.execute("UPDATE queue SET schedule_after = ?", (until,))


def schedule_due(conn: Connection, now: float) -> str | None:
    """The hours of the schedule, if it may pause the queue now and the queue runs."""
    row = conn.execute(
        "SELECT schedule FROM queue WHERE state = 'running' AND coalesce(schedule_after, 0) <= ?", (now,)
    ).fetchone()
    return None if row is None else row["schedule"]


def resume_if_due(conn: Connection, now: float, at: str) -> None:
    """End a pause whose time is over."""
    if conn.execute("SELECT 1 FROM queue WHERE state <> 'running' AND until <= ?", (now,)).fetchone():
        resume_queue(conn, at)


def read_lanes(conn: Connection) -> list[dict[str, Any]]:
    """Every lane with the prompts that occupy it."""
    lanes = [dict(row) for row in conn.execute("SELECT * FROM lane ORDER BY name, instance")]
    for lane in lanes:
        lane["running"] = sorted(
            row["id"] for row in conn.execute(_OCCUPIED, (lane["name"], lane["instance"]))
        )
        lane["detail"] = json.loads(lane["detail"]) if lane["detail"] else None
    return lanes


def set_lane_detail(conn: Connection, name: str, detail: dict[str, Any], instance: str | None = None) -> None:
    """What stands behind a lane now; for show."""
    conn.execute(
        "UPDATE lane SET detail = ?1 WHERE name = ?2 AND instance = coalesce(?3, instance)",
        (json.dumps(detail), name, instance),
    )


def set_lane(
    conn: Connection, name: str, state: LaneState, reason: str | None, now: str, instance: str | None = None
) -> None:
    """Let a lane wait (with the reason) or run; without `instance` all of the name. An event follows a change."""
    values = {"name": name, "instance": instance, "state": state, "reason": reason, "now": now}
    if conn.execute(_SET_LANE, values).rowcount:
        type_ = EventType.LANE_RUNNING if state is LaneState.RUNNING else EventType.LANE_WAITING
        which: dict[str, Any] = {} if instance in (None, DEFAULT_INSTANCE) else {"instance": instance}
        events.append_event(conn, type_, now, lane=name, reason=reason, **which)


def wait_for_comfy(conn: Connection, reason: str, now: str, instance: str = DEFAULT_INSTANCE) -> None:
    """The gpu lane waits for a ComfyUI that answers (`comfy_busy`, `comfy_zombie`); any other reason stays."""
    lane = _gpu_lane(conn, instance)
    if lane["state"] == LaneState.RUNNING or lane["reason"] in _COMFY_WAITS:
        set_lane(conn, Lane.GPU, LaneState.WAITING, reason, now, instance)


def end_comfy_wait(conn: Connection, now: str, *reasons: str, instance: str = DEFAULT_INSTANCE) -> None:
    """The gpu lane runs again if it waited for a ComfyUI that answers, or for one of `reasons`."""
    if _gpu_lane(conn, instance)["reason"] in (*_COMFY_WAITS, *reasons):
        set_lane(conn, Lane.GPU, LaneState.RUNNING, None, now, instance)


def zombie_since(conn: Connection, instance: str = DEFAULT_INSTANCE) -> str | None:
    """Since when the gpu lane waits for a ComfyUI that answers and does nothing."""
    row = conn.execute(
        "SELECT since FROM lane WHERE name = ? AND instance = ? AND reason = 'comfy_zombie'",
        (Lane.GPU, instance),
    ).fetchone()
    return None if row is None else row["since"]


def _gpu_lane(conn: Connection, instance: str) -> dict[str, Any]:
    row = conn.execute(
        "SELECT state, reason FROM lane WHERE name = ? AND instance = ?", (Lane.GPU, instance)
    ).fetchone()
    return dict(row)


def set_instances(conn: Connection, names: Sequence[str]) -> None:
    """These are the instances of the gpu lane from now on; what others had to render is rendered again."""
    rows = conn.execute("SELECT instance FROM lane WHERE name = ?", (Lane.GPU,)).fetchall()
    known = {row["instance"] for row in rows}
    for name in known - set(names):
        conn.execute("DELETE FROM lane WHERE name = ? AND instance = ?", (Lane.GPU, name))
        conn.execute(_FORGET_RENDERS, (name,))
        conn.execute("DELETE FROM unwanted_render WHERE instance = ?", (name,))
        conn.execute("DELETE FROM render_ahead WHERE instance = ?", (name,))
    for name in names:
        if name not in known:
            conn.execute("INSERT INTO lane (name, instance) VALUES (?, ?)", (Lane.GPU, name))
        conn.execute("INSERT OR IGNORE INTO comfy_process (instance) VALUES (?)", (name,))
    if known != set(names):
        placement.forget_places(conn, names)


def pause_instance(conn: Connection, instance: str, paused: str | None, now: str) -> bool:
    """Let an instance claim nothing (`drain`, `pause`) or again (None); whether there is one of this name."""
    where = (Lane.GPU, instance)
    if not conn.execute("SELECT 1 FROM lane WHERE name = ? AND instance = ?", where).fetchone():
        return False
    conn.execute("UPDATE lane SET paused = ? WHERE name = ? AND instance = ?", (paused, *where))
    type_ = EventType.LANE_WAITING if paused else EventType.LANE_RUNNING
    events.append_event(conn, type_, now, lane=Lane.GPU.value, instance=instance, reason=paused)
    return True


def paused_instances(conn: Connection) -> dict[str, str]:
    """The instances that claim nothing, and how: `drain`, or `pause`."""
    rows = conn.execute("SELECT instance, paused FROM lane WHERE name = 'gpu' AND paused IS NOT NULL")
    return {row["instance"]: row["paused"] for row in rows}
