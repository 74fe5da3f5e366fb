"""The loop that keeps watches scanned, with real time and the system's hints."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from tests.dead_share import dead_share, hanging_threads
from tests.services.watch.watched import Watched
from tests.worker.rendering.conftest import until
from video_queue.domain.errors import VqError
from video_queue.domain.events import Event, EventType
from video_queue.domain.submission import Submission
from video_queue.domain.watches import NewWatch, WatchChanges
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


async def says(services: Services, text: str) -> bool:
    """Whether the first watch names this as what keeps it from its work."""
    return text in str((await services.watches.get(1)).reason)


async def until_taken(services: Services, count: int, watch: int = 1) -> None:
    """Wait for so many files of a watch to be taken."""
    events = services.feed.subscribe()
    while (await services.watches.get(watch)).counts["taken"] < count:
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


def test_a_share_that_never_answers_holds_up_no_other_watch_and_is_watched_again_when_it_does(
    watched: Watched, clip: Path, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    watched.add(settle_seconds=0.1)
    watched.add(path=str(share), settle_seconds=0.1, poll=True)

    async def die(services: Services) -> None:
        with dead_share(share):
            loop = asyncio.create_task(services.watches.act(2, "scan"))
            shutil.copy(clip, watched.folder / "a.mp4")
            await until_taken(services, 1)
            away = await loop
            assert (away.state, "does not answer" in str(away.reason)) == ("away", True)
            with pytest.raises(VqError, match="does not answer"):
                await services.watches.why(str(share / "b.mp4"))
            with pytest.raises(VqError, match="does not answer"):
                await services.watches.edit(1, WatchChanges(max_new=3))
        shutil.copy(clip, share / "b.mp4")
        await until_taken(services, 1, watch=2)

    looping(watched, die)
    assert sorted(watched.inputs()) == [["a.mp4"], ["b.mp4"]]


def test_a_folder_below_that_never_answers_is_named_and_the_files_beside_it_are_taken(
    watched: Watched, clip: Path, tmp_path: Path
) -> None:
    share = tmp_path / "elsewhere"
    share.mkdir()
    (watched.folder / "share").symlink_to(share)
    shutil.copy(clip, share / "b.mp4")
    watched.add(settle_seconds=0.1, poll=True, recursive=True)

    async def die(services: Services) -> None:
        await until_taken(services, 1)
        with dead_share(share):
            shutil.copy(clip, watched.folder / "a.mp4")
            await until_taken(services, 2)
            await until(partial(says, services, "share cannot be read: it does not answer"))
            threads = hanging_threads()
            await services.watches.act(1, "scan")
            await until(lambda: hanging_threads() == threads)  # one that is done is named so a moment later

    looping(watched, die)
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
