"""Statements about the phases of a prompt and the items of `for_each`: each finished one is a resume point."""

from __future__ import annotations

import json
from typing import Any

from video_queue.db import events, prompts, timings
from video_queue.db.attempts import require_current
from video_queue.db.connection import Connection
from video_queue.db.prompts import pass_on
from video_queue.domain.events import EventType
from video_queue.domain.states import PhaseState, PromptState, phase_may_become


def start_phase(conn: Connection, prompt_id: int, attempt: int, seq: int, name: str, now: str) -> int:
    """A phase begins; how often the process died in it before.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, prompt_id, attempt)
    row = conn.execute(
        "INSERT INTO phase (prompt_id, seq, name, state, attempt, started_at) VALUES (?, ?, ?, 'running', ?, ?)"
        " ON CONFLICT (prompt_id, seq) DO UPDATE SET state = 'running', attempt = excluded.attempt,"
        " started_at = excluded.started_at, progress = 0, finished_at = NULL"
        " WHERE phase.state IN ('pending', 'failed', 'cancelled', 'running') RETURNING crashes",
        (prompt_id, seq, name, attempt, now),
    ).fetchone()
    return int(row["crashes"])


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
    work: float | None = None,
    reuse_key: str | None = None,
    files: str | None = None,
) -> None:
    """The resume point: store the result and let the prompt wait for its next step in `next_lane`.

    `work` is how much there was to do; `reuse_key` and `files` say what a phase of another prompt may take over.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, prompt_id, attempt)
    allowed = phase_may_become(state)
    conn.execute(
        "UPDATE phase SET state = ?, result = ?, arguments = ?, seconds = ?, progress = 1, finished_at = ?,"
        " crashes = 0, work = ?, reuse_key = ?, files = ?"
        f" WHERE prompt_id = ? AND seq = ? AND state IN ({','.join('?' * len(allowed))})",
        [
            *(state, json.dumps(result), json.dumps(arguments), seconds, now, work, reuse_key, files),
            *(prompt_id, seq, *allowed),
        ],
    )
    if state is PhaseState.SUCCEEDED and seconds > 0 and not _went_on(conn, prompt_id, attempt, seq):
        name = conn.execute(
            "SELECT name FROM phase WHERE prompt_id = ? AND seq = ?", (prompt_id, seq)
        ).fetchone()
        timings.record_run(conn, prompt_id, name["name"], seconds, work)
    _tell(conn, prompt_id, seq, state, now)
    pass_on(conn, prompt_id, attempt, seq + 1, next_lane, now)


def skip_phase(
    conn: Connection, prompt_id: int, attempt: int, seq: int, name: str, next_lane: str, now: str
) -> None:
    """Pass a phase over: its `when` said no, or its gate is not asked for.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, prompt_id, attempt)
    conn.execute(
        "INSERT INTO phase (prompt_id, seq, name, state, attempt, result) VALUES (?, ?, ?, 'skipped', ?, '{}')"
        " ON CONFLICT (prompt_id, seq) DO UPDATE SET state = 'skipped', result = '{}' WHERE phase.state = 'pending'",
        (prompt_id, seq, name, attempt),
    )
    timings.record_run(conn, prompt_id, name, 0.0, None)
    _tell(conn, prompt_id, seq, PhaseState.SKIPPED, now)
    pass_on(conn, prompt_id, attempt, seq + 1, next_lane, now)


def end_phase(conn: Connection, prompt_id: int, seq: int, state: PhaseState, now: str) -> None:
    """A phase failed or was cancelled; part of the transaction that ends the prompt."""
    conn.execute(
        "UPDATE phase SET state = ?, finished_at = ? WHERE prompt_id = ? AND seq = ?"
        " AND state IN ('running', 'harvesting', 'pending', 'review')",
        (state, now, prompt_id, seq),
    )
    if state is PhaseState.FAILED:  # a retry renders anew; what was only cancelled may still run in ComfyUI
        conn.execute(
            "UPDATE item SET state = 'pending', remote_id = NULL, remote = NULL"
            " WHERE prompt_id = ? AND seq = ? AND state <> 'succeeded'",
            (prompt_id, seq),
        )


def set_phase_progress(conn: Connection, prompt_id: int, attempt: int, seq: int, progress: float) -> None:
    """How far a running phase is (0..1), for whoever looks without a live socket."""
    conn.execute(
        "UPDATE phase SET progress = ? WHERE prompt_id = ? AND seq = ? AND attempt = ? AND state = 'running'",
        (progress, prompt_id, seq, attempt),
    )


def set_items_total(conn: Connection, prompt_id: int, seq: int, total: int) -> None:
    """Over how many items a `for_each` phase goes."""
    conn.execute("UPDATE phase SET items_total = ? WHERE prompt_id = ? AND seq = ?", (total, prompt_id, seq))


def finish_item(
    conn: Connection, prompt_id: int, attempt: int, seq: int, item: int, result: dict[str, Any]
) -> None:
    """One item of a `for_each` phase is done: a resume point inside the phase.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, prompt_id, attempt)
    conn.execute(
        "INSERT INTO item (prompt_id, seq, item, state, attempt, result) VALUES (?, ?, ?, 'succeeded', ?, ?)"
        " ON CONFLICT (prompt_id, seq, item) DO UPDATE SET state = 'succeeded', result = excluded.result,"
        " attempt = excluded.attempt, crashes = 0",
        (prompt_id, seq, item, attempt, json.dumps(result)),
    )
    conn.execute("UPDATE phase SET crashes = 0 WHERE prompt_id = ? AND seq = ?", (prompt_id, seq))


