"""Finished jobs that are kept no longer, and a database that gives back to the disk what they leave."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from benchmarks.housekeeping import Waits, fill_home, work
from tests.worker.conftest import Queue
from video_queue.cli import run
from video_queue.domain.cleaning import Cleaning, LeftoverKind
from video_queue.domain.states import PromptState
from video_queue.wiring import Services

PROMPTS = 4000


def clean(queue: Queue, *kinds: LeftoverKind, days: float | None = None) -> Cleaning:
    cleaning: Cleaning = queue.ask(lambda services: services.housekeeper.clean(kinds, days=days))
    return cleaning


def value_of(queue: Queue, statement: str) -> Any:
    return queue.ask(lambda s: s.db.read(lambda conn: conn.execute(statement).fetchone()[0]))


async def _filled(services: Services) -> None:
    await fill_home(services, 250, waiting=3)


def test_finished_jobs_stay_until_a_setting_or_the_artist_lets_them_go(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.ask(_filled)
    assert (clean(queue).items, clean(queue, days=0).items) == ([], [])
    assert clean(queue, LeftoverKind.HISTORY).items == []
    kept = Queue(tmp_path / "home", **{"keep.history_days": 30})
    assert [item.path for item in clean(kept).items] == ["job 1", "job 2", "job 3"]
    assert value_of(queue, "SELECT sum(count) FROM tally WHERE scope = 'prompt'") == 3
    assert value_of(queue, "SELECT count(*) FROM event WHERE job_id < 4 AND type <> 'job.deleted'") == 0


def test_an_age_beyond_every_calendar_is_one_that_no_job_has(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.ask(_filled)
    assert clean(queue, LeftoverKind.HISTORY, days=1e15).items == []
    assert clean(Queue(tmp_path / "home", **{"keep.history_days": 1e300})).items == []


def test_a_job_whose_outputs_are_waited_for_stays(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.ask(_filled)
    waits = {"workflow": "restyle", "inputs": ["prompt:2.1"]}
    queue.execute(f"UPDATE job SET unexpanded = 1, submission = '{json.dumps(waits)}' WHERE id = 4")
    assert [item.path for item in clean(queue, LeftoverKind.HISTORY, days=1).items] == ["job 1", "job 3"]


def test_the_database_shrinks_while_renders_are_claimed(tmp_path: Path) -> None:
    """In parts and steps: whoever wants to write has a turn after each. Counts stay right, and the file is sound."""
    queue = Queue(tmp_path / "home")

    async def prune(services: Services) -> None:
        await fill_home(services, PROMPTS, waiting=2000)
        waits, full = Waits(), services.settings.db_path.stat().st_size
        worker = asyncio.create_task(work(services.db, waits, 0))
        await services.housekeeper.clean([LeftoverKind.HISTORY], days=1)
        claimed = len(waits.seconds)
        assert await services.housekeeper.shrink() > full / 2
        assert len(waits.seconds) > claimed > 0
        waits.go_on = False
        await worker
        assert services.settings.db_path.stat().st_size < full / 2

    queue.ask(prune)
    with sqlite3.connect(queue.settings.db_path) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tallies = dict(conn.execute("SELECT state, count FROM tally WHERE scope = 'prompt' AND count > 0"))
        assert tallies == dict(conn.execute("SELECT state, count(*) FROM prompt GROUP BY state"))
    conn.close()


def test_the_file_of_an_idle_server_is_smaller_at_once(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")

    async def prune(services: Services) -> None:
        await fill_home(services, PROMPTS, waiting=0)
        await services.db.fold_log()
        full = services.settings.db_path.stat().st_size
        await services.housekeeper.clean([LeftoverKind.HISTORY], days=1)
        freed = await services.housekeeper.shrink()
        assert services.settings.db_path.stat().st_size == full - freed < full / 2

    queue.ask(prune)


def test_a_large_job_that_is_deleted_in_parts_keeps_its_counts_meanwhile(tmp_path: Path) -> None:
    from video_queue.db import jobs

    queue = Queue(tmp_path / "home")
    queue.ask(_filled)

    async def part(services: Services) -> bool:
        return await services.db.transact(jobs.delete_part, 3, 100)

    assert [queue.ask(part) for _ in range(3)] == [True, True, False]
    assert value_of(queue, "SELECT succeeded FROM job WHERE id = 3 AND state = 'succeeded'") == 25
    assert value_of(queue, "SELECT count FROM tally WHERE scope = 'prompt' AND state = 'succeeded'") == 150
    assert not queue.ask(lambda s: s.db.transact(jobs.delete_part, 4, 1))  # it is open


def test_an_older_database_is_made_smaller_by_hand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that was not made for steps is written anew, and can be shrunk in steps then."""
    queue = Queue(tmp_path / "home")
    queue.ask(_filled)
    with sqlite3.connect(queue.settings.db_path) as conn:
        conn.execute("PRAGMA auto_vacuum = NONE")
        conn.execute("VACUUM")
        conn.execute("DELETE FROM event")
        conn.execute("DELETE FROM job WHERE finished_at IS NOT NULL")
    conn.close()
    assert run(["--home", str(queue.home), "--json", "db", "vacuum"]) == 0
    assert json.loads(capsys.readouterr().out)["freed"] > 0
    with sqlite3.connect(queue.settings.db_path) as conn:
        assert conn.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert conn.execute(
            "SELECT count(*) FROM prompt WHERE state = ?", (PromptState.QUEUED,)
        ).fetchone() == (3,)
    conn.close()
