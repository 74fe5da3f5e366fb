"""What goes wrong around the worker holds it up and never ends it."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.waiting import until_waiting
from tests.worker.workflows import ROUND_TRIP
from video_queue.db.connection import Connection
from video_queue.domain.errors import VqError
from video_queue.domain.states import JobState
from video_queue.domain.views import Job
from video_queue.wiring import Services
from video_queue.worker.supervisor import Supervisor


def _limit(conn: Connection) -> None:
    conn.execute(f"PRAGMA max_page_count = {conn.execute('PRAGMA page_count').fetchone()[0]}")


def _lift(conn: Connection) -> None:
    conn.execute("PRAGMA max_page_count = 1073741823")


def _fill(conn: Connection) -> None:
    conn.execute("INSERT INTO filler VALUES (zeroblob(3000))")


async def _fill_up(services: Services) -> None:
    """Let the database grow no further, and use up the pages that are free."""
    await services.db.transact(lambda conn: conn.execute("CREATE TABLE filler (block)"))
    await services.db.transact(_limit)
    with suppress(VqError):
        while True:
            await services.db.transact(_fill)


class _Awaited(logging.Handler):
    """Waits for a line of the log."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text, self._loop, self._came = text, asyncio.get_running_loop(), asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """A line came, from whatever thread."""
        if self._text in record.getMessage():
            self._loop.call_soon_threadsafe(self._came.set)

    @classmethod
    async def line(cls, text: str) -> None:
        """Until a line with `text` is logged."""
        awaited = cls(text)
        logging.getLogger().addHandler(awaited)
        try:
            await asyncio.wait_for(awaited._came.wait(), 60)
        finally:
            logging.getLogger().removeHandler(awaited)


def test_a_full_disk_under_the_database_holds_the_work_up_and_ends_nothing(
    queue: Queue, tmp_path: Path
) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    clips = [str(make_clip(tmp_path / f"{name}.mp4", frames=3)) for name in "abc"]

    async def fill_and_free(services: Services, _: list[Job]) -> None:
        await _fill_up(services)
        await _Awaited.line("no space is left")
        view = await services.queue.view()
        assert (view.state, view.reason) == ("paused", "disk_full")
        await services.db.transact(_lift)

    (job,) = queue.work({"workflow": "round-trip", "inputs": clips}, during=fill_and_free)
    assert (job.state, job.counts.succeeded) == (JobState.SUCCEEDED, 3)


def test_a_program_that_keeps_the_database_locked_holds_the_work_up_and_ends_nothing(
    queue: Queue, tmp_path: Path
) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    clip = str(make_clip(tmp_path / "clip.mp4", frames=3))

    async def lock(services: Services, _: list[Job]) -> None:
        with closing(sqlite3.connect(services.settings.db_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await _Awaited.line("keeps the database")
            other.execute("ROLLBACK")

    (job,) = queue.work({"workflow": "round-trip", "inputs": [clip]}, during=lock)
    assert job.state is JobState.SUCCEEDED


def test_a_work_folder_that_is_away_holds_the_work_up_and_ends_nothing(queue: Queue, tmp_path: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    clip = str(make_clip(tmp_path / "clip.mp4", frames=3))
    work_root = queue.settings.work_root

    async def unplug(services: Services, _: list[Job]) -> None:
        await services.queue.pause("now")
        shutil.rmtree(work_root)
        work_root.write_text("no folder")
        await services.queue.resume()
        assert await until_waiting(services, 1) == "disk_full"
        work_root.unlink()

    (job,) = queue.work({"workflow": "round-trip", "inputs": [clip]}, during=unplug)
    assert job.state is JobState.SUCCEEDED
    assert queue.prompts(job.id)[0].error is None


def test_a_loop_that_fails_is_run_again(queue: Queue, caplog: pytest.LogCaptureFixture) -> None:
    errors: list[Exception] = [
        OSError(5, "Input/output error"),
        sqlite3.IntegrityError("FOREIGN KEY"),
        KeyError("x"),
    ]

    async def fan_out() -> None:
        if errors:
            raise errors.pop(0)

    async def keep(services: Services) -> None:
        await Supervisor(services.db, asyncio.Event()).keep("fanning out", fan_out)

    with caplog.at_level(logging.WARNING):
        queue.ask(keep)
    assert caplog.text.count("fanning out failed and is run again") == 3
    assert caplog.text.count("Traceback") == 2  # an error of the system needs none


def test_a_loop_without_a_database_ends(queue: Queue) -> None:
    async def keep(services: Services) -> None:
        async def read() -> None:
            await services.db.read(_limit)

        await services.db.close()
        with pytest.raises(VqError) as caught:
            await Supervisor(services.db, asyncio.Event()).keep("reading", read)
        assert caught.value.code == "internal"

    queue.ask(keep)
