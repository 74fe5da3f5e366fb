"""Statements about jobs: read, derive the state, release those that wait, edit, hold, move, archive, delete."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from video_queue.db import events, tally
from video_queue.db.cells import with_cells
from video_queue.db.connection import Connection
from video_queue.db.predicates import OPEN_JOB
from video_queue.db.rows import job_view
from video_queue.domain.catalogue import fail
from video_queue.domain.events import EventType
from video_queue.domain.states import FINISHED_JOB, JobState, PromptState, derive_job_state
from video_queue.domain.views import Job

# The open jobs of a priority without some, in the order of the queue.
_NEIGHBOURS = f"""
    SELECT j.id, j.position, j.state FROM job j
    WHERE {OPEN_JOB} AND j.priority = ? AND j.id NOT IN (SELECT value FROM json_each(?)) ORDER BY j.position, j.id
"""

# Where some jobs stand.
_POSITIONS = "SELECT id, position FROM job WHERE id IN (SELECT value FROM json_each(?))"

# The position behind every open job of a priority.
_BACK = f"SELECT coalesce(max(j.position) + 1, 1) FROM job j WHERE {OPEN_JOB} AND j.priority = ?"

# Positions that are closer than this are numbered from 1 again: halving a gap cannot go on for ever.
_SMALLEST_GAP = 1e-6

# The jobs that wait for a job.
_WAITING = "SELECT job_id FROM job_dependency WHERE after_id = ?"

# A job that did not succeed holds those that wait for it. They go on waiting: it may be retried.
_HOLD_WAITING = f"""
    UPDATE job AS j SET held_reason = 'dependency'
    WHERE j.held_reason IS NULL AND {OPEN_JOB} AND j.id IN ({_WAITING})
"""

# A job is retried: what it held waits for it again, unless another one holds it too.
_WAIT_AGAIN = f"""
    UPDATE job AS j SET held_reason = NULL
    WHERE j.held_reason = 'dependency' AND j.id IN ({_WAITING}) AND NOT EXISTS (
        SELECT 1 FROM job_dependency d JOIN job other ON other.id = d.after_id
        WHERE d.job_id = j.id AND d.after_id <> ?1 AND other.state IN ('partial', 'failed', 'cancelled')
    )
    RETURNING id
"""

# A job waits no more for those that are finished.
_FINISHED_DEPENDENCIES = """
    DELETE FROM job_dependency WHERE job_id = ? AND after_id NOT IN (
        SELECT j.id FROM job j WHERE j.state IN ('queued', 'running', 'review')
    )
"""

# Archive a finished job or take it back; nothing where that changes nothing.
_ARCHIVE = f"""
    UPDATE job AS j SET archived = :archived
    WHERE j.id = :job_id AND j.archived <> :archived AND NOT (:archived AND {OPEN_JOB})
    RETURNING state
"""

# What a job's state is derived from; none of its texts, which may be long or damaged.
_STATUS = f"SELECT state, started_at, unexpanded, archived, {', '.join(PromptState)} FROM job WHERE id = ?"

# Of a job that is deleted in parts: whether it has more events than so many, its first events, its first prompts.
_EVENTS_BEYOND = "SELECT 1 FROM event WHERE job_id = ? LIMIT 1 OFFSET ?"
_DELETE_EVENTS = "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE job_id = ? ORDER BY id LIMIT ?)"
_STATES_BEFORE = "SELECT state, count(*) FROM prompt WHERE job_id = ? AND idx < ? GROUP BY state"

# Write the end of a job that has no prompts.
_END_EMPTY = "UPDATE job SET state = ?, finished_at = ?, unexpanded = 0, error = ? WHERE id = ?"


def get_job(conn: Connection, job_id: int) -> Job | None:
    """One job, or None."""
    rows = conn.fetch_readable("SELECT * FROM job WHERE id = ?", (job_id,))
    return with_cells(conn, [job_view(rows[0])])[0] if rows else None


def job_exists(conn: Connection, job_id: int) -> bool:
    """Whether there is a job of this number."""
    return conn.execute("SELECT 1 FROM job WHERE id = ?", (job_id,)).fetchone() is not None


def get_job_row(conn: Connection, job_id: int) -> dict[str, Any] | None:
    """A job's columns as they are, for the worker and for re-submission."""
    row = conn.execute("SELECT * FROM job WHERE id = ?", (job_id,)).fetchone()
    return None if row is None else dict(row)


