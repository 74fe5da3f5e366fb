"""Statements about prompts that have not begun and that ComfyUI, as it is now, would refuse: their message says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from video_queue.db import jobs
from video_queue.db.connection import Connection
from video_queue.db.predicates import OPEN_JOB, UNTOUCHED_PROMPT
from video_queue.db.stored import DamagedRowError, stored_json
from video_queue.domain.plan import PromptPlan

# How the message of such a prompt begins.
REFUSED = "ComfyUI would refuse it: "

_JOBS = f"SELECT id, workflow_hash FROM job j WHERE j.uses_gpu = 1 AND {OPEN_JOB} ORDER BY id"
_PROMPTS = f"""
    SELECT id, plan, message, (SELECT params FROM job WHERE job.id = job_id) AS params FROM prompt
    WHERE job_id = ? AND {UNTOUCHED_PROMPT} ORDER BY idx
"""
_SET_MESSAGE = f"UPDATE prompt SET message = ? WHERE id = ? AND {UNTOUCHED_PROMPT}"


class WaitingPrompt(NamedTuple):
    """A prompt that has not begun: its whole values, and its message."""

    id: int
    values: dict[str, Any]
    message: str | None


def jobs_with_renders(conn: Connection) -> list[tuple[int, str]]:
    """(job, workflow hash) of every open job with phases in ComfyUI."""
    return [(row["id"], row["workflow_hash"]) for row in conn.execute(_JOBS)]


def waiting_prompts(conn: Connection, job_id: int) -> list[WaitingPrompt]:
    """The prompts of a job that have not begun; without those that a disk damaged, of which the claim says so."""
    rows = conn.execute(_PROMPTS, (job_id,)).fetchall()
    return [prompt for row in rows if (prompt := _if_sound(row, job_id))]


def _if_sound(row: Any, job_id: int) -> WaitingPrompt | None:
    try:
        common = stored_json(row["params"], f"the values of job {job_id}")
        plan = PromptPlan.from_json(stored_json(row["plan"], f"the plan of prompt {row['id']}"))
    except DamagedRowError:
        return None
    return WaitingPrompt(row["id"], common | plan.values, row["message"])


def set_messages(conn: Connection, job_id: int, messages: Mapping[int, str | None], now: str) -> None:
    """Give prompts of a job that have not begun another message."""
    conn.executemany(_SET_MESSAGE, [(message, prompt_id) for prompt_id, message in messages.items()])
    jobs.append_updated(conn, job_id, now, changed=["message"])
