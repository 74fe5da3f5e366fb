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
    """What a lane claims; asked before, `may_claim` says that there is something whenever there is."""
    expected = claims.may_claim(conn, lane, now, NOW, lookahead)
    claimed = claims.claim_next_prompt(conn, lane, now, NOW, "/logs", lookahead)
    assert expected or claimed is None
    return claimed


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
    return not count_problems(conn)


def count_problems(conn: Connection) -> list[str]:
    """Each count that is not what the rows say."""
    problems = []
    for scope, source in (
        ("prompt", "prompt"), ("job", "job WHERE NOT archived"), ("archive", "job WHERE archived"),
    ):  # fmt: skip
        rows = dict(conn.execute(f"SELECT state, count(*) FROM {source} GROUP BY state").fetchall())
        if (counted := tally.read_tally(conn, scope)) != rows:
            problems.append(f"{scope}: {counted} are counted, there are {rows}")
    for columns, table, column in (
        (tuple(PromptState), "job", "id"),
        (
            ("queued_gpu", "queued_media", "queued_free", "running_gpu", "running_media"),
            "ready_job",
            "job_id",
        ),
    ):
        kind = "state" if table == "job" else "ready"
        sql = f"SELECT job_id, {kind}, count(*) FROM prompt WHERE {kind} IS NOT NULL GROUP BY job_id, {kind}"
        counts = {(row[0], row[1]): row[2] for row in conn.execute(sql)}
        for job in conn.execute(f"SELECT * FROM {table}"):
            problems += [
                f"{table} {job[column]} counts {job[name]} {name}: {counts.get((job[column], name), 0)}"
                for name in columns
                if job[name] != counts.get((job[column], name), 0)
            ]
    return problems


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
