"""Figures about what was done lately."""

from __future__ import annotations

from collections.abc import Callable

from tests.db.conftest import NOW
from video_queue.db import breaker, claims, prompts
from video_queue.db.connection import Connection
from video_queue.db.prompts import PromptResult
from video_queue.db.reports import read_report
from video_queue.db.statistics import read_statistics
from video_queue.domain.catalogue import fail
from video_queue.domain.states import PromptState


def end(conn: Connection, prompt_id: int, result: PromptResult, now: str = NOW) -> None:
    claimed = claims.claim_next_prompt(conn, "media", 100.0, now, "/logs", 9)
    assert claimed is not None
    attempt = conn.execute("SELECT attempt FROM prompt WHERE id = ?", (prompt_id,)).fetchone()[0]
    prompts.persist_prompt_result(conn, prompt_id, attempt, result, now)


def test_nothing_yet(conn: Connection) -> None:
    read = read_statistics(conn)
    assert (read["throughput"], read["phases"], read["failures"]) == ([], [], [])


def test_statistics_count_what_was_done_lately(conn: Connection, add_job: Callable[..., int]) -> None:
    add_job(prompts=5)
    missing = fail("input_missing.gone", path="/x").info()
    for prompt_id in (1, 2):
        end(conn, prompt_id, PromptResult(PromptState.SUCCEEDED), "2026-01-01T10:20:30.000Z")
    end(conn, 3, PromptResult(PromptState.SUCCEEDED), "2026-01-01T11:00:00.000Z")
    for prompt_id in (4, 5):
        end(conn, prompt_id, PromptResult(PromptState.FAILED, error=missing))
    conn.executemany(
        "INSERT OR REPLACE INTO phase (prompt_id, seq, name, state, attempt, seconds)"
        " VALUES (?, ?, ?, 'succeeded', 1, ?)",
        [(1, 0, "frames", 1.0), (2, 0, "frames", 3.0), (3, 0, "frames", 20.0), (1, 1, "video", 7.0)],
    )
    read = read_statistics(conn)
    assert read["prompts"]["succeeded"] == 3
    assert (read["reuse"], read["model_loads_saved"]) == ({"run": 4, "reused": 0}, 0)
    assert read["throughput"] == [
        {"hour": "2026-01-01T00:00:00Z", "succeeded": 0, "failed": 2},
        {"hour": "2026-01-01T10:00:00Z", "succeeded": 2, "failed": 0},
        {"hour": "2026-01-01T11:00:00Z", "succeeded": 1, "failed": 0},
    ]
    assert read["phases"] == [
        {"workflow": "two", "phase": "frames", "runs": 3, "median_seconds": 3.0},
        {"workflow": "two", "phase": "video", "runs": 1, "median_seconds": 7.0},
    ]
    assert read["failures"] == [{"code": "input_missing", "prompts": 2}]


def test_an_error_that_a_disk_damaged_hides_no_other(conn: Connection, add_job: Callable[..., int]) -> None:
    job_id = add_job(prompts=3)
    missing = fail("input_missing.gone", path="/x").info()
    for prompt_id in (1, 2):
        end(conn, prompt_id, PromptResult(PromptState.FAILED, error=missing))
    conn.execute("UPDATE prompt SET error = substr(error, 1, 9) WHERE id = 1")
    assert read_statistics(conn)["failures"] == [{"code": "input_missing", "prompts": 1}]
    [cause] = read_report(conn, "2000-01-01T00:00:00.000Z", "2100-01-01T00:00:00.000Z").failures
    assert (cause.code, cause.prompts) == ("input_missing", 1)
    breaker.note_failure(conn, job_id, NOW)
