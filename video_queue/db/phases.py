"""Statements about the phases of a prompt and the items of `for_each`: each finished one is a resume point.

What begins or finishes something raises StaleAttemptError if another attempt has the prompt by now.
"""

from __future__ import annotations

import json
from typing import Any

from video_queue.db import events, prompts, timings
from video_queue.db.attempts import require_current
from video_queue.db.connection import Connection
from video_queue.db.prompts import pass_on
from video_queue.db.stored import stored_json
from video_queue.domain.events import EventType
from video_queue.domain.states import PhaseState, PromptState, phase_may_become

# A phase runs; one that was interrupted runs again from its beginning.
_START = """
    INSERT INTO phase (prompt_id, seq, name, state, attempt, started_at, measures)
    VALUES (?, ?, ?, 'running', ?, ?, ?)
    ON CONFLICT (prompt_id, seq) DO UPDATE
    SET state = 'running', attempt = excluded.attempt, started_at = excluded.started_at, progress = 0,
        finished_at = NULL, measures = excluded.measures, loaded = 0
    WHERE phase.state IN ('pending', 'failed', 'cancelled', 'running')
"""

# A phase is finished; the caller adds the states from which it may be.
_FINISH = """
    UPDATE phase
    SET state = ?, result = ?, arguments = ?, seconds = ?, progress = 1, finished_at = ?,
        reuse_key = ?, files = ?, reused_from = ?
    WHERE prompt_id = ? AND seq = ?
"""

# A phase as it was begun.
_STARTED = "SELECT name, measures, loaded FROM phase WHERE prompt_id = ? AND seq = ?"

# Whether a phase is finished.
_IS_FINISHED = """
    SELECT 1 FROM phase WHERE prompt_id = ? AND seq = ? AND state IN ('succeeded', 'reused', 'skipped')
"""

# A phase is skipped.
_SKIP = """
    INSERT INTO phase (prompt_id, seq, name, state, attempt, result) VALUES (?, ?, ?, 'skipped', ?, '{}')
    ON CONFLICT (prompt_id, seq) DO UPDATE SET state = 'skipped', result = '{}' WHERE phase.state = 'pending'
"""

# A phase that is not finished ends.
_END = """
    UPDATE phase SET state = ?, finished_at = ?
    WHERE prompt_id = ? AND seq = ? AND state IN ('running', 'harvesting', 'pending', 'review')
"""

# The unfinished items of a phase are rendered again by a retry, under other ids.
_RESET_ITEMS = """
    UPDATE item SET state = 'pending', remote_id = NULL, remote = NULL, missing = 0
    WHERE prompt_id = ? AND seq = ? AND state <> 'succeeded'
"""

# How far a running phase is.
_SET_PROGRESS = """
    UPDATE phase SET progress = ? WHERE prompt_id = ? AND seq = ? AND attempt = ? AND state = 'running'
"""

# An item is finished.
_FINISH_ITEM = """
    INSERT INTO item (prompt_id, seq, item, state, attempt, result, files) VALUES (?, ?, ?, 'succeeded', ?, ?, ?)
    ON CONFLICT (prompt_id, seq, item) DO UPDATE
    SET state = 'succeeded', result = excluded.result, files = excluded.files, attempt = excluded.attempt,
        crashes = 0
"""

# The finished items of a phase.
_FINISHED_ITEMS = "SELECT item, result FROM item WHERE prompt_id = ? AND seq = ? AND state = 'succeeded'"

# How often a review changed the items of a phase.
_EDITS = "SELECT edits FROM phase WHERE prompt_id = ? AND seq = ?"

# The finished phases of a prompt.
_RESULTS = """
    SELECT name, result FROM phase WHERE prompt_id = ? AND state IN ('succeeded', 'reused', 'skipped')
"""

# All phases of a prompt, in order.
_TIMINGS = """
    SELECT name, state, attempt, arguments, seconds, started_at, finished_at, reused_from FROM phase
    WHERE prompt_id = ? ORDER BY seq
"""

