"""What happens when all is done: after the work, not without it, and not while somebody is there."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import until
from video_queue.db import events
from video_queue.domain.submission import Submission
from video_queue.domain.watches import NewWatch
from video_queue.wiring import Services, beside_worker

Story = Callable[[Services], Awaitable[None]]


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    """A queue that makes a file when all is done, after a minute."""
    command = [sys.executable, "-c", "import sys; open(sys.argv[1], 'x')", str(tmp_path / "done")]
    return Queue(tmp_path / "home", when_done="command", when_done_command=command)


def done_beside(queue: Queue, story: Story, *, watching: bool = False) -> list[str]:
    """The events of `when_done` of a story that happens beside the work."""

    async def ask(services: Services) -> list[str]:
        async with beside_worker(services, watching=watching, on_dead=lambda: None):
            await story(services)
        return await happened(services)

    types: list[str] = queue.ask(ask)
    return types


async def happened(services: Services) -> list[str]:
    """The types of the events of `when_done`, without that before the dot."""
    stored = await services.db.read(lambda conn: events.list_events(conn, 0, 1000))
    return [event.type.partition(".")[2] for event in stored if event.type.startswith("when_done.")]


async def until_happened(services: Services, *types: str) -> None:
    async def so() -> bool:
        return await happened(services) == list(types)

    await until(so)


async def end_render(services: Services, state: str) -> None:
    """A render ends, for all that events say."""
    await services.db.transact(
        lambda conn: events.append_event(conn, "prompt.finished", services.clock.iso(), state=state)
    )


async def resume(services: Services) -> None:
    await services.queue.resume()


async def press(services: Services) -> None:
    services.when_done.cancel("a key")


@pytest.mark.parametrize("cancel", [resume, press])
def test_whoever_is_there_cancels_the_countdown(queue: Queue, tmp_path: Path, cancel: Story) -> None:
    async def story(services: Services) -> None:
        await end_render(services, "succeeded")
        await until_happened(services, "countdown")
        await cancel(services)
        await until_happened(services, "countdown", "cancelled")
        await end_render(services, "failed")
        await until_happened(services, "countdown", "cancelled", "countdown")

    done_beside(queue, story)
    assert not (tmp_path / "done").exists()


def test_the_queue_names_what_comes_while_it_counts_down_and_no_longer(queue: Queue) -> None:
    async def story(services: Services) -> None:
        await end_render(services, "succeeded")
        await until_happened(services, "countdown")
        countdown = (await services.queue.view()).countdown
        assert countdown is not None
        assert (countdown.action, countdown.ends_at > services.clock.iso()) == ("command", True)
        await resume(services)
        await until_happened(services, "countdown", "cancelled")
        assert (await services.queue.view()).countdown is None
        await end_render(services, "succeeded")
        await until_happened(services, "countdown", "cancelled", "countdown")

    async def after_a_start(services: Services) -> None:
        assert (await services.queue.view()).countdown is None
        assert (await happened(services))[-1] == "cancelled"

    done_beside(queue, story)
    queue.ask(after_a_start)


def test_a_new_job_cancels_the_countdown_and_nothing_begins_before_it_is_done(
    queue: Queue, tmp_path: Path
) -> None:
    submission = Submission(workflow="transcode", inputs=[str(make_clip(tmp_path / "a.mp4", 3))])

    async def story(services: Services) -> None:
        await end_render(services, "succeeded")
        await until_happened(services, "countdown")
        job = await services.jobs.submit(submission)
        await until_happened(services, "countdown", "cancelled")
        await end_render(services, "succeeded")
        await services.when_done.check()
        assert len(await happened(services)) == 2
        await services.actions.job_action(job.id, "hold")
        await end_render(services, "succeeded")
        await until_happened(services, "countdown", "cancelled", "countdown")

    done_beside(queue, story)


def test_nothing_begins_where_a_cancel_emptied_the_queue_or_nothing_was_worked(queue: Queue) -> None:
    async def work(services: Services) -> None:
        await end_render(services, "succeeded")

    async def story(services: Services) -> None:
        await services.when_done.check()
        await end_render(services, "cancelled")
        await services.when_done.check()

    queue.ask(work)
    assert done_beside(queue, story) == []


@pytest.mark.parametrize(
    ("command", "types"),
    [
        ([sys.executable, "-c", ""], ["countdown", "started"]),
        ([sys.executable, "-c", "raise SystemExit('no')"], ["countdown", "started", "failed"]),
        (["there-is-no-such-program"], ["countdown", "started", "failed"]),
        (None, ["countdown", "started", "failed"]),
    ],
)
def test_a_command_that_fails_is_done_beside(
    tmp_path: Path, command: list[str] | None, types: list[str]
) -> None:
    settings: dict[str, Any] = {"when_done_command": command, "when_done_seconds": 0.1}
    queue = Queue(tmp_path / "home", when_done="command", **settings)

    async def story(services: Services) -> None:
        await end_render(services, "succeeded")
        await until_happened(services, *types)

    assert done_beside(queue, story) == types


def test_a_file_that_is_still_copied_into_a_watched_folder_is_work_to_come(
    queue: Queue, tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    submission = Submission(workflow="transcode")
    watch = NewWatch(path=str(folder), submission=submission, existing="take", settle_seconds=3600)

    async def story(services: Services) -> None:
        await services.watches.add(watch)
        clip = make_clip(folder / "a.mp4", 3)
        await services.watches.act(1, "scan")
        await end_render(services, "succeeded")
        await services.when_done.check()
        assert await happened(services) == []
        clip.unlink()
        await services.watches.act(1, "scan")
        await end_render(services, "succeeded")
        await until_happened(services, "countdown")

    done_beside(queue, story, watching=True)
