"""The simulator as a process: its command line, its ready file, its death and its return."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.simulator.media import fill_inputs
from tests.simulator.serving import invert
from video_queue.simulator import SimulatorProcess, SimulatorSettings
from video_queue.simulator.__main__ import DIED


@pytest.fixture
def process(tmp_path: Path) -> Iterator[SimulatorProcess]:
    fill_inputs(tmp_path / "input")
    started = SimulatorProcess(SimulatorSettings(tmp_path, version="0.3.64"))
    yield started
    started.kill()


def _submit(url: str) -> str:
    answer = httpx.post(f"{url}/prompt", json={"prompt": invert(), "client_id": "A"}, trust_env=False)
    return str(answer.json()["prompt_id"])


def test_kill_loses_all_and_a_new_start_takes_the_same_port(process: SimulatorProcess) -> None:
    url = process.start()
    prompt_id = _submit(url)
    while not httpx.get(f"{url}/history/{prompt_id}", trust_env=False).json():
        time.sleep(0.01)
    process.kill()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/prompt", trust_env=False)
    assert process.start() == url
    assert httpx.get(f"{url}/history", trust_env=False).json() == {}
    ran = httpx.get(f"{url}/simulator/executions", trust_env=False).json()
    assert [line["node_id"] for line in ran] == ["1", "2", "3"], "the record outlives the process"


def test_a_fault_can_end_the_process_hard(tmp_path: Path) -> None:
    fill_inputs(tmp_path / "input")
    process = SimulatorProcess(SimulatorSettings(tmp_path, faults={"die_in_prompt": 1}))
    url = process.start()
    _submit(url)
    assert process.wait() == DIED
    assert not list((tmp_path / "output").rglob("*.png"))


def test_stop_ends_it(process: SimulatorProcess) -> None:
    process.start()
    process.stop()
    assert process.process is not None
    assert process.process.returncode is not None
