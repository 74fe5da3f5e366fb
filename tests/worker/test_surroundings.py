"""Renders wait for what is around them: a full drive, a share that never answers, a full work disk."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dead_share import dead_share
from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.waiting import until, until_probed, until_state, until_waiting
from video_queue.db import events
from video_queue.domain.states import JobState
from video_queue.domain.views import Job
from video_queue.wiring import Services

COPY = """
inputs: {kind: video}
parameters:
  crf: {type: int, default: 14, min: 0, max: 51, sweepable: true}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}", crf: "{{ params.crf }}"}}
output: {phase: copy, name: "{{ input.stem }}"}
"""


@pytest.fixture
def small_drive(tmp_path: Path) -> Iterator[Path]:
    """A drive of one megabyte."""
    folder = tmp_path / "drive"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    try:
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("no drive can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


async def until_all_wait(services: Services, reason: str) -> None:
    async def check(_event: str | None) -> bool:
        prompts = (await services.lookup.prompts(1)).items
        return all(prompt.waiting_for and prompt.waiting_for.reason == reason for prompt in prompts)

    await until(services, check)


def test_renders_for_a_full_drive_wait_without_trying_again_and_again(
    queue: Queue, small_drive: Path, tmp_path: Path
) -> None:
    queue.workflow("copy", COPY)
    clip = make_clip(tmp_path / "clip.mp4", frames=6)
    ballast = small_drive / "ballast"
    ballast.write_bytes(bytes(1024 * 1024))
    other = {"workflow": "copy", "inputs": [str(clip)]}

    async def full_for_a_while(services: Services, jobs: list[Job]) -> None:
        await until_all_wait(services, "disk_full")
        await until_state(services, jobs[1].id, JobState.SUCCEEDED)
        before = await services.db.read(events.event_bounds)
        await until_probed(services, 2)
        assert await services.db.read(events.event_bounds) == before
        ballast.unlink()

    jobs = queue.work(
        {**other, "output_dir": str(small_drive), "sweep": {"crf": [20, 21, 22]}},
        other,
        during=full_for_a_while,
    )
    prompts = queue.prompts(jobs[0].id)
    assert [(prompt.state, prompt.attempt) for prompt in prompts] == [("succeeded", 1)] * 3
    assert len(list(small_drive.glob("*.mp4"))) == 3


def test_a_share_that_never_answers_holds_up_only_its_own_renders(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home", media_jobs=1)
    queue.workflow("copy", COPY)
    share = tmp_path / "share"
    share.mkdir()
    on_share, here = make_clip(share / "a.mp4", frames=6), make_clip(tmp_path / "b.mp4", frames=6)
    dead = queue.submit(workflow="copy", inputs=[str(on_share)], sweep={"crf": [20, 21, 22]})

    async def check(services: Services, jobs: list[Job]) -> None:
        await until_all_wait(services, "output_unavailable")
        await until_state(services, jobs[0].id, JobState.SUCCEEDED)
        assert queue.worker is not None
        await asyncio.to_thread(queue.worker.stop)

    with dead_share(share):
        queue.work({"workflow": "copy", "inputs": [str(here)]}, during=check)
    queue.work()
    prompts = queue.prompts(dead.id)
    assert [(prompt.state, prompt.attempt) for prompt in prompts] == [("succeeded", 1)] * 3


def test_an_output_share_that_never_answers_holds_up_only_its_own_renders(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home", media_jobs=1)
    queue.workflow("copy", COPY)
    share = tmp_path / "share"
    share.mkdir()
    clip = {"workflow": "copy", "inputs": [str(make_clip(tmp_path / "a.mp4", frames=6))]}
    dead = queue.submit(**clip, output_dir=str(share), if_exists="skip")

    async def check(services: Services, jobs: list[Job]) -> None:
        assert await until_waiting(services, dead.id) == "output_unavailable"
        await until_state(services, jobs[0].id, JobState.SUCCEEDED)

        async def published(_event: str | None) -> bool:
            return (await services.lookup.job(dead.id)).state is JobState.SUCCEEDED

        share_is_dead.__exit__(None, None, None)
        await until(services, published)

    share_is_dead = dead_share(share)
    share_is_dead.__enter__()
    queue.work(clip, during=check)
    assert queue.prompts(dead.id)[0].attempt == 1


def test_a_work_disk_that_never_answers_is_said_to_and_holds_up_no_cancel(tmp_path: Path) -> None:
    clip = str(make_clip(tmp_path / "clip.mp4", frames=3))
    queue = Queue(tmp_path / "home")
    queue.workflow("copy", COPY)
    submission = {"workflow": "copy", "inputs": [clip], "reuse": False}
    queue.ask(lambda services: services.queue.pause())

    async def cancel(services: Services, jobs: list[Job]) -> None:
        with dead_share(queue.settings.work_root):
            await services.queue.resume()
            await until_state(services, jobs[0].id, JobState.RUNNING)
            await services.actions.job_action(jobs[0].id, "cancel")
            await until_state(services, jobs[0].id, JobState.CANCELLED)
            assert await until_waiting(services, jobs[1].id) == "disk_full"

    both = [{**submission, "params": {"crf": crf}} for crf in (20, 21)]
    jobs = queue.work(*both, during=cancel)
    assert [job.state for job in jobs] == [JobState.CANCELLED, JobState.SUCCEEDED]


def test_a_work_disk_that_is_full_is_met_by_no_more_renders_than_run(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home", media_jobs=2, min_free_gb=10**9)
    queue.workflow("copy", COPY)
    clip = str(make_clip(tmp_path / "a.mp4", frames=6))
    job = queue.submit(workflow="copy", inputs=[clip], sweep={"crf": list(range(20, 40))})

    async def check(services: Services, _: list[Job]) -> None:
        async def lanes_wait(_event: str | None) -> bool:
            return any(lane.reason == "disk_full" for lane in (await services.queue.view()).lanes)

        await until(services, lanes_wait)
        await services.actions.job_action(job.id, "cancel")

    queue.work(during=check)
    assert sum(prompt.attempt for prompt in queue.prompts(job.id)) <= 2
