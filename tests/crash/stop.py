"""Stop a server with pages open and a render running in ComfyUI: it ends soon, and the next one takes the render back.

`python -m tests.crash.stop --stops 20` is the long run, which prints how long the stops took; `test_stop.py` is its
short form.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from websockets.sync.client import connect

from benchmarks.figure import print_figure
from tests.crash.server import Server
from tests.media_clips import make_pictures
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings

MOST_SECONDS = 10.0
_SOCKETS = 30
_NODES = 3


@dataclass
class Stops:
    """How long each stop took, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def run_stops(folder: Path, stops: int, render_seconds: float) -> Stops:
    """One render after the other, with a stop in the middle of each."""
    result = Stops()
    comfy = SimulatorProcess(SimulatorSettings(folder / "comfy"))
    server = Server(folder / "home", folder)
    server.home.mkdir()
    settings = f"min_free_gb = 0\nroots = [{json.dumps(str(folder))}]\n"
    (server.home / "vq.toml").write_text(f"{settings}[comfy]\nurl = {json.dumps(comfy.start())}\n")
    pictures = make_pictures(folder / "pictures", stops)
    try:
        with httpx.Client(base_url=comfy.url, trust_env=False) as http:
            slow = {"slow": render_seconds / _NODES}
            http.post("/simulator/faults", json=slow).raise_for_status()
            server.start()
            for picture in pictures:
                _stop_while_it_renders(result, server, http, picture)
    finally:
        server.end()
        comfy.stop()
    return result


def _stop_while_it_renders(result: Stops, server: Server, comfy: httpx.Client, picture: Path) -> None:
    with ExitStack() as pages:
        for _ in range(_SOCKETS):
            socket = pages.enter_context(connect(server.url.replace("http", "ws", 1) + "/api/ws"))
            socket.recv()
        job = _ask(server, "POST", "/jobs", json={"workflow": "invert-image", "inputs": [str(picture)]})
        while not (running := _running(comfy)):
            time.sleep(0.02)
        began = time.monotonic()
        server.end()
        result.seconds.append(time.monotonic() - began)
    if _running(comfy) != running:
        result.problems.append(f"job {job['id']}: ComfyUI does not render it any more")
    server.start()
    while (state := _ask(server, "GET", f"/jobs/{job['id']}")["state"]) in ("queued", "running"):
        time.sleep(0.05)
    entries = comfy.get("/history").json()
    if state != "succeeded" or len(entries) != len(result.seconds) or running[0] not in entries:
        result.problems.append(f"job {job['id']} is {state}; ComfyUI rendered {len(entries)} times")
    if result.seconds[-1] > MOST_SECONDS:
        result.problems.append(f"job {job['id']}: the stop took {result.seconds[-1]:.1f} s")


def _running(comfy: httpx.Client) -> list[str]:
    return [entry[1] for entry in comfy.get("/queue").json()["queue_running"]]


def _ask(server: Server, method: str, path: str, **options: object) -> dict[str, object]:
    answer = httpx.request(method, f"{server.url}/api{path}", timeout=60, trust_env=False, **options)  # type: ignore[arg-type]
    return dict(answer.raise_for_status().json())


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stops", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vq-stop-") as folder:
        result = run_stops(Path(folder), options.stops, render_seconds=6.0)
    shown = f"median {statistics.median(result.seconds):.2f} s, longest {max(result.seconds):.2f} s"
    print(
        f"{len(result.seconds)} stops with {_SOCKETS} sockets open: {shown}; {len(result.problems)} broken promises"
    )
    for line in result.problems:
        print(line)
    print_figure("stop_seconds", max(result.seconds))
    print_figure("stop", len(result.problems))
    sys.exit(bool(result.problems))


if __name__ == "__main__":
    main()
