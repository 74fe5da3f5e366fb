"""The ComfyUI that `comfy.command` starts: kept running through crashes and hangs, ended with the worker."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.media_clips import make_clip
from tests.worker.own_process import read_rows
from tests.worker.rendering.conftest import Comfy, Own, row_of, until, until_state
from tests.worker.rendering.process_waits import QuickClock, all_succeeded, until_other
from video_queue.comfy.process import LOG_NAME
from video_queue.db.comfy_process import request_action
from video_queue.db.notifications import collect, list_notifications
from video_queue.db.queue_state import zombie_since
from video_queue.domain.comfy import ProcessState
from video_queue.domain.notifications import NotificationKind
from video_queue.domain.states import PromptState
from video_queue.domain.views import Job
from video_queue.wiring import Services

BLANK = {
    "1": {
        "class_type": "EmptyImage",
        "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0},
    },
    "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
}


def test_comfyui_is_started_for_a_render_and_ended_with_the_worker(own: Own, pictures: list[str]) -> None:
    queue = own.queue()
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]})
    assert all_succeeded(queue, job) == [1, 1]
    assert not own.answers()
    row = queue.ask(row_of)
    assert (row.state, row.pid) == (ProcessState.OFF, None)
    assert "listening" in (own.home / "logs" / LOG_NAME).read_text()


def test_a_queue_that_only_encodes_starts_no_comfyui(own: Own, tmp_path: Path) -> None:
    queue, clip = own.queue(), make_clip(tmp_path / "clip.mp4", 6)
    [job] = queue.work({"workflow": "transcode", "inputs": [str(clip)]})
    assert all_succeeded(queue, job) == [1]
    assert not (own.home / "logs" / LOG_NAME).exists()


def test_after_a_crash_it_is_started_again_and_the_render_goes_on_in_its_attempt(
    own: Own, pictures: list[str]
) -> None:
    queue = own.queue()

    async def crash(services: Services, jobs: list[Job]) -> None:
        row = await until_state(services, ProcessState.RUNNING)
        own.fault(hold_nodes=True)
        await services.queue.resume()
        await own.until(lambda state: state["waiting_node"])
        assert row.pid is not None
        await services.queue.pause()
        os.kill(row.pid, signal.SIGKILL)
        await until_other(services, row.pid)

    queue.ask(lambda services: services.queue.pause())
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=crash)
    assert all_succeeded(queue, job) == [1, 1]
    assert read_rows(queue, "SELECT max(crashes) FROM item") == [(1,)]


def test_a_comfyui_that_starts_no_prompt_is_started_again_without_a_count_against_the_prompt(
    own: Own, pictures: list[str]
) -> None:
    queue = own.queue()

    async def hang(services: Services, jobs: list[Job]) -> None:
        row = await until_state(services, ProcessState.RUNNING)
        own.fault(zombie=True)
        await services.queue.resume()
        await own.until(lambda state: state["pending"])
        await services.queue.pause()
        await until_other(services, row.pid)

    queue.ask(lambda services: services.queue.pause())
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=hang, clock=QuickClock())
    assert all_succeeded(queue, job) == [1, 1]
    assert read_rows(queue, "SELECT max(crashes) FROM item") == [(0,)]


def test_a_node_that_neither_ends_nor_obeys_a_cancel_costs_the_process_and_nothing_else(
    own: Own, pictures: list[str]
) -> None:
    queue = own.queue()

    async def cancel(services: Services, jobs: list[Job]) -> None:
        row = await until_state(services, ProcessState.RUNNING)
        own.fault(hold_nodes=True)
        await services.queue.resume()
        await own.until(lambda state: state["waiting_node"])
        await services.queue.pause()
        [first, _] = (await services.lookup.prompts(jobs[0].id)).items
        await services.actions.prompt_action(first.id, "cancel")
        await until_other(services, row.pid)

    queue.ask(lambda services: services.queue.pause())
    [job] = queue.work(
        {"workflow": "invert-image", "inputs": pictures[:2]}, during=cancel, clock=QuickClock()
    )
    states = [prompt.state for prompt in queue.prompts(job.id)]
    assert states == [PromptState.CANCELLED, PromptState.SUCCEEDED]


def test_prompts_of_others_behind_a_hung_render_are_not_lost_at_once(own: Own, pictures: list[str]) -> None:
    queue, clock = own.queue(), QuickClock()

    async def hang(services: Services, jobs: list[Job]) -> None:
        row = await until_state(services, ProcessState.RUNNING)
        own.fault(hold_nodes=True)
        await services.queue.resume()
        await own.until(lambda state: state["waiting_node"])
        theirs = own.send("/prompt", prompt=BLANK).json()["prompt_id"]
        await services.queue.pause()
        await services.actions.prompt_action(
            (await services.lookup.prompts(jobs[0].id)).items[0].id, "cancel"
        )
        await until(lambda: services.db.read(zombie_since))
        later = clock.monotonic() + 90
        await until(lambda: clock.monotonic() > later)
        assert (await row_of(services)).pid == row.pid
        own.send("/queue", delete=[theirs])
        await until_other(services, row.pid)

    queue.ask(lambda services: services.queue.pause())
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=hang, clock=clock)
    states = [prompt.state for prompt in queue.prompts(job.id)]
    assert states == [PromptState.CANCELLED, PromptState.SUCCEEDED]


def test_a_frozen_comfyui_is_started_again(own: Own, pictures: list[str]) -> None:
    queue = own.queue()

    async def freeze(services: Services, jobs: list[Job]) -> None:
        row = await until_state(services, ProcessState.RUNNING)
        assert row.pid is not None
        os.kill(row.pid, signal.SIGSTOP)
        await until_other(services, row.pid)

    queue.ask(lambda services: services.queue.pause())
    [job] = queue.work(
        {"workflow": "invert-image", "inputs": pictures[:1]}, during=freeze, clock=QuickClock()
    )
    all_succeeded(queue, job)


def test_a_command_that_never_works_is_given_up_with_its_last_words(own: Own, pictures: list[str]) -> None:
    own.command = [sys.executable, "-c", "raise SystemExit('no torch here')", "--port", own.url[-5:]]
    queue = own.queue()

    async def give_up(services: Services, jobs: list[Job]) -> None:
        row = await until_state(services, ProcessState.FAILED)
        assert row.pid is None
        assert "ended (exit 1) before it answered" in row.message
        assert "no torch here" in row.message
        await services.db.transact(collect, [], [])
        [entry] = (await services.db.read(list_notifications, 10)).items
        assert (entry.kind, "no torch here" in entry.text) == (NotificationKind.COMFY_STUCK, True)
        await services.actions.job_action(jobs[0].id, "cancel")

    queue.work({"workflow": "invert-image", "inputs": pictures[:1]}, during=give_up, clock=QuickClock())
    starts = (own.home / "logs" / LOG_NAME).read_text().count("vq starts")
    assert starts == 4


def test_a_render_that_ends_comfyui_three_times_is_given_up_with_its_last_lines(
    own: Own, pictures: list[str]
) -> None:
    own.command += ["--fault", "die_in_prompt=1"]
    queue = own.queue()
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]})
    [prompt] = queue.prompts(job.id)
    assert prompt.error is not None
    assert (prompt.state, prompt.error.code) == (PromptState.FAILED, "poison")
    assert any("listening" in line for line in prompt.error.details["comfy_log"])


def test_stop_start_and_restart_as_they_are_asked_for(own: Own, pictures: list[str]) -> None:
    queue = own.queue()

    async def ask(services: Services, jobs: list[Job]) -> None:
        first = await until_state(services, ProcessState.RUNNING)
        await services.db.transact(request_action, "stop")
        assert (await until_state(services, ProcessState.STOPPED)).pid is None
        assert not own.answers()
        await services.db.transact(request_action, "start")
        await until_state(services, ProcessState.RUNNING)
        second = await row_of(services)
        assert second.pid != first.pid
        await services.db.transact(request_action, "restart")
        await until_other(services, second.pid)

    queue.ask(lambda services: services.queue.pause())
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]}, during=ask)
    assert all_succeeded(queue, job) == [1]


def test_a_restart_in_the_middle_of_a_render_is_no_crash_of_that_render(
    own: Own, pictures: list[str]
) -> None:
    queue = own.queue()

    async def restart(services: Services, jobs: list[Job]) -> None:
        row = await until_state(services, ProcessState.RUNNING)
        own.fault(hold_nodes=True)
        await services.queue.resume()
        await own.until(lambda state: state["waiting_node"])
        await services.queue.pause()
        await services.db.transact(request_action, "restart")
        await until_other(services, row.pid)

    queue.ask(lambda services: services.queue.pause())
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=restart)
    assert all_succeeded(queue, job) == [1, 1]
    assert read_rows(queue, "SELECT max(crashes) FROM item") == [(0,)]


def test_a_comfyui_of_others_is_used_as_it_is(tmp_path: Path, new_comfy: Comfy, pictures: list[str]) -> None:
    own = Own(tmp_path)
    own.url = new_comfy.url
    own.command[4] = new_comfy.url.rpartition(":")[2]
    queue = own.queue()

    async def see(services: Services, jobs: list[Job]) -> None:
        assert (await until_state(services, ProcessState.EXTERNAL)).pid is None
        await services.queue.resume()

    queue.ask(lambda services: services.queue.pause())
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]}, during=see)
    assert all_succeeded(queue, job) == [1]
    assert own.answers()
    assert not (own.home / "logs" / LOG_NAME).exists()
