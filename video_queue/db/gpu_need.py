"""Statements about which prompts need the gpu, and the ComfyUI that was seen last.

A prompt that needs none is claimed by the media lane, its comfy phases too: they are skipped or reused there.
"""

from __future__ import annotations

from video_queue.db import prompts
from video_queue.db.attempts import require_current
from video_queue.db.claims import Claim, read_if_sound
from video_queue.db.connection import Connection
from video_queue.db.predicates import UNDECIDED_PROMPT

# The newest job with prompts of which it is not known, and that could run now. Jobs that are held cost one step each.
_UNDECIDED_JOB = f"""
    WITH RECURSIVE undecided (job_id) AS (
        SELECT max(p.job_id) FROM prompt p INDEXED BY prompt_undecided WHERE {UNDECIDED_PROMPT}
        UNION ALL
        SELECT (
            SELECT max(p.job_id) FROM prompt p INDEXED BY prompt_undecided
            WHERE {UNDECIDED_PROMPT} AND p.job_id < u.job_id
        ) FROM undecided u WHERE u.job_id IS NOT NULL
    )
    SELECT u.job_id FROM undecided u JOIN ready_job r ON r.job_id = u.job_id
    WHERE r.released = 1 AND r.not_before IS NULL LIMIT 1
"""

# Its first such prompts.
_UNDECIDED = f"""
    SELECT p.id FROM prompt p INDEXED BY prompt_undecided WHERE {UNDECIDED_PROMPT} AND p.job_id = ?
    ORDER BY p.idx LIMIT ?
"""

# What was found out of a prompt, unless it is elsewhere by now.
_DECIDE = "UPDATE prompt SET needs_gpu = ? WHERE id = ? AND phase_seq = ? AND needs_gpu IS NULL"

# A prompt must be rendered after all: it waits for the gpu lane, prepared.
_NEED_RENDER = "UPDATE prompt SET needs_gpu = 1, claimed = 0, message = NULL WHERE id = ?"

# Remember a ComfyUI.
_REMEMBER = """
    INSERT INTO comfy_seen (id, version, input_folder) VALUES (1, ?, ?)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, input_folder = excluded.input_folder
"""


def undecided_prompts(conn: Connection, limit: int) -> list[Claim]:
    """Prompts that could run, and may or may not need the gpu: none taken, the newest job's first."""
    if not _queue_runs(conn):
        return []
    job = conn.execute(_UNDECIDED_JOB).fetchone()
    rows = conn.execute(_UNDECIDED, (job["job_id"], limit)).fetchall() if job else []
    claims = [read_if_sound(conn, row["id"]) for row in rows]
    return [claim for claim in claims if claim]


def has_undecided(conn: Connection) -> bool:
    """Whether there are any of those."""
    return _queue_runs(conn) and conn.execute(_UNDECIDED_JOB).fetchone() is not None


def _queue_runs(conn: Connection) -> bool:
    return conn.execute("SELECT 1 FROM queue WHERE state = 'running'").fetchone() is not None


def decide(conn: Connection, decisions: list[tuple[Claim, bool]]) -> None:
    """Whether these prompts need the gpu, as far as they are still where they were."""
    for claim, needs_gpu in decisions:
        conn.execute(_DECIDE, (int(needs_gpu), claim.prompt_id, claim.phase_seq))


def require_render(conn: Connection, prompt_id: int, attempt: int, now: str) -> None:
    """Release a prompt whose phase must be rendered after all.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, prompt_id, attempt)
    conn.execute(_NEED_RENDER, (prompt_id,))
    prompts.released(conn, prompt_id, attempt, now)


def remember_comfy(conn: Connection, version: str, input_folder: str | None) -> None:
    """ComfyUI as it is seen now."""
    conn.execute(_REMEMBER, (version, input_folder))


def last_comfy(conn: Connection) -> tuple[str, str | None]:
    """(version, input folder on this machine or None) of the ComfyUI that was seen last; version '' of none."""
    row = conn.execute("SELECT version, input_folder FROM comfy_seen").fetchone()
    return (row["version"], row["input_folder"]) if row else ("", None)