# Whether an earlier attempt did some items of a phase.
_CONTINUED = "SELECT 1 FROM item WHERE prompt_id = ? AND seq = ? AND attempt < ? LIMIT 1"


def start_phase(
    conn: Connection, prompt_id: int, attempt: int, seq: int, name: str, now: str, measures: str | None = None
) -> None:
    """Begin a phase; `measures` is what its time may grow with (JSON)."""
    require_current(conn, prompt_id, attempt)
    conn.execute(_START, (prompt_id, seq, name, attempt, now, measures))


def finish_phase(
    conn: Connection,
    prompt_id: int,
    attempt: int,
    seq: int,
    state: PhaseState,
    result: dict[str, Any],
    arguments: dict[str, Any],
    seconds: float,
    next_lane: str,
    now: str,
    *,
    reuse_key: str | None = None,
    files: str | None = None,
    reused_from: str | None = None,
    gpu_left: bool = True,
    ahead: int = 0,
) -> None:
    """The resume point: store the result and let the prompt wait for its next step in `next_lane`.

    `ahead` phases after it are finished already. `gpu_left` says that a comfy phase is left; `files` describes the
    files of the result (JSON), and with a `reuse_key` phases of other prompts may reuse them.
    `reused_from` is the prompt (`12.3`) that made a reused one.
    """
    require_current(conn, prompt_id, attempt)
    allowed = phase_may_become(state)
    end = (
        state,
        json.dumps(result),
        json.dumps(arguments),
        seconds,
        now,
        reuse_key,
        files,
        reused_from,
    )
    conn.execute(f"{_FINISH} AND state IN ({','.join('?' * len(allowed))})", (*end, prompt_id, seq, *allowed))
    row = conn.execute(_STARTED, (prompt_id, seq)).fetchone()
    if state is PhaseState.SUCCEEDED and seconds > 0 and not _continued(conn, prompt_id, attempt, seq):
        timings.record_run(conn, prompt_id, row["name"], seconds, row["measures"], loaded=row["loaded"])
    _append_finished(conn, prompt_id, row["name"], state, now)
    pass_on(conn, prompt_id, attempt, seq + 1 + ahead, next_lane, now, gpu_left=gpu_left)


def skip_phase(
    conn: Connection,
    prompt_id: int,
    attempt: int,
    seq: int,
    name: str,
    next_lane: str,
    now: str,
    *,
    measures: str | None = None,
    gpu_left: bool = True,
    ahead: int = 0,
) -> None:
    """Skip a phase: its `when` said no, or no review was asked for. `ahead` phases after it are finished already."""
    require_current(conn, prompt_id, attempt)
    conn.execute(_SKIP, (prompt_id, seq, name, attempt))
    timings.record_run(conn, prompt_id, name, 0.0, measures)
    _append_finished(conn, prompt_id, name, PhaseState.SKIPPED, now)
    pass_on(conn, prompt_id, attempt, seq + 1 + ahead, next_lane, now, gpu_left=gpu_left)


def finished_ahead(conn: Connection, prompt_id: int, seq: int) -> int:
    """How many phases right after this one are finished: a review's edits may have left them as they were."""
    count = 0
    while conn.execute(_IS_FINISHED, (prompt_id, seq + 1 + count)).fetchone():
        count += 1
    return count


def end_phase(conn: Connection, prompt_id: int, seq: int, state: PhaseState, now: str) -> None:
    """A phase failed or was cancelled; part of the transaction that ends the prompt."""
    conn.execute(_END, (state, now, prompt_id, seq))
    if state is PhaseState.FAILED:
        conn.execute(_RESET_ITEMS, (prompt_id, seq))


def end_attempt(
    conn: Connection, prompt_id: int, attempt: int, seq: int, result: prompts.PromptResult, now: str
) -> None:
    """End a prompt that failed or was cancelled, together with the phase it was in."""
    require_current(conn, prompt_id, attempt)
    failed = result.state is PromptState.FAILED
    end_phase(conn, prompt_id, seq, PhaseState.FAILED if failed else PhaseState.CANCELLED, now)
    prompts.persist_prompt_result(conn, prompt_id, attempt, result, now)