def finished_items(conn: Connection, prompt_id: int, seq: int) -> dict[int, dict[str, Any]]:
    """The results of the items that are done, by item number (from 1)."""
    rows = conn.execute(
        "SELECT item, result FROM item WHERE prompt_id = ? AND seq = ? AND state = 'succeeded'",
        (prompt_id, seq),
    )
    return {row["item"]: json.loads(row["result"]) for row in rows}


def phase_results(conn: Connection, prompt_id: int) -> dict[str, dict[str, Any]]:
    """What the finished phases of a prompt gave, by phase name."""
    rows = conn.execute(
        "SELECT name, result FROM phase WHERE prompt_id = ? AND state IN ('succeeded', 'reused', 'skipped')",
        (prompt_id,),
    )
    return {row["name"]: json.loads(row["result"] or "{}") for row in rows}


def phase_timings(conn: Connection, prompt_id: int) -> list[dict[str, Any]]:
    """Name, state, attempt, seconds and moments of a prompt's phases, in order: for the manifest."""
    rows = conn.execute(
        "SELECT name, state, attempt, arguments, seconds, started_at, finished_at FROM phase"
        " WHERE prompt_id = ? ORDER BY seq",
        (prompt_id,),
    )
    return [{**dict(row), "arguments": json.loads(row["arguments"] or "{}")} for row in rows]


def relocate_results(conn: Connection, prompt_id: int, moved: dict[str, str]) -> None:
    """Let stored results name published files at their final paths."""
    rows = conn.execute("SELECT seq, result FROM phase WHERE prompt_id = ?", (prompt_id,)).fetchall()
    for row in rows:
        if row["result"]:
            result = _relocated(json.loads(row["result"]), moved)
            conn.execute(
                "UPDATE phase SET result = ? WHERE prompt_id = ? AND seq = ?",
                (json.dumps(result), prompt_id, row["seq"]),
            )


def _went_on(conn: Connection, prompt_id: int, attempt: int, seq: int) -> bool:
    """Whether an earlier attempt had done some of the items: the time is then not that of the whole phase."""
    sql = "SELECT 1 FROM item WHERE prompt_id = ? AND seq = ? AND attempt < ? LIMIT 1"
    return conn.execute(sql, (prompt_id, seq, attempt)).fetchone() is not None


def _tell(conn: Connection, prompt_id: int, seq: int, state: PhaseState, now: str) -> None:
    row = conn.execute(
        "SELECT p.job_id, p.idx, f.name FROM prompt p JOIN phase f ON f.prompt_id = p.id"
        " WHERE p.id = ? AND f.seq = ?",
        (prompt_id, seq),
    ).fetchone()
    events.append_event(
        conn,
        EventType.PROMPT_PHASE_FINISHED,
        now,
        job_id=row["job_id"],
        prompt_id=prompt_id,
        index=row["idx"],
        phase=row["name"],
        state=state.value,
    )


def _relocated(value: Any, moved: dict[str, str]) -> Any:
    if isinstance(value, str):
        return moved.get(value, value)
    if isinstance(value, dict):
        return {key: _relocated(inner, moved) for key, inner in value.items()}
    if isinstance(value, list):
        return [_relocated(inner, moved) for inner in value]
    return value


def end_attempt(
    conn: Connection, prompt_id: int, attempt: int, seq: int, result: prompts.PromptResult, now: str
) -> None:
    """End a prompt that failed or was cancelled, together with the phase it was in.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, prompt_id, attempt)
    failed = result.state is PromptState.FAILED
    end_phase(conn, prompt_id, seq, PhaseState.FAILED if failed else PhaseState.CANCELLED, now)
    prompts.persist_prompt_result(conn, prompt_id, attempt, result, now)