def is_from_command_line(conn: Connection, job_id: int) -> bool:
    """Whether the artist submitted a job at the command line, where any path may be named."""
    row = conn.execute("SELECT submitted_by = 'cli' FROM job WHERE id = ?", (job_id,)).fetchone()
    return bool(row and row[0])


def update_job_status(conn: Connection, job_id: int, now: str) -> JobState:
    """Derive the job's state from its counts, store it and append an event; the state now."""
    row = conn.execute(_STATUS, (job_id,)).fetchone()
    before = JobState(row["state"])
    counts = {state: row[state] for state in PromptState}
    done = row["succeeded"] + row["failed"] + row["cancelled"]
    # Once begun it is running until it ends, also while its only prompt waits; a retry of all begins again.
    started = before in (JobState.RUNNING, JobState.REVIEW) or (row["started_at"] is not None and done > 0)
    state = JobState.QUEUED if row["unexpanded"] else derive_job_state(counts, started=started)
    if state is before:
        return state
    tally.count_change(conn, "job", before, state)
    finished = now if state in FINISHED_JOB else None
    began = row["started_at"] or (now if row["running"] else None)
    times = (state, began, finished, job_id)
    conn.execute("UPDATE job SET state = ?, started_at = ?, finished_at = ? WHERE id = ?", times)
    _append_state(conn, job_id, row["started_at"] is None and began is not None, state, counts, now)
    return state


def _append_state(
    conn: Connection, job_id: int, began: bool, state: JobState, counts: dict[PromptState, int], now: str
) -> None:
    type_ = EventType.JOB_STARTED if began else EventType.JOB_UPDATED
    if state in FINISHED_JOB:
        type_ = EventType.JOB_FINISHED
    plain = {name.value: number for name, number in counts.items()}
    events.append_event(conn, type_, now, job_id=job_id, state=state.value, counts=plain)


def finalize_job_if_complete(conn: Connection, job_id: int, now: str) -> None:
    """Bring the job's state up to date; when it is finished, release or hold the jobs that wait for it."""
    state = update_job_status(conn, job_id, now)
    if state in FINISHED_JOB:
        _release_dependents(conn, job_id, state, now)


def _release_dependents(conn: Connection, job_id: int, state: JobState, now: str) -> None:
    waiting = conn.execute(_WAITING, (job_id,)).fetchall()
    if state is JobState.SUCCEEDED:
        forget_dependents(conn, job_id)
    else:
        conn.execute(_HOLD_WAITING, (job_id,))
    for row in waiting:
        events.append_event(conn, EventType.JOB_UPDATED, now, job_id=row["job_id"], after=job_id)


def forget_dependents(conn: Connection, job_id: int) -> None:
    """No job waits for this one any more; what it holds stays held."""
    conn.execute(f"UPDATE job SET blocked = blocked - 1 WHERE id IN ({_WAITING})", (job_id,))
    conn.execute("DELETE FROM job_dependency WHERE after_id = ?", (job_id,))


def wait_again(conn: Connection, job_id: int, now: str) -> None:
    """A finished job is retried: the jobs that its end held wait for it again."""
    for row in conn.execute(_WAIT_AGAIN, (job_id,)).fetchall():
        events.append_event(conn, EventType.JOB_UPDATED, now, job_id=row["id"], held_reason=None)


def ignore_dependencies(conn: Connection, job_id: int) -> None:
    """Let a job wait no more for jobs that are finished, however they ended."""
    ignored = conn.execute(_FINISHED_DEPENDENCIES, (job_id,)).rowcount
    conn.execute("UPDATE job SET blocked = blocked - ? WHERE id = ?", (ignored, job_id))


