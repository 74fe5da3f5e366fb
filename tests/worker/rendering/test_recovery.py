"""Deaths: of ComfyUI, of the connection, of our own process. Every output comes out once, and nothing finished is
rendered again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.forked import python_module
from tests.media_clips import codes_of, make_clip
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy, queue_for, until
from tests.worker.rendering.workflows import write_per_frame
from video_queue.domain.states import PromptState
from video_queue.domain.views import Job
from video_queue.simulator.settings import SimulatorSettings
from video_queue.wiring import Services

ROOT = Path(__file__).parents[3]
# What the render of a frame passes.
_NODES = 3


@contextlib.contextmanager
def working(queue: Queue, comfy: Comfy) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own; killed at the end if it still runs."""
    child = python_module("tests.worker.rendering.working_child", queue.home, comfy.url, cwd=ROOT)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def wait_until(condition: Callable[[], object], child: subprocess.Popen[bytes]) -> None:
    """Until a condition holds; it may hold for the first time when the child has already done all its work."""
    deadline = time.monotonic() + 120
    ended = False
    while not condition():
        assert not ended
        assert time.monotonic() < deadline
        ended = child.poll() is not None
        time.sleep(0.002)


def ask_rows(queue: Queue, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{queue.settings.db_path}?mode=ro", uri=True)) as conn:
        return conn.execute(question).fetchall()


def finished_once(queue: Queue, job: int, names: list[str]) -> None:
    """Every prompt succeeded with one published file, and no other files were published."""
    prompts = queue.prompts(job)
    assert [(prompt.state, prompt.error) for prompt in prompts] == [(PromptState.SUCCEEDED, None)] * len(
        prompts
    )
    names_there = sorted(path.name for path in queue.settings.output_root.rglob("*") if path.is_file())
    assert [name for name in names_there if not name.endswith(".vq.json")] == sorted(names)


# --- our own process dies


def test_killed_while_comfyui_renders(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    """After the restart it is followed again: ComfyUI does not render it twice."""
    queue = queue_for(comfy, tmp_path)
    job = queue.submit(workflow="invert-image", inputs=pictures[:2]).id
    comfy.fault(hold_nodes=True)
    with working(queue, comfy) as child:
        wait_until(lambda: comfy.state()["waiting_node"], child)

    async def let_go(services: Services, _: list[Job]) -> None:
        async def running() -> bool:
            return (await services.lookup.job(job)).counts.running > 0

        await until(running)
        comfy.fault(hold_nodes=False)

    queue.work(during=let_go)
    finished_once(queue, job, ["p0000_inverted.png", "p0001_inverted.png"])
    assert list(comfy.executed().values()) == [1, 1]


def test_progress_is_shown_again_after_a_restart(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue, comfy = queue_for(new_comfy, tmp_path), new_comfy
    queue.submit(workflow="image-to-video", inputs=pictures[:1], params={"steps": 20})
    comfy.fault(hold_steps=True)

    def samples() -> bool:
        if comfy.state()["waiting_node"]:
            comfy.step()
        return bool(comfy.executed("KSampler"))

    with working(queue, comfy) as child:
        wait_until(samples, child)

    async def watch(services: Services, _: list[Job]) -> None:
        events = services.feed.subscribe()
        await comfy.until(lambda state: len(state["sockets"]) == 2)
        comfy.step(3)
        while "Sampler" not in str(getattr(await events.get(), "data", "")):
            pass
        events.close()
        comfy.fault(hold_steps=False)

    queue.work(during=watch)
    [prompt] = queue.prompts(1)
    assert (prompt.state, len(comfy.executed("KSampler"))) == (PromptState.SUCCEEDED, 1)


def test_a_render_that_hangs_is_noticed_after_a_restart_too(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue, comfy = queue_for(new_comfy, tmp_path, **{"timeouts.stall": 4}), new_comfy
    job = queue.submit(workflow="invert-image", inputs=pictures[:1]).id
    comfy.fault(hold_nodes=True)
    with working(queue, comfy) as child:
        wait_until(lambda: comfy.state()["waiting_node"], child)

    async def watch(services: Services, _: list[Job]) -> None:
        async def retried() -> bool:
            waiting = (await services.lookup.prompts(job)).items[0].waiting_for
            return waiting is not None and waiting.reason == "retry"

        await until(retried)
        comfy.fault(hold_nodes=False)

    queue.work(during=watch)
    finished_once(queue, job, ["p0000_inverted.png"])


def test_killed_while_comfyui_renders_and_it_ends_meanwhile(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    """After the restart the outputs are taken from its history."""
    queue = queue_for(comfy, tmp_path)
    job = queue.submit(workflow="invert-image", inputs=pictures[:1]).id
    comfy.fault(hold_nodes=True)
    with working(queue, comfy) as child:
        wait_until(lambda: comfy.state()["waiting_node"], child)
    comfy.fault(hold_nodes=False)
    asyncio.run(comfy.until(lambda state: state["running"] is None))
    queue.work()
    finished_once(queue, job, ["p0000_inverted.png"])
    assert list(comfy.executed().values()) == [1]


def test_both_die_while_rendering(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    """Neither queued nor in history: rendered again."""
    queue = queue_for(comfy, tmp_path)
    job = queue.submit(workflow="invert-image", inputs=pictures[:1]).id
    comfy.fault(hold_nodes=True)
    with working(queue, comfy) as child:
        wait_until(lambda: comfy.state()["waiting_node"], child)
    comfy.process.kill()
    comfy.process.start()
    queue.work()
    finished_once(queue, job, ["p0000_inverted.png"])


@pytest.mark.parametrize("items", [1, 3])
def test_killed_between_items(comfy: Comfy, tmp_path: Path, items: int) -> None:
    """Items that are done are not rendered again."""
    queue = queue_for(comfy, tmp_path)
    write_per_frame(queue)
    clip = make_clip(tmp_path / "clip.mp4", 5)
    job = queue.submit(workflow="per-frame", inputs=[str(clip)]).id
    comfy.fault(hold_nodes=True)
    comfy.step(items * _NODES)
    with working(queue, comfy) as child:
        done = "SELECT 1 FROM item WHERE state = 'succeeded'"
        wait_until(lambda: len(ask_rows(queue, done)) == items, child)
    comfy.fault(hold_nodes=False)
    queue.work()
    finished_once(queue, job, ["clip_out.mp4"])
    assert max(comfy.executed().values()) == 1
    assert sum(comfy.executed().values()) == 5
    [path] = queue.settings.output_root.rglob("*.mp4")
    assert codes_of(path) == [0xFFFF ^ number for number in range(5)]


def test_a_rendered_frame_that_a_power_cut_took_is_fetched_again_and_not_rendered_again(
    new_comfy: Comfy, tmp_path: Path
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    write_per_frame(queue)
    job = queue.submit(workflow="per-frame", inputs=[str(make_clip(tmp_path / "clip.mp4", 5))]).id
    new_comfy.fault(slow=0.05)
    with working(queue, new_comfy) as child:
        done = "SELECT 1 FROM item WHERE state = 'succeeded'"
        wait_until(lambda: queue.settings.db_path.exists() and len(ask_rows(queue, done)) >= 2, child)
    new_comfy.fault(slow=False)
    [lost] = (queue.settings.work_root / "1" / "1" / "01-render.a1" / "000001").iterdir()
    os.truncate(lost, 0)
    queue.work()
    finished_once(queue, job, ["clip_out.mp4"])
    assert sorted(new_comfy.executed().values()) == [1] * 5
    [path] = queue.settings.output_root.rglob("*.mp4")
    assert codes_of(path) == [0xFFFF ^ number for number in range(5)]


def test_killed_while_fetching(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    """The outputs' names are on record: fetched again, not rendered again."""
    queue = queue_for(comfy, tmp_path)
    job = queue.submit(workflow="upscale-image", inputs=pictures[:3], params={"factor": 8}).id
    with working(queue, comfy) as child:
        seen = "SELECT 1 FROM phase WHERE state IN ('harvesting', 'succeeded')"
        wait_until(lambda: ask_rows(queue, seen), child)
    queue.work()
    finished_once(queue, job, [f"p000{number}_8x.png" for number in range(3)])
    assert set(comfy.executed().values()) == {1}


def as_a_crash_leaves_it(queue: Queue) -> None:
    """Rows of a prompt whose outputs' names were committed and whose files were not fetched."""
    with closing(sqlite3.connect(queue.settings.db_path)) as conn, conn:
        conn.execute(
            "UPDATE prompt SET state = 'running', claimed = 1, phase_seq = 0, lane = 'gpu', finished_at = NULL"
        )
        conn.execute("UPDATE phase SET state = 'harvesting', result = NULL")
        conn.execute("UPDATE item SET state = 'harvesting'")
        conn.execute("UPDATE job SET state = 'running', running = 1, succeeded = 0")
        conn.execute("UPDATE tally SET count = 1 WHERE scope = 'prompt' AND state = 'running'")
        conn.execute("UPDATE tally SET count = 0 WHERE scope = 'prompt' AND state = 'succeeded'")
        conn.execute("DELETE FROM artifact")
    for path in queue.settings.output_root.rglob("*.png*"):
        path.unlink()


def test_names_on_record_are_fetched(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]})
    as_a_crash_leaves_it(queue)
    queue.work()
    finished_once(queue, job.id, ["p0000_inverted.png"])
    assert sum(comfy.executed().values()) == 1


def test_names_on_record_whose_files_are_gone_are_rendered_again(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]})
    as_a_crash_leaves_it(queue)
    for path in comfy.outputs():
        path.unlink()
    queue.work()
    finished_once(queue, job.id, ["p0000_inverted.png"])
    assert sum(comfy.executed().values()) == 2


def test_what_was_cancelled_before_a_crash_is_cancelled_in_comfyui(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    job = queue.submit(workflow="invert-image", inputs=pictures[:1]).id
    comfy.fault(hold_nodes=True)
    with working(queue, comfy) as child:
        wait_until(lambda: comfy.state()["waiting_node"], child)
    with closing(sqlite3.connect(queue.settings.db_path)) as conn, conn:
        conn.execute("UPDATE prompt SET cancel_reason = 'enough'")
    other = queue.submit(workflow="invert-image", inputs=pictures[1:2]).id

    async def let_go(_: Services, __: list[Job]) -> None:
        await comfy.until(lambda state: state["interrupted"])
        comfy.fault(hold_nodes=False)

    queue.work(during=let_go)
    assert queue.prompts(job)[0].state is PromptState.CANCELLED
    assert queue.prompts(other)[0].state is PromptState.SUCCEEDED
    assert sum(comfy.executed().values()) == 1


# --- ComfyUI dies, or the connection


def test_comfyui_dies_and_comes_back(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    comfy.fault(hold_nodes=True)

    async def kill(_: Services, __: list[Job]) -> None:
        await comfy.until(lambda state: state["waiting_node"] == "1")
        comfy.process.kill()
        await asyncio.to_thread(comfy.process.start)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=kill)
    finished_once(queue, job.id, ["p0000_inverted.png", "p0001_inverted.png"])
    assert [prompt.attempt for prompt in queue.prompts(job.id)] == [1, 1]
    assert list(comfy.executed().values()) == [1, 1]


def test_comfyui_dies_between_items(comfy: Comfy, tmp_path: Path) -> None:
    queue = queue_for(comfy, tmp_path)
    write_per_frame(queue)
    clip = make_clip(tmp_path / "clip.mp4", 5)
    comfy.fault(slow=0.03)

    async def kill(_: Services, __: list[Job]) -> None:
        await until(lambda: len(comfy.executed()) >= 3)
        comfy.process.kill()
        await asyncio.to_thread(comfy.process.start)

    [job] = queue.work({"workflow": "per-frame", "inputs": [str(clip)]}, during=kill)
    finished_once(queue, job.id, ["clip_out.mp4"])
    assert sum(comfy.executed().values()) <= 6  # the one that ran when it died may have been saved already
    [path] = queue.settings.output_root.rglob("*.mp4")
    assert codes_of(path) == [0xFFFF ^ number for number in range(5)]


def test_a_prompt_that_kills_comfyui_is_poison(tmp_path: Path, pictures: list[str]) -> None:
    """After three deaths in one phase it fails, and the queue goes on."""
    comfy = Comfy(tmp_path / "comfy", faults={"die_in_prompt": 1})
    queue = queue_for(comfy, tmp_path)

    async def bring_back(_: Services, __: list[Job]) -> None:
        for death in range(3):
            await asyncio.to_thread(comfy.process.wait)
            if death == 2:
                comfy.process.settings = SimulatorSettings(tmp_path / "comfy")
            await asyncio.to_thread(comfy.process.start)

    try:
        [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=bring_back)
    finally:
        comfy.process.kill()
    first, second = queue.prompts(job.id)
    assert first.error is not None
    assert (first.error.code, second.state) == ("poison", PromptState.SUCCEEDED)


@pytest.mark.parametrize("fault", ["drop_sockets", "socket_silent"])
def test_the_socket_fails_while_rendering(
    comfy: Comfy, tmp_path: Path, pictures: list[str], fault: str
) -> None:
    """Queue and history tell how it ends."""
    queue = queue_for(comfy, tmp_path)
    comfy.fault(hold_nodes=True)

    async def cut(_: Services, __: list[Job]) -> None:
        await comfy.until(lambda state: state["waiting_node"] == "1")
        comfy.fault(**{fault: True})
        comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=cut)
    finished_once(queue, job.id, ["p0000_inverted.png", "p0001_inverted.png"])
    assert list(comfy.executed().values()) == [1, 1]


def test_a_forgotten_prompt_is_lost_and_tried_again(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    comfy.fault(hold_nodes=True)

    async def forget(_: Services, __: list[Job]) -> None:
        await comfy.until(lambda state: state["waiting_node"] == "1")
        comfy.fault(forget=True)
        comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]}, during=forget)
    finished_once(queue, job.id, ["p0000_inverted.png"])
    assert queue.prompts(job.id)[0].attempt == 2


def test_history_that_comes_late_is_waited_for(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    comfy.fault(late_history=0.5)
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]})
    finished_once(queue, job.id, ["p0000_inverted.png", "p0001_inverted.png"])
    assert list(comfy.executed().values()) == [1, 1]