def set_phase_progress(conn: Connection, prompt_id: int, attempt: int, seq: int, progress: float) -> None:
    """How far a running phase is (0..1), for readers without a live socket."""
    conn.execute(_SET_PROGRESS, (progress, prompt_id, seq, attempt))


def set_items_total(conn: Connection, prompt_id: int, seq: int, total: int) -> None:
    """How many items a `for_each` phase has."""
    conn.execute("UPDATE phase SET items_total = ? WHERE prompt_id = ? AND seq = ?", (total, prompt_id, seq))


def finish_item(
    conn: Connection,
    prompt_id: int,
    attempt: int,
    seq: int,
    item: int,
    result: dict[str, Any],
    files: str | None = None,
) -> None:
    """One item of a `for_each` phase is done, a resume point inside the phase; `files` as in `finish_phase`."""
    require_current(conn, prompt_id, attempt)
    conn.execute(_FINISH_ITEM, (prompt_id, seq, item, attempt, json.dumps(result), files))
    prompts.forget_failures(conn, prompt_id)


def finished_items(conn: Connection, prompt_id: int, seq: int) -> dict[int, dict[str, Any]]:
    """The results of the items that are done, by item number (from 1)."""
    rows = conn.execute(_FINISHED_ITEMS, (prompt_id, seq))
    where = f"an item of prompt {prompt_id}"
    return {row["item"]: stored_json(row["result"], where) for row in rows}


def item_edits(conn: Connection, prompt_id: int, seq: int) -> int:
    """How often a review changed the items of a phase, and so their numbers."""
    row = conn.execute(_EDITS, (prompt_id, seq)).fetchone()
    return row["edits"] if row else 0


def phase_results(conn: Connection, prompt_id: int) -> dict[str, dict[str, Any]]:
    """The results of the finished phases of a prompt, by phase name."""
    return {
        row["name"]: stored_json(row["result"] or "{}", f"phase {row['name']} of prompt {prompt_id}")
        for row in conn.execute(_RESULTS, (prompt_id,))
    }


def phase_timings(conn: Connection, prompt_id: int) -> list[dict[str, Any]]:
    """Name, state, attempt, seconds and moments of a prompt's phases, in order: for the manifest."""
    rows = conn.execute(_TIMINGS, (prompt_id,))
    return [
        {
            **dict(row),
            "arguments": stored_json(row["arguments"] or "{}", f"phase {row['name']} of {prompt_id}"),
        }
        for row in rows
    ]


def relocate_results(conn: Connection, prompt_id: int, moved: dict[str, str]) -> None:
    """Let stored results name published files at their final paths."""
    rows = conn.execute("SELECT seq, result FROM phase WHERE prompt_id = ?", (prompt_id,)).fetchall()
    for row in rows:
        if row["result"]:
            result = _relocated(stored_json(row["result"], f"a phase of prompt {prompt_id}"), moved)
            conn.execute(
                "UPDATE phase SET result = ? WHERE prompt_id = ? AND seq = ?",
                (json.dumps(result), prompt_id, row["seq"]),
            )


def _continued(conn: Connection, prompt_id: int, attempt: int, seq: int) -> bool:
    """Whether an earlier attempt had done some of the items: the time is then not that of the whole phase."""
    return conn.execute(_CONTINUED, (prompt_id, seq, attempt)).fetchone() is not None


def _append_finished(conn: Connection, prompt_id: int, name: str, state: PhaseState, now: str) -> None:
    events.append_prompt_event(
        conn, EventType.PROMPT_PHASE_FINISHED, now, prompt_id, phase=name, state=state.value
    )


def _relocated(value: Any, moved: dict[str, str]) -> Any:
    if isinstance(value, str):
        return moved.get(value, value)
    if isinstance(value, dict):
        return {key: _relocated(inner, moved) for key, inner in value.items()}
    if isinstance(value, list):
        return [_relocated(inner, moved) for inner in value]
    return value
