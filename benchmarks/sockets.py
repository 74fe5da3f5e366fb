"""How soon 50 open pages hear that ComfyUI ended a render: `python benchmarks/sockets.py`.

A job of small pictures is rendered by the stand-in for ComfyUI in `--render-ms` each, by a `vq serve` with so many
sockets open. The time runs from `execution_success` by ComfyUI's clock to the event `prompt.phase_finished` on each
socket: the files of the render are read and its result is committed in between. --quick only shows that it runs.
"""

from __future__ import annotations

# Run as a script, this folder leads sys.path and queue.py in it would hide the standard library's.
# isort: off
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]
# isort: on

import argparse
import asyncio
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from websockets.asyncio.client import connect

from benchmarks.comfy import comfy_at, latest_times, make_pictures
from benchmarks.figure import print_figure

GOAL_MS = 50.0
_NODES = 3


@contextmanager
def serving(home: Path, comfy: str) -> Iterator[str]:
    """The address of `vq serve` on a new home."""
    home.mkdir()
    settings = f"roots = [{json.dumps(str(home.parent))}]\nmin_free_gb = 0\ncomfy.url = {json.dumps(comfy)}\n"
    (home / "vq.toml").write_text(settings)
    command = [sys.executable, "-m", "video_queue", "--home", str(home), "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        if not line.startswith(b"listening"):
            raise SystemExit("the server did not start")
        try:
            yield line.decode().split()[-1]
        finally:
            server.terminate()


async def arrivals(address: str, count: int, opened: asyncio.Semaphore) -> list[float]:
    """When each end of a render came over one socket, in milliseconds since the epoch."""
    times: list[float] = []
    async with connect(address.replace("http", "ws", 1) + "/api/ws", max_size=None) as socket:
        await socket.recv()
        opened.release()
        while len(times) < count:
            frame = await socket.recv()
            if isinstance(frame, str) and json.loads(frame)["type"] == "prompt.phase_finished":
                times.append(1000 * time.time())
    return times


async def receive(address: str, sockets: int, pictures: list[Path]) -> list[list[float]]:
    """What came over every socket while a job of these pictures was rendered."""
    opened = asyncio.Semaphore(0)
    readers = [asyncio.create_task(arrivals(address, len(pictures), opened)) for _ in range(sockets)]
    for _ in readers:
        await opened.acquire()
    body = {"workflow": "invert-image", "inputs": [str(path) for path in pictures]}
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as http:
        (await http.post("/api/jobs", json=body)).raise_for_status()
    return await asyncio.gather(*readers)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sockets", type=int, default=50)
    parser.add_argument("--renders", type=int, default=200)
    parser.add_argument("--render-ms", type=float, default=100)
    parser.add_argument("--quick", action="store_true", help="a few renders, two sockets")
    options = parser.parse_args()
    sockets, renders = (2, 3) if options.quick else (options.sockets, options.renders)
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as name:
        place = Path(name)
        pictures = make_pictures(place / "pictures", renders, 1)
        with comfy_at(None, place) as (url, _), httpx.Client(base_url=url, trust_env=False) as http:
            slow = {"slow": options.render_ms / 1000 / _NODES}
            http.post("/simulator/faults", json=slow).raise_for_status()
            with serving(place / "home", url) as address:
                received = asyncio.run(receive(address, sockets, pictures))
            ends = sorted(item.end for item in latest_times(http, renders))
    waits = sorted(came - end for times in received for came, end in zip(times, ends, strict=True))
    p99 = waits[int(len(waits) * 0.99)]
    shown = f"median {statistics.median(waits):.0f} ms, p99 {p99:.0f} ms, longest {waits[-1]:.0f} ms"
    print(
        f"end of a render to each of {sockets} sockets, {renders} renders: {shown} (goal: p99 {GOAL_MS:.0f})"
    )
    print_figure("socket_p99_ms", p99)


if __name__ == "__main__":
    main()
