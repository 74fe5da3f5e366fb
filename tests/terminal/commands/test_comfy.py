"""`vq comfy`: what ComfyUI is at, and the actions on it, with a server that keeps it and without one."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.terminal.processes import Vq

_SECONDS = 60.0


def keep_stand_in(vq: Vq, folder: Path) -> None:
    """Let the home's server start a stand-in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "video_queue.simulator", "--port", str(port), "--base", str(folder)]
    (vq.home / "vq.toml").write_text(f"min_free_gb = 0\n[comfy]\ncommand = {json.dumps(command)}\n")


def until(vq: Vq, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """What `vq comfy` says of the process once that fulfils a condition."""
    deadline = time.monotonic() + _SECONDS
    while not condition(process := vq("comfy", "--json").json["process"]):
        assert time.monotonic() < deadline, process
    return dict(process)


def test_comfyui_is_stopped_started_and_restarted_by_words(vq: Vq, tmp_path: Path) -> None:
    keep_stand_in(vq, tmp_path / "sim")
    with vq.serving():
        first = until(vq, lambda process: process["state"] == "running")
        shown = vq("comfy").out
        assert f"pid {first['pid']}" in shown
        assert "simulated ComfyUI" in shown
        assert vq("comfy", "start").code == 6
        assert "under way" in vq("comfy", "stop").out
        assert until(vq, lambda process: process["state"] == "stopped")["pid"] is None
        assert "stopped" in vq("status").out
        vq("comfy", "start")
        second = until(vq, lambda process: process["state"] == "running")
        assert (vq("comfy", "free").out, vq("comfy", "refresh").code) == ("its memory is freed\n", 0)
        vq("comfy", "restart")
        until(vq, lambda process: process["state"] == "running" and process["pid"] != second["pid"])
    gone = vq("comfy", "--json").json["process"]
    assert (gone["state"], gone["pid"]) == ("off", None)


def test_without_a_server_nothing_is_started(vq: Vq, tmp_path: Path) -> None:
    keep_stand_in(vq, tmp_path / "sim")
    assert vq("comfy", "start").code == 5
    assert vq("comfy", "free").code == 5
    assert vq("comfy", "--json").json["process"]["state"] == "off"
