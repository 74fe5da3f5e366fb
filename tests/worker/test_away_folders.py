"""Output folders that are away (a drive is unplugged): they cost next to nothing, and all goes on later."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.waiting import until, until_probed, until_state
from video_queue.db import away_folders, events
from video_queue.db.connection import Connection
from video_queue.domain.states import JobState
from video_queue.domain.views import Job
from video_queue.wiring import Services

COPIES = """
inputs: {kind: video}
parameters:
  crf: {type: int, default: 14, min: 0, max: 51, sweepable: true}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}", crf: "{{ params.crf }}"}}
output: {phase: copy, name: "{{ input.stem }}"}
"""
FILL_EVENTS = """
    INSERT INTO event (type, at, data)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
    SELECT 'job.updated', '2026-01-01T00:00:00Z', '{}' FROM n
"""
CRFS = [20, 21, 22, 23]


@pytest.fixture
def drive(queue: Queue, tmp_path: Path) -> Path:
    """A drive that was unplugged after four renders were submitted that go there; `plug_in` brings it back."""
    queue.workflow("copies", COPIES)
    drive = tmp_path / "drive"
    clip = make_clip(tmp_path / "clip.mp4", frames=6)
    queue.submit(
        workflow="copies",
        inputs=[str(clip)],
        sweep={"crf": CRFS},
        output_dir=str(drive / "out"),
        if_exists="skip",
    )
    drive.rename(tmp_path / "unplugged")
    return drive


def plug_in(drive: Path) -> None:
    drive.with_name("unplugged").rename(drive)


async def until_all_wait(services: Services) -> None:
    async def check(_event: str | None) -> bool:
        prompts = (await services.lookup.prompts(1)).items
        return all(
            prompt.waiting_for and prompt.waiting_for.reason == "output_unavailable" for prompt in prompts
        )

    await until(services, check)


def test_renders_wait_for_their_drive_without_trying_again_and_again(queue: Queue, drive: Path) -> None:
    async def away_for_a_while(services: Services, _: list[Job]) -> None:
        await until_all_wait(services)
        before = await services.db.read(events.event_bounds)
        await until_probed(services, 2)
        assert await services.db.read(events.event_bounds) == before
        plug_in(drive)

    queue.work(during=away_for_a_while)
    prompts = queue.prompts(1)
    assert [(prompt.state, prompt.attempt) for prompt in prompts] == [("succeeded", 1)] * len(CRFS)
    assert all(Path(artifact.path).is_file() for prompt in prompts for artifact in prompt.artifacts)
    assert queue.ask(lambda services: services.db.read(away_folders.due_folders, 2.0**60)) == []


def test_the_others_render_meanwhile_and_the_drive_is_waited_for_over_a_restart(
    queue: Queue, drive: Path, tmp_path: Path
) -> None:
    other = {"workflow": "copies", "inputs": [str(tmp_path / "clip.mp4")]}

    async def restart_needed(services: Services, jobs: list[Job]) -> None:
        await until_all_wait(services)
        await until_state(services, jobs[0].id, JobState.SUCCEEDED)
        assert queue.worker is not None
        await asyncio.to_thread(queue.worker.stop)

    queue.work(other, during=restart_needed)
    plug_in(drive)
    queue.work()
    assert queue.job(1).state == JobState.SUCCEEDED


def test_renders_that_wait_for_a_folder_are_not_forgotten_when_another_publishes_there(
    queue: Queue, drive: Path
) -> None:
    """The disk was full for some of them only."""

    async def publish(services: Services, _: list[Job]) -> None:
        await until_all_wait(services)
        await services.db.transact(away_folders.forget_folder_of, 1)
        plug_in(drive)

    queue.work(during=publish)
    assert queue.job(1).state == JobState.SUCCEEDED


def test_renders_that_wait_for_a_drive_can_be_cancelled_and_retried(queue: Queue, drive: Path) -> None:
    async def cancel(services: Services, _: list[Job]) -> None:
        await until_all_wait(services)
        await services.actions.job_action(1, "cancel")

    queue.work(during=cancel)
    assert queue.job(1).state == JobState.CANCELLED
    plug_in(drive)
    queue.ask(lambda services: services.actions.job_action(1, "retry"))
    queue.work()
    assert queue.job(1).state == JobState.SUCCEEDED


def test_old_events_are_dropped_while_the_queue_runs(queue: Queue) -> None:
    def fill(conn: Connection) -> None:
        conn.execute(FILL_EVENTS, {"count": events.KEPT + 5000})
        for _ in range(events.PRUNED_EACH):
            events.append_event(conn, "job.updated", "2026-01-01T00:00:00Z")

    async def bounds(services: Services) -> tuple[int, int]:
        await services.db.transact(fill)
        oldest, newest = await services.db.read(events.event_bounds)
        return oldest, newest

    oldest, newest = queue.ask(bounds)
    assert newest - oldest < events.KEPT + events.PRUNED_EACH