def append_updated(conn: Connection, job_id: int, now: str, **data: Any) -> None:
    """Append an event about a change of a job that no other statement writes."""
    events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, **data)


def edit_job(conn: Connection, job_id: int, changes: Mapping[str, Any], now: str) -> None:
    """Change `name, tags, note, rating, priority`; the event names which. Of a new priority it is the last."""
    if "priority" in changes:
        _enter_priority(conn, job_id, changes["priority"])
    for column in ("name", "tags", "note", "rating"):
        if column in changes:
            value = json.dumps(changes[column]) if column == "tags" else changes[column]
            conn.execute(f"UPDATE job SET {column} = ? WHERE id = ?", (value, job_id))
    events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, changed=sorted(changes))


def _enter_priority(conn: Connection, job_id: int, priority: int) -> None:
    conn.execute(
        "UPDATE job SET priority = ?, position = ? WHERE id = ? AND priority <> ?",
        (priority, back_position(conn, priority), job_id, priority),
    )


def back_position(conn: Connection, priority: int) -> float:
    """The position behind every open job of a priority."""
    return float(conn.execute(_BACK, (priority,)).fetchone()[0])


def queue_again(conn: Connection, job_id: int) -> None:
    """A finished job that is retried is the last of its priority; one that is not finished keeps its place."""
    row = conn.execute("SELECT state, priority FROM job WHERE id = ?", (job_id,)).fetchone()
    if JobState(row["state"]) in FINISHED_JOB:
        position = back_position(conn, row["priority"])
        conn.execute("UPDATE job SET position = ? WHERE id = ?", (position, job_id))


def set_job_held(conn: Connection, job_id: int, reason: str | None, now: str) -> None:
    """Hold a job (its prompts stay as they are) or release it."""
    conn.execute("UPDATE job SET held_reason = ? WHERE id = ?", (reason, job_id))
    events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, held_reason=reason)


def move_jobs(
    conn: Connection, job_ids: Sequence[int], priority: int, place: int, now: str
) -> dict[int, float]:
    """Put jobs, in this order, at `place` (from 1) among the other open jobs of their priority, at most at the end.

    Where those stood whose position is another now.
    """
    rows = _others(conn, priority, job_ids)
    at = min(max(place - 1, 0), len(rows))
    before = rows[at - 1]["position"] if at else None
    after = rows[at]["position"] if at < len(rows) else None
    between = _between(before, after, len(job_ids))
    if between is None:
        order = [*(row["id"] for row in rows[:at]), *job_ids, *(row["id"] for row in rows[at:])]
        positions = {job_id: float(number) for number, job_id in enumerate(order, start=1)}
    else:
        positions = dict(zip(job_ids, between, strict=True))
    old = {row["id"]: row["position"] for row in conn.execute(_POSITIONS, (json.dumps(list(positions)),))}
    set_positions(conn, positions)
    for job_id in job_ids:
        events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, moved=place)
    return old


def set_positions(conn: Connection, positions: Mapping[int, float]) -> None:
    """Give jobs their positions."""
    rows = [(position, job_id) for job_id, position in positions.items()]
    conn.executemany("UPDATE job SET position = ? WHERE id = ?", rows)


def _between(before: float | None, after: float | None, count: int) -> list[float] | None:
    """Positions of so many jobs between two others; None where they would be too close."""
    if before is None:
        first = 1.0 if after is None else after - count
        return [first + number for number in range(count)]
    if after is None:
        return [before + 1 + number for number in range(count)]
    gap = (after - before) / (count + 1)
    return None if gap < _SMALLEST_GAP else [before + gap * (number + 1) for number in range(count)]


def _others(conn: Connection, priority: int, moving: Sequence[int]) -> list[Any]:
    return conn.execute(_NEIGHBOURS, (priority, json.dumps(list(moving)))).fetchall()


