"""The ComfyUI that runs is asked where the settings say it is, and its silence is an error that names the place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.forked import popen
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.services.running_comfy import find_object_info, running_comfy
from video_queue.settings import Settings, load_settings
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings


def settings_for(home: Path, port: int) -> Settings:
    """Of an artist whose ComfyUI is started by video_queue, on a port of its own."""
    command = ["python", str(home / "main.py"), "--port", str(port)]
    return load_settings(home, {"comfy.command": command}, {})


def test_one_that_is_started_here_is_asked_on_the_port_of_its_command(tmp_path: Path) -> None:
    simulator = SimulatorProcess(SimulatorSettings(tmp_path / "comfy"), popen=popen)
    url = simulator.start()
    try:
        info = asyncio.run(find_object_info(settings_for(tmp_path / "home", simulator.port)))
    finally:
        simulator.kill()
    assert "KSampler" in info, url


def test_one_that_breaks_off_is_an_error_with_its_address(tmp_path: Path) -> None:
    simulator = SimulatorProcess(SimulatorSettings(tmp_path / "comfy"), popen=popen)
    url = simulator.start()

    async def ask() -> None:
        async with running_comfy(settings_for(tmp_path / "home", simulator.port)) as client:
            simulator.kill()
            await client.object_info()

    with pytest.raises(VqError, match=url) as raised:
        asyncio.run(ask())
    assert raised.value.code is ErrorCode.COMFY_UNREACHABLE
