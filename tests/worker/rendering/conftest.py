"""A stand-in for ComfyUI in a process of its own, and a queue that renders with it."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.forked import popen
from tests.media_clips import make_pictures
from tests.worker.conftest import Queue
from video_queue.db.comfy_process import ComfyProcessRow, read_process
from video_queue.domain.comfy import ProcessState
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings
from video_queue.wiring import Services

_SECONDS = 120.0


class StandIn:
    """One stand-in, whoever started it, and what tests require of it beside the queue's own calls."""

    def __init__(self, base: Path, url: str) -> None:
        self.base, self.url = base, url

    def send(self, path: str, **body: Any) -> httpx.Response:
        """Its answer to a POST, as another client of it."""
        return httpx.post(f"{self.url}{path}", json=body, trust_env=False).raise_for_status()

    def fault(self, **faults: Any) -> None:
        """Set or end faults."""
        self.send("/simulator/faults", **faults)

    def step(self, nodes: int = 1) -> None:
        """Let so many nodes pass the closed gate."""
        self.send("/simulator/step", nodes=nodes)

    def state(self) -> dict[str, Any]:
        """`running`, `pending`, `waiting_node`, `unanswered`, `interrupted`, `sockets`."""
        return dict(httpx.get(f"{self.url}/simulator/state", trust_env=False).json())

    @contextmanager
    def opened_once_interrupted(self) -> Iterator[None]:
        """The closed gate is opened as soon as a prompt was interrupted: it waits at a node until then."""
        opening = threading.Thread(target=self._open_once_interrupted)
        opening.start()
        try:
            yield
        finally:
            opening.join()

    def _open_once_interrupted(self) -> None:
        asyncio.run(self.until(lambda state: state["interrupted"]))
        self.fault(hold_nodes=False)

    def executed(self, class_type: str = "SaveImage") -> Counter[str]:
        """How often a node of this class ran, by prompt id."""
        lines = httpx.get(f"{self.url}/simulator/executions", trust_env=False).json()
        return Counter(line["prompt_id"] for line in lines if line["class_type"] == class_type)

    async def until(self, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait until its state fulfils a condition; the state."""
        deadline = time.monotonic() + _SECONDS
        while not condition(state := await asyncio.to_thread(self.state)):
            assert time.monotonic() < deadline, state
            await asyncio.sleep(0.005)
        return state

    def outputs(self) -> list[Path]:
        """The files in its output folder."""
        return sorted(path for path in (self.base / "output").rglob("*") if path.is_file())

    def inputs(self) -> list[Path]:
        """The files in its input folder."""
        return sorted(path for path in (self.base / "input").rglob("*") if path.is_file())


class Comfy(StandIn):
    """A stand-in in a process of the test's."""

    def __init__(self, base: Path, **settings: Any) -> None:
        self.process = SimulatorProcess(SimulatorSettings(base, **settings), popen=popen)
        super().__init__(base, self.process.start())


class Own(StandIn):
    """The stand-in as the command of a queue, which starts it."""

    def __init__(self, tmp_path: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        super().__init__(tmp_path / "comfy", f"http://127.0.0.1:{port}")
        self.command = [sys.executable, "-m", "video_queue.simulator", "--port", str(port)]
        self.command += ["--base", str(self.base)]
        self.home = tmp_path / "home"

    def queue(self, **settings: Any) -> Queue:
        """A queue on a home whose vq.toml names the command."""
        self.home.mkdir(exist_ok=True)
        (self.home / "vq.toml").write_text(f"[comfy]\ncommand = {json.dumps(self.command)}\n")
        return Queue(self.home, **settings)

    def answers(self) -> bool:
        """Whether anything listens at its address and answers."""
        try:
            return httpx.get(f"{self.url}/prompt", trust_env=False, timeout=2).is_success
        except httpx.TransportError:
            return False


@pytest.fixture(params=["0.33.0", "0.3.64"])
def comfy(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Comfy]:
    """A stand-in that behaves as either version."""
    yield from _serve(tmp_path, request.param)


@pytest.fixture
def new_comfy(tmp_path: Path) -> Iterator[Comfy]:
    """A stand-in of the newer version, where that makes no difference."""
    yield from _serve(tmp_path, "0.33.0")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    """A stand-in that a queue starts, and has ended at the end of the test."""
    own = Own(tmp_path)
    yield own
    ended_by = time.monotonic() + 10
    while own.answers():
        assert time.monotonic() < ended_by, "a ComfyUI is left"
        time.sleep(0.05)


def _serve(tmp_path: Path, version: str) -> Iterator[Comfy]:
    comfy = Comfy(tmp_path / "comfy", version=version)
    try:
        yield comfy
    finally:
        comfy.process.kill()


def queue_for(comfy: Comfy, tmp_path: Path, **settings: Any) -> Queue:
    """A queue on a home of its own that renders with `comfy`."""
    return Queue(tmp_path / "home", **{"comfy.url": comfy.url, **settings})


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    """Four pictures that carry their numbers."""
    return [str(path) for path in make_pictures(tmp_path / "pictures", 4, size=(160, 96))]


async def until(condition: Callable[[], Any]) -> Any:
    """Wait until a condition holds; its value. It may be a coroutine function."""
    deadline = time.monotonic() + _SECONDS
    while True:
        value = condition()
        value = await value if asyncio.iscoroutine(value) else value
        if value:
            return value
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


async def row_of(services: Services) -> ComfyProcessRow:
    """What is on record of the process that vq keeps."""
    row: ComfyProcessRow = await services.db.read(read_process)
    return row


async def until_state(services: Services, *states: ProcessState) -> ComfyProcessRow:
    """Until that process is in one of these states."""

    async def reached() -> ComfyProcessRow | None:
        row = await row_of(services)
        return row if row.state in states else None

    row: ComfyProcessRow = await until(reached)
    return row
