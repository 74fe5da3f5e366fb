"""What goes wrong around the worker holds it up and never ends it."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.gated_ffmpeg import GatedFfmpeg, needs_scripts
from tests.worker.rendering.conftest import until as poll_until
from tests.worker.waiting import until, until_waiting
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


class _AwaitedLine(logging.Handler):
    """A line of the log that may come from whatever thread, from the beginning of the block on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text, self._loop, self._came = text, asyncio.get_running_loop(), asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """A line came."""
        if self._text in record.getMessage():
            self._loop.call_soon_threadsafe(self._came.set)

    async def came(self) -> None:
        """Until it was logged."""
        async with asyncio.timeout(120):
            await self._came.wait()

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)


@pytest.fixture
def ffmpeg(tmp_path: Path) -> GatedFfmpeg:
    return GatedFfmpeg(tmp_path)


@pytest.fixture
def gated(tmp_path: Path, ffmpeg: GatedFfmpeg) -> Queue:
    """A queue with the workflow `round-trip`, whose ffmpeg waits to be let through."""
    queue = Queue(tmp_path / "home", ffmpeg=str(ffmpeg.path))
    queue.workflow("round-trip", ROUND_TRIP)
    return queue


@needs_scripts
def test_a_full_disk_under_the_database_holds_the_work_up_and_ends_nothing(
    gated: Queue, ffmpeg: GatedFfmpeg, tmp_path: Path
) -> None:
    clips = [str(make_clip(tmp_path / f"{name}.mp4", frames=3)) for name in "abc"]

    async def fill_and_free(services: Services, _: list[Job]) -> None:
        await ffmpeg.until_reached()
        with _AwaitedLine("no space is left") as line:
            await _fill_up(services)
            ffmpeg.open()
            await line.came()

        async def paused() -> bool:  # not at once: a write that needed no space may have come between
            view = await services.queue.view()
            return (view.state, view.reason) == ("paused", "disk_full")

        await poll_until(paused)
        await services.db.transact(_lift)

    (job,) = gated.work({"workflow": "round-trip", "inputs": clips}, during=fill_and_free)
    assert (job.state, job.counts.succeeded) == (JobState.SUCCEEDED, 3)
    assert ffmpeg.runs == 2 * len(clips)  # nothing that was made is made again


@needs_scripts
def test_a_program_that_keeps_the_database_locked_holds_the_work_up_and_ends_nothing(
    gated: Queue, ffmpeg: GatedFfmpeg, tmp_path: Path
) -> None:
    clip = str(make_clip(tmp_path / "clip.mp4", frames=3))

    async def lock(services: Services, _: list[Job]) -> None:
        await ffmpeg.until_reached()
        with closing(sqlite3.connect(services.settings.db_path, isolation_level=None, timeout=60)) as other:
            other.execute("BEGIN IMMEDIATE")
            with _AwaitedLine("keeps the database") as line:
                ffmpeg.open()
                await line.came()
            other.execute("ROLLBACK")

    (job,) = gated.work({"workflow": "round-trip", "inputs": [clip]}, during=lock)
    assert job.state is JobState.SUCCEEDED


@needs_scripts
def test_a_work_folder_that_is_away_holds_the_work_up_and_ends_nothing(
    gated: Queue, ffmpeg: GatedFfmpeg, tmp_path: Path
) -> None:
    clip = str(make_clip(tmp_path / "clip.mp4", frames=3))
    work_root = gated.settings.work_root

    async def unplug(services: Services, _: list[Job]) -> None:
        await ffmpeg.until_reached()
        await services.queue.pause("now")

        async def put_back(_event: str | None) -> bool:
            return (await services.lookup.job(1)).counts.running == 0

        await until(services, put_back)
        shutil.rmtree(work_root)
        work_root.write_text("no folder")
        ffmpeg.open()
        await services.queue.resume()
        assert await until_waiting(services, 1) == "disk_full"
        work_root.unlink()

    (job,) = gated.work({"workflow": "round-trip", "inputs": [clip]}, during=unplug)
    assert job.state is JobState.SUCCEEDED
    assert gated.prompts(job.id)[0].error is None


@needs_scripts
def test_a_work_folder_that_is_removed_during_the_work_is_made_again(
    gated: Queue, ffmpeg: GatedFfmpeg, tmp_path: Path
) -> None:
    clip = str(make_clip(tmp_path / "clip.mp4", frames=3))

    async def remove(services: Services, _: list[Job]) -> None:
        await ffmpeg.until_reached()
        shutil.rmtree(services.settings.work_root)
        ffmpeg.open()

    (job,) = gated.work({"workflow": "round-trip", "inputs": [clip]}, during=remove)
    assert job.state is JobState.SUCCEEDED


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