def place_of(conn: Connection, job_id: int, priority: int, moving: Sequence[int]) -> int:
    """The place (from 1) of `job_id` among the open jobs of `priority`, those that move left out."""
    return [row["id"] for row in _others(conn, priority, moving)].index(job_id) + 1


def waiting_place(conn: Connection, number: int, priority: int, moving: Sequence[int]) -> int:
    """The place (from 1) among the open jobs of `priority` that makes the first that moves wait as that number.

    A job waits until its first prompt begins. A number beyond the last is the end.
    """
    rows = _others(conn, priority, moving)
    waiting = [place for place, row in enumerate(rows, start=1) if row["state"] == JobState.QUEUED]
    return waiting[number - 1] if number <= len(waiting) else len(rows) + 1


def delete_job(conn: Connection, job_id: int, now: str) -> None:
    """Delete a finished job with its prompts, phases, artifacts and events; its files stay.

    Raises:
        VqError: `unknown_job`, or `invalid_state` while it is not finished.
    """
    row = conn.execute("SELECT * FROM job WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        raise fail("unknown_job.id", id=job_id)
    if row["state"] not in FINISHED_JOB:
        about = {"action": "delete", "subject": f"job {job_id}", "state": row["state"]}
        raise fail("invalid_state.action", **about, hint="Cancel it first.")
    for state in PromptState:
        tally.count_change(conn, "prompt", state, None, row[state])
    tally.count_change(conn, "archive" if row["archived"] else "job", row["state"], None)
    forget_dependents(conn, job_id)
    conn.execute("DELETE FROM job WHERE id = ?", (job_id,))
    conn.execute("DELETE FROM event WHERE job_id = ?", (job_id,))
    events.append_event(conn, EventType.JOB_DELETED, now, job_id=job_id)


def delete_part(conn: Connection, job_id: int, most: int) -> bool:
    """Delete up to `most` prompts or events of a finished job; False where so few are left that the job can go whole.

    A large job is deleted in parts, so that nobody waits long for its turn to write.
    """
    row = conn.execute("SELECT state FROM job WHERE id = ?", (job_id,)).fetchone()
    if row is None or row["state"] not in FINISHED_JOB:
        return False
    if conn.execute(_EVENTS_BEYOND, (job_id, most)).fetchone():
        conn.execute(_DELETE_EVENTS, (job_id, most))
        return True
    last = conn.execute(
        "SELECT idx FROM prompt WHERE job_id = ? ORDER BY idx LIMIT 1 OFFSET ?", (job_id, most)
    )
    if (end := last.fetchone()) is None:
        return False
    for state, count in conn.execute(_STATES_BEFORE, (job_id, end["idx"])).fetchall():
        conn.execute(
            f"UPDATE job SET {PromptState(state)} = {PromptState(state)} - ? WHERE id = ?", (count, job_id)
        )
        tally.count_change(conn, "prompt", state, None, count)
    conn.execute("DELETE FROM prompt WHERE job_id = ? AND idx < ?", (job_id, end["idx"]))
    return True


def set_archived(conn: Connection, job_id: int, archived: bool, now: str) -> None:
    """Hide a finished job from the list, or show it again; archived jobs have a tally of their own."""
    row = conn.execute(_ARCHIVE, {"archived": archived, "job_id": job_id}).fetchone()
    if row is None:
        return
    leaves, enters = ("job", "archive") if archived else ("archive", "job")
    tally.count_change(conn, leaves, row["state"], None)
    tally.count_change(conn, enters, None, row["state"])
    events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, archived=archived)


def end_empty_job(conn: Connection, job_id: int, state: str, now: str, error: str | None = None) -> None:
    """End a job that has no prompts; the jobs that wait for it are released or held."""
    before = conn.execute("SELECT state FROM job WHERE id = ?", (job_id,)).fetchone()["state"]
    tally.count_change(conn, "job", before, state)
    conn.execute(_END_EMPTY, (state, now, error, job_id))
    events.append_event(conn, EventType.JOB_FINISHED, now, job_id=job_id, state=state, counts={})
    _release_dependents(conn, job_id, JobState(state), now)
