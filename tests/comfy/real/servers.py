"""A real ComfyUI for the tests: at an address, or started by the tests in a folder of its own."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

URL = os.environ.get("VQ_TEST_COMFY_URL", "")
COMMAND = shlex.split(os.environ.get("VQ_TEST_COMFY_COMMAND", ""))

_START_SECONDS = 180.0
_PROMPT_SECONDS = 120.0
# Takes its time in steps as a sampler does: with progress, and stopped between two of them. It needs no model.
_STEPS_NODE = """
import time
import comfy.utils

class Steps:
    RETURN_TYPES, FUNCTION, CATEGORY = ("IMAGE",), "run", "tests"

    @classmethod
    def INPUT_TYPES(cls):
        numbers = {"steps": ("INT", {"default": 1, "max": 100000}), "seconds": ("FLOAT", {"step": 0.001})}
        return {"required": {"image": ("IMAGE",), **numbers}}

    def run(self, image, steps, seconds):
        bar = comfy.utils.ProgressBar(steps)
        for _ in range(steps):
            time.sleep(seconds)
            bar.update(1)
        return (image,)

NODE_CLASS_MAPPINGS = {"VqTestSteps": Steps}
"""


class RealComfy:
    """A ComfyUI as another client of it sees it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> Any:
        """The JSON of an answer."""
        return httpx.get(f"{self.url}{path}", trust_env=False, timeout=60).raise_for_status().json()

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Its answer to a POST."""
        return httpx.post(f"{self.url}{path}", json=body, trust_env=False, timeout=60).raise_for_status()

    def send(self, graph: dict[str, Any]) -> str:
        """Queue a graph as another program does; its id."""
        return str(self.post("/prompt", prompt=graph, client_id="another").json()["prompt_id"])

    def upload(self, name: str, content: bytes) -> None:
        """Put a file into its input folder."""
        files = {"image": (name, content)}
        answer = httpx.post(
            f"{self.url}/upload/image", files=files, data={"overwrite": "true"}, trust_env=False
        )
        answer.raise_for_status()

    def running(self) -> str:
        """The id of what runs, or none."""
        items = self.get("/queue")["queue_running"]
        return str(items[0][1]) if items else ""

    def until_running(self, other_than: str = "") -> str:
        """The id of what runs, once there is something."""
        return str(wait_until(lambda: (running := self.running()) != other_than and running))

    def ends(self) -> dict[str, str]:
        """By prompt id, oldest first: the last event in the history of each."""
        return {
            prompt_id: str(entry["status"]["messages"][-1][0])
            for prompt_id, entry in self.get("/history").items()
        }

    def end_of(self, prompt_id: str) -> str:
        """The last event of a prompt, once it has ended."""
        return str(wait_until(lambda: self.ends().get(prompt_id)))


class OwnComfy(RealComfy):
    """A ComfyUI that tests start, stop and kill; everything it keeps is in `base`."""

    def __init__(self, base: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        super().__init__(f"http://127.0.0.1:{self.port}")
        self.base = base
        nodes = base / "custom_nodes"
        nodes.mkdir(parents=True)
        (nodes / "vq_test_steps.py").write_text(_STEPS_NODE)
        self._log = base.parent / "comfyui.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        arguments = ["--listen", "127.0.0.1", "--port", str(self.port), "--base-directory", str(self.base)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, *arguments, "--disable-auto-launch"], stdout=log, stderr=log
            )
        wait_until(self._answers, _START_SECONDS)

    def kill(self) -> None:
        """As a crash does."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Let it answer nothing until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-2000:]
        try:
            return "exec_info" in self.get("/prompt")
        except httpx.HTTPError:
            return False


def wait_until(condition: Callable[[], Any], seconds: float = _PROMPT_SECONDS) -> Any:
    """What a condition gives, once it is true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return value
