"""A real server for tests: real services on a home of their own, uvicorn in a thread on a free port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

from video_queue.api.server import ApiServer, listen
from video_queue.app import create_app
from video_queue.settings import load_settings
from video_queue.system.home.secret import SECRET_HEADER, read_secret
from video_queue.wiring import Services, close_services, make_worker, open_services

T = TypeVar("T")
# A workflow that needs no input file and no ComfyUI to be submitted.
DRAW = """
name: draw
title: Draw
parameters:
  prompt: {type: text, default: a cat}
  steps: {type: int, default: 4, min: 1, max: 50}
  picture: {type: file, required: false}
  seed: {type: seed, default: 7}
phases:
  - name: render
    uses: comfy
    graph: draw.render.api.json
    set: {"1.inputs.text": "{{ params.prompt }}", "1.inputs.seed": "{{ params.seed }}"}
output: {phase: render, name: "draw_{{ params.seed }}"}
"""
GRAPH = """{"1": {"class_type": "Text", "inputs": {"text": "", "seed": 0}},
 "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}"""


class RunningApi:
    """A server that runs. `call` runs a coroutine on its loop; `client` and `trusted` speak to it."""

    def __init__(self, services: Services, app: FastAPI, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self.services = services
        self.app = app
        self.home = services.settings.home
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.socket_url = f"ws://127.0.0.1:{port}/api/ws"
        self._loop = loop

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` returns, run on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def transact(self, fn: Callable[..., T], *args: Any) -> T:
        """What a database statement returns, committed."""
        return self.call(self.services.db.transact(fn, *args))

    def client(self, **headers: str) -> httpx.Client:
        """A program that speaks to the server."""
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def trusted(self) -> httpx.Client:
        """The CLI: it shows the home's secret."""
        return self.client(**{SECRET_HEADER: read_secret(self.home) or ""})


@contextmanager
def running_api(home: Path, *, work: bool = False, **overrides: Any) -> Iterator[RunningApi]:
    """A server on `home` with the workflow `draw`; `overrides` are settings, `work=True` runs a worker too."""
    workflows = home / "workflows"
    workflows.mkdir(parents=True, exist_ok=True)
    (workflows / "draw.yaml").write_text(DRAW, "utf-8")
    (workflows / "draw.render.api.json").write_text(GRAPH, "utf-8")
    started = threading.Event()
    holder: dict[str, Any] = {}

    async def serve() -> None:
        services = await open_services(load_settings(home, {"roots": [str(home.parent)], **overrides}, {}))
        listener = listen("127.0.0.1", 0)
        try:
            app = create_app(services, worker=make_worker(services) if work else None)
            server = ApiServer(app)
            holder["server"] = server
            holder["api"] = RunningApi(services, app, asyncio.get_running_loop(), listener.getsockname()[1])
            started.set()
            await server.serve(sockets=[listener])
        finally:
            listener.close()
            await close_services(services)

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            holder["error"] = error
            raise
        finally:
            started.set()

    thread = threading.Thread(target=run, name="test-api")
    thread.start()
    started.wait(60)
    if "api" not in holder:
        thread.join()
        raise holder["error"]
    try:
        yield holder["api"]
    finally:
        holder["server"].should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "the server did not end"


def submit(client: httpx.Client, **more: Any) -> dict[str, Any]:
    """A job of the workflow `draw`."""
    answer = client.post("/api/jobs", json={"workflow": "draw", "dedupe": False, **more})
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    return job
