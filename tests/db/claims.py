"""Prompts that are claimed and ended in one line, and whether the counts are true."""

from __future__ import annotations

from collections.abc import Callable

from tests.db.conftest import NOW
from video_queue.db import claims, jobs, prompts, tally
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.prompts import PromptResult
from video_queue.domain.catalogue import fail
from video_queue.domain.states import PromptState

AddJob = Callable[..., int]
DONE = PromptResult(PromptState.SUCCEEDED)
FAILED = PromptResult(PromptState.FAILED, error=fail("input_missing.gone", path="/x").info())


def claim(conn: Connection, lane: str = "media", now: float = 100.0, lookahead: int = 2) -> Claim | None:
    return claims.claim_next_prompt(conn, lane, now, NOW, "/logs", lookahead)


def must_claim(conn: Connection, lane: str = "media") -> Claim:
    claimed = claim(conn, lane)
    assert claimed is not None
    return claimed


def state_of(conn: Connection, prompt_id: int) -> str:
    return str(conn.execute("SELECT state FROM prompt WHERE id = ?", (prompt_id,)).fetchone()[0])


def put_prompt(conn: Connection, prompt_id: int, state: PromptState) -> None:
    """Let a queued prompt be in `state`, its job and all counts too, past the transition table."""
    conn.execute("UPDATE prompt SET state = ? WHERE id = ?", (state, prompt_id))
    if state is not PromptState.QUEUED:
        prompts.count_state(conn, 1, PromptState.QUEUED, state)
    jobs.update_job_status(conn, 1, NOW)


def counts_are_true(conn: Connection) -> bool:
    """Whether the tally, the jobs' own counts and those of their ready prompts equal what the rows say."""
    rows = conn.execute("SELECT state, count(*) FROM prompt GROUP BY state").fetchall()
    job_rows = conn.execute("SELECT state, count(*) FROM job GROUP BY state").fetchall()
    for job in conn.execute("SELECT * FROM job"):
        for state in PromptState:
            sql = "SELECT count(*) FROM prompt WHERE job_id = ? AND state = ?"
            if conn.execute(sql, (job["id"], state)).fetchone()[0] != job[state]:
                return False
        ready = conn.execute("SELECT * FROM ready_job WHERE job_id = ?", (job["id"],)).fetchone()
        for kind in ("queued_gpu", "queued_media", "queued_free", "running_gpu", "running_media"):
            sql = "SELECT count(*) FROM prompt WHERE job_id = ? AND ready = ?"
            if conn.execute(sql, (job["id"], kind)).fetchone()[0] != ready[kind]:
                return False
    return tally.read_tally(conn, "prompt") == {r[0]: r[1] for r in rows} and tally.read_tally(
        conn, "job"
    ) == {r[0]: r[1] for r in job_rows}


def job_state(conn: Connection, job_id: int) -> tuple[str, str | None]:
    job = jobs.get_job(conn, job_id)
    assert job is not None
    return job.state, job.held_reason


def fail_next(conn: Connection, code: str = "input_missing.gone") -> None:
    claimed = must_claim(conn)
    error = fail(code, path="/x", detail="x").info()
    prompts.persist_prompt_result(
        conn, claimed.prompt_id, claimed.attempt, prompts.PromptResult(PromptState.FAILED, error=error), NOW
    )
