"""The ComfyUI that vq started, after a kill of vq: the next one goes on with it, or ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.forked import python_module
from tests.worker.conftest import Queue
from tests.worker.own_process import ROOT, read_rows
from tests.worker.rendering.conftest import Own, row_of, until
from tests.worker.rendering.process_waits import QuickClock, all_succeeded, until_other
from video_queue.domain.comfy import ProcessState
from video_queue.domain.views import Job
from video_queue.system.processes.identity import process_started
from video_queue.wiring import Services

_SECONDS = 60.0


def run_vq(own: Own) -> subprocess.Popen[bytes]:
    """`vq run` in a process of its own."""
    return python_module("video_queue", "--home", own.home, "run", cwd=ROOT, stderr=subprocess.DEVNULL)


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def killed_while_rendering(own: Own, queue: Queue, pictures: list[str]) -> tuple[int, int]:
    """The job and the pid of a ComfyUI that renders, after a kill of vq."""
    job = queue.submit(workflow="invert-image", inputs=pictures[:2]).id
    vq = run_vq(own)
    try:
        wait_until(lambda: own.answers() and own.state()["waiting_node"])
    finally:
        vq.kill()
        vq.wait()
    [(pid,)] = read_rows(queue, "SELECT pid FROM comfy_process")
    return job, pid


def test_after_a_kill_of_vq_the_next_one_goes_on_with_the_same_comfyui(own: Own, pictures: list[str]) -> None:
    own.command += ["--fault", "hold_nodes=true"]
    queue = own.queue()
    job, pid = killed_while_rendering(own, queue, pictures)
    running = own.state()["running"]

    async def let_go(services: Services, _: list[Job]) -> None:
        async def is_adopted() -> bool:
            row = await row_of(services)
            return row.state is ProcessState.RUNNING and row.adopted and row.pid == pid

        await until(is_adopted)
        own.fault(hold_nodes=False)

    queue.work(during=let_go)
    all_succeeded(queue, queue.job(job))
    lines = (own.base / "simulator-executions.jsonl").read_text().splitlines()
    saved = [line["prompt_id"] for line in map(json.loads, lines) if line["class_type"] == "SaveImage"]
    assert (len(saved), saved[0]) == (2, running)


@pytest.mark.parametrize("change", ["frozen", "another command"])
def test_after_a_kill_of_vq_a_comfyui_that_is_of_no_use_any_more_is_ended(
    own: Own, pictures: list[str], change: str
) -> None:
    own.command += ["--fault", "hold_nodes=true"]
    queue = own.queue()
    job, pid = killed_while_rendering(own, queue, pictures)
    if change == "frozen":
        os.kill(pid, signal.SIGSTOP)
    else:
        own.command = own.command[:7]
        queue = own.queue()

    async def let_go(services: Services, _: list[Job]) -> None:
        await until_other(services, pid)
        assert process_started(pid) is None
        if change == "frozen":
            own.fault(hold_nodes=False)

    queue.ask(lambda services: services.queue.pause())
    queue.work(during=let_go, clock=QuickClock())
    all_succeeded(queue, queue.job(job))
