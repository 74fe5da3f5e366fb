"""Statements about jobs of a watch that have not begun: other inputs for them, and waiting while those change."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from video_queue.db import events, jobs
from video_queue.db.connection import Connection
from video_queue.db.enqueue import NewPrompt
from video_queue.db.predicates import UNTOUCHED_PROMPT
from video_queue.db.stored import stored_json
from video_queue.domain.events import EventType

# Whether a job waits and none of its prompts was ever claimed.
_UNTOUCHED_JOB = f"""
    SELECT 1 FROM job j WHERE j.id = ? AND j.state = 'queued' AND j.unexpanded = 0 AND NOT EXISTS (
        SELECT 1 FROM prompt p WHERE p.job_id = j.id AND NOT {UNTOUCHED_PROMPT}
    )
"""

_SET_PLAN = "UPDATE prompt SET plan = ?, seed = ?, message = NULL WHERE job_id = ? AND idx = ?"

# The input files of a job's prompts as they were when they were first used.
_INPUTS = """
    SELECT prompt_id, files FROM prompt_input i JOIN prompt p ON p.id = i.prompt_id WHERE p.job_id = ?
"""


def is_untouched(conn: Connection, job_id: int | None) -> bool:
    """Whether a job is there and has not begun."""
    return job_id is not None and conn.execute(_UNTOUCHED_JOB, (job_id,)).fetchone() is not None


def rebind_job(
    conn: Connection,
    job_id: int,
    submission: str,
    params: str,
    prompts: Sequence[NewPrompt],
    not_before: float | None,
    now: str,
) -> bool:
    """Give a job that has not begun the prompts of another submission; False if it began or their number differs."""
    row = conn.execute("SELECT count(*) FROM prompt WHERE job_id = ?", (job_id,)).fetchone()
    if not is_untouched(conn, job_id) or row[0] != len(prompts):
        return False
    conn.execute(
        "UPDATE job SET submission = ?, params = ?, dedupe_key = NULL, sample = NULL, not_before = ? WHERE id = ?",
        (submission, params, not_before, job_id),
    )
    conn.executemany(_SET_PLAN, ((item.plan, item.seed, job_id, item.idx) for item in prompts))
    jobs.append_updated(conn, job_id, now, changed=["inputs"])
    return True


def move_inputs(conn: Connection, job_id: int, moved: Callable[[str], str], now: str) -> None:
    """Let a job in any state find its inputs where they are now: `moved` is the new path of each old one."""
    row = conn.execute("SELECT submission FROM job WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        return
    submission = _moved(
        stored_json(row[0], f"the submission of job {job_id}"), ("inputs", "input_dir"), moved
    )
    conn.execute("UPDATE job SET submission = ? WHERE id = ?", (_text(submission), job_id))
    for number, text in conn.execute("SELECT id, plan FROM prompt WHERE job_id = ?", (job_id,)).fetchall():
        plan = _moved(stored_json(text, f"the plan of prompt {number}"), ("inputs", "slots"), moved)
        if "sequence" in plan:
            plan["sequence"] = _moved(plan["sequence"], ("folder",), moved)
        conn.execute("UPDATE prompt SET plan = ? WHERE id = ?", (_text(plan), number))
    for number, text in conn.execute(_INPUTS, (job_id,)).fetchall():
        files = stored_json(text, f"the inputs of prompt {number}")
        files = [_moved(file, ("path",), moved) for file in files]
        conn.execute("UPDATE prompt_input SET files = ? WHERE prompt_id = ?", (_text(files), number))
    jobs.append_updated(conn, job_id, now, changed=["inputs"])


def _moved(values: dict[str, Any], names: Sequence[str], moved: Callable[[str], str]) -> dict[str, Any]:
    """The values with the paths under these names moved."""

    def deep(value: Any) -> Any:
        if isinstance(value, str):
            return moved(value)
        if isinstance(value, dict):
            return {key: deep(item) for key, item in value.items()}
        return [deep(item) for item in value] if isinstance(value, list) else value

    return {key: deep(value) if key in names else value for key, value in values.items()}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def postpone_job(conn: Connection, job_id: int, until: float) -> bool:
    """Let a job that has not begun wait until then; False if it has begun."""
    if not is_untouched(conn, job_id):
        return False
    conn.execute("UPDATE job SET not_before = ? WHERE id = ?", (until, job_id))
    return True


def note_inputs(conn: Connection, job_id: int, message: str | None, now: str) -> None:
    """What the prompts of a job that has not begun say of their inputs; None: nothing any more."""
    if is_untouched(conn, job_id):
        conn.execute("UPDATE prompt SET message = ? WHERE job_id = ?", (message, job_id))
        events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, message=message)
