"""A real `vq serve` process on a home of its own, and clips in a folder that its requests may name."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.forked import python_module
from tests.media_clips import make_clip, make_junk

_SECONDS = 60.0
# Nothing listens there: a ComfyUI that happens to run on this machine is not used by these tests.
NO_COMFY = "http://127.0.0.1:9"


class Served:
    """The server's home and address; `clips` holds good.mp4 and other.mp4, `mixed` one good and one broken file.

    `shoot` is a folder beside the home: what is in the home is not watched.
    """

    def __init__(self, home: Path, comfy: str) -> None:
        self.home = home
        self._comfy = comfy
        self.url = "http://127.0.0.1:0"
        self.clips = home / "clips"
        self.mixed = home / "mixed"
        self.shoot = home.with_name(f"{home.name}-shoot")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens.

        Where that is it says itself the first time: a port that only was free may be another's when it starts. Later it
        listens there again, so that the page finds it.
        """
        announced = self.home / "server.json"
        announced.unlink(missing_ok=True)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("VQ_")}
        self._process = python_module(
            *("video_queue", "--home", str(self.home), "serve", "--port", self.url.rpartition(":")[2]),
            env={**environ, "VQ_COMFY__URL": self._comfy},
            stdout=subprocess.DEVNULL,
        )
        end = time.monotonic() + _SECONDS
        while not announced.exists():
            assert self._process.poll() is None, "the server ended at once"
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.05)
        port = json.loads(announced.read_text("utf-8"))["url"].rpartition(":")[2]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_SECONDS)
            self._process = None

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(_SECONDS)
        self._process = None

    def client(self) -> httpx.Client:
        """An HTTP client of the server."""
        return httpx.Client(base_url=self.url, timeout=60)

    def submit(self, **submission: Any) -> int:
        """Submit over REST; the job's number."""
        with self.client() as client:
            answer = client.post("/api/jobs", json={"dedupe": False, **submission})
            assert answer.is_success, answer.text
            return int(answer.json()["id"])

    def wait_for(self, job_id: int, *states: str) -> dict[str, Any]:
        """The job, once it is in one of `states`."""
        end = time.monotonic() + _SECONDS
        with self.client() as client:
            while True:
                job: dict[str, Any] = client.get(f"/api/jobs/{job_id}").json()
                if job["state"] in states:
                    return job
                assert time.monotonic() < end, json.dumps(job)
                time.sleep(0.05)


@contextmanager
def served(home: Path, comfy: str = NO_COMFY) -> Iterator[Served]:
    """A server on `home` with the ComfyUI at `comfy`, stopped at the end."""
    server = Served(home, comfy)
    for folder in (server.clips, server.mixed, server.shoot):
        folder.mkdir(parents=True)
    settings = home / "vq.toml"
    others = settings.read_text("utf-8") if settings.exists() else ""
    settings.write_text(f"roots = {json.dumps([str(home), str(server.shoot)])}\n{others}", "utf-8")
    make_clip(server.clips / "good.mp4", 24, sound=None)
    make_clip(server.clips / "other.mp4", 24)
    make_clip(server.shoot / "scene.mp4", 12, sound=None)
    make_clip(server.mixed / "fine.mp4", 12, sound=None)
    make_junk(server.mixed / "junk.mp4")
    server.start()
    try:
        yield server
    finally:
        server.stop()
