"""The loop that keeps watches scanned, with real time and the system's hints."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.services.watch.watched import Watched
from video_queue.domain.events import Event, EventType
from video_queue.domain.submission import Submission
from video_queue.domain.watches import NewWatch
from video_queue.services.watch.watch_loop import WatchLoop
from video_queue.wiring import Services

_SECONDS = 60.0


def looping(watched: Watched, story: Callable[[Services], Awaitable[None]]) -> None:
    """Run `story` beside the loop."""

    async def run(services: Services) -> None:
        loop = WatchLoop(services.db, services.watches.scanner, services.clock)
        task = asyncio.create_task(loop.run())
        try:
            async with asyncio.timeout(_SECONDS):
                await story(services)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    watched.ask(run)


async def until_taken(services: Services, count: int) -> None:
    """Wait for so many files of watch 1 to be taken."""
    events = services.feed.subscribe()
    while (await services.watches.get(1)).counts["taken"] < count:
        event = await events.get()
        while not isinstance(event, Event) or event.type != EventType.WATCH_FILES:
            event = await events.get()


@pytest.mark.parametrize("poll", [False, True], ids=["with hints", "polled"])
def test_what_is_dropped_becomes_a_job_by_itself(watched: Watched, clip: Path, poll: bool) -> None:
    watched.add(settle_seconds=0.2, poll=poll)

    async def drop(services: Services) -> None:
        for number in range(1, 4):
            shutil.copy(clip, watched.folder / f"{number}.mp4")
            await until_taken(services, number)

    looping(watched, drop)
    assert sorted(watched.inputs()) == [["1.mp4"], ["2.mp4"], ["3.mp4"]]


def test_a_watch_that_is_added_and_paused_while_the_loop_runs_is_heeded_at_once(
    watched: Watched, clip: Path, tmp_path: Path
) -> None:
    shutil.copy(clip, watched.folder / "a.mp4")

    async def change(services: Services) -> None:
        new = NewWatch(
            path=str(watched.folder),
            submission=Submission(workflow="tiny"),
            existing="take",
            settle_seconds=0.1,
        )
        watch = await services.watches.add(new)
        await until_taken(services, 1)
        await services.watches.act(watch.id, "pause")
        shutil.copy(clip, watched.folder / "b.mp4")
        await services.watches.act(watch.id, "resume")
        await until_taken(services, 2)

    looping(watched, change)


def test_a_folder_that_comes_back_is_watched_again(watched: Watched, clip: Path) -> None:
    watched.add(settle_seconds=0.1, poll=True)

    async def unplug(services: Services) -> None:
        shutil.copy(clip, watched.folder / "a.mp4")
        await until_taken(services, 1)
        watched.folder.rename(watched.folder.parent / "unplugged")
        await services.watches.act(1, "scan")
        assert (await services.watches.get(1)).state == "away"
        (watched.folder.parent / "unplugged").rename(watched.folder)
        shutil.copy(clip, watched.folder / "b.mp4")
        await until_taken(services, 2)

    looping(watched, unplug)
    assert sorted(watched.inputs()) == [["a.mp4"], ["b.mp4"]]


def test_a_thousand_files_at_once_become_a_job_each(watched: Watched, clip: Path) -> None:
    watched.add(settle_seconds=0.5)
    for number in range(1000):
        shutil.copy(clip, watched.folder / f"{number}.mp4")

    looping(watched, lambda services: until_taken(services, 1000))
    rows = watched.ask(
        lambda services: services.db.read(
            lambda conn: [
                tuple(row) for row in conn.execute("SELECT count(*), count(DISTINCT submission) FROM job")
            ]
        )
    )
    assert rows == [(1000, 1000)]
