"""How long ComfyUI idles between two prompts: `python benchmarks/comfy.py --url http://127.0.0.1:8188`.

Three ways to hand over the same prompts (load a picture, invert it, save it), in one run: all at once into ComfyUI's
own queue, by a client that polls once a second, and by video_queue with its database. The gap is
taken from ComfyUI's own times, from `execution_success` of one prompt to `execution_start` of the next, in whole
milliseconds. Without --url the stand-in is measured; --quick only shows that every row can be measured.
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
import contextlib
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from video_queue.domain.states import JobState
from video_queue.domain.submission import Submission
from video_queue.settings import load_settings
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings
from video_queue.wiring import close_services, make_worker, open_services

GOAL_MS = 10.0
Graph = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Times:
    """When one prompt began and ended by ComfyUI's clock, in milliseconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Row:
    """One way's gaps in milliseconds, and its prompts a second over all."""

    name: str
    gaps: list[float]
    rate: float

    @property
    def median(self) -> float:
        return statistics.median(self.gaps)

    @property
    def p95(self) -> float:
        return sorted(self.gaps)[min(int(len(self.gaps) * 0.95), len(self.gaps) - 1)]


def make_pictures(folder: Path, count: int, seed: int) -> list[Path]:
    """Pictures of which no two are alike, so that ComfyUI's cache never helps."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    paths = [folder / f"{seed}-{number:04d}.png" for number in range(count)]
    for path in paths:
        Image.fromarray(random.integers(0, 255, (192, 256, 3), dtype=np.uint8)).save(path)
    return paths


def graph_for(picture: str) -> Graph:
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": picture}},
        "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "3": {
            "class_type": "SaveImage",
            "inputs": {"images": ["2", 0], "filename_prefix": "vq-bench/inverted"},
        },
    }


def upload(http: httpx.Client, pictures: list[Path]) -> list[str]:
    """The names under which ComfyUI has the pictures."""
    names = []
    for picture in pictures:
        form = {"subfolder": "vq-bench", "overwrite": "true"}
        answer = http.post("/upload/image", data=form, files={"image": (picture.name, picture.read_bytes())})
        names.append("vq-bench/" + str(answer.raise_for_status().json()["name"]))
    return names


def send(http: httpx.Client, picture: str) -> str:
    prompt_id = str(uuid.uuid4())
    body = {"prompt": graph_for(picture), "prompt_id": prompt_id, "client_id": "vq-bench"}
    http.post("/prompt", json=body).raise_for_status()
    return prompt_id


def times_of(entry: dict[str, Any]) -> Times:
    at = {name: data["timestamp"] for name, data in entry["status"]["messages"]}
    return Times(at["execution_start"], at["execution_success"])


def row_of(name: str, times: list[Times]) -> Row:
    times = sorted(times, key=lambda prompt: prompt.start)
    gaps = [after.start - before.end for before, after in pairwise(times)]
    return Row(name, gaps, 1000 * len(times) / max(times[-1].end - times[0].start, 1))


def wait_for(http: httpx.Client, prompt_id: str, every: float) -> dict[str, Any]:
    """The history entry of a prompt, polled until it is there."""
    while True:
        answer = http.get(f"/history/{prompt_id}").json()
        if prompt_id in answer:
            return dict(answer[prompt_id])
        time.sleep(every)


def native(http: httpx.Client, pictures: list[Path]) -> Row:
    """All prompts in ComfyUI's own queue at once."""
    ids = [send(http, name) for name in upload(http, pictures)]
    return row_of("ComfyUI's own queue", [times_of(wait_for(http, prompt_id, 0.05)) for prompt_id in ids])


def poller(http: httpx.Client, pictures: list[Path]) -> Row:
    """One after the other, polling once a second."""
    times = []
    for name in upload(http, pictures):
        prompt_id = send(http, name)
        times.append(times_of(wait_for(http, prompt_id, 1.0)))
    return row_of("a client that polls once a second", times)


async def video_queue(url: str, home: Path, pictures: list[Path]) -> Row:
    """A job of as many prompts, worked as `vq serve` works it."""
    settings = load_settings(home, {"comfy.url": url, "min_free_gb": 0}, {})
    services = await open_services(settings)
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    worker = make_worker(
        services, until_empty=True, on_end=lambda _: loop.call_soon_threadsafe(ended.set_result, None)
    )
    try:
        submission = Submission(workflow="invert-image", inputs=[str(path) for path in pictures])
        job = await services.jobs.submit(submission)
        worker.start()
        await ended
        done = await services.lookup.job(job.id)
        if done.state is not JobState.SUCCEEDED:
            raise SystemExit(f"the job ended as {done.state}: {done.counts}")
    finally:
        await asyncio.to_thread(worker.stop)
        await close_services(services)
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        history = (await http.get("/history", params={"max_items": len(pictures)})).json()
    return row_of("video_queue", [times_of(entry) for entry in history.values()])


@contextlib.contextmanager
def comfy_at(url: str | None, place: Path) -> Iterator[tuple[str, str]]:
    """The address to measure and what is there; a stand-in is started where none is options."""
    if url:
        with httpx.Client(base_url=url, trust_env=False) as http:
            yield url, "ComfyUI " + http.get("/system_stats").json()["system"]["comfyui_version"]
        return
    simulator = SimulatorProcess(SimulatorSettings(place / "comfy"))
    try:
        yield simulator.start(), "the stand-in"
    finally:
        simulator.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="a running ComfyUI")
    parser.add_argument("--prompts", type=int, default=60)
    parser.add_argument("--quick", action="store_true", help="small and imprecise: shows that it runs")
    options = parser.parse_args()
    count, polled = (4, 2) if options.quick else (options.prompts, 8)
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as name:
        place = Path(name)
        with comfy_at(options.url, place) as (url, what), httpx.Client(base_url=url, trust_env=False) as http:
            native(http, make_pictures(place / "warm", 3, int(time.time())))
            rows = [
                native(http, make_pictures(place / "native", count, int(time.time()) + 1)),
                poller(http, make_pictures(place / "poller", polled, int(time.time()) + 2)),
                asyncio.run(
                    video_queue(url, place / "home", make_pictures(place / "vq", count, int(time.time()) + 3))
                ),
            ]
    table = Table(
        "way", "prompts", "gap median", "gap p95", "prompts a second", title=f"Between two prompts of {what}"
    )
    for row in rows:
        figures = (f"{row.median:.1f} ms", f"{row.p95:.1f} ms", f"{row.rate:.1f}")
        table.add_row(row.name, str(len(row.gaps) + 1), *figures)
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    ours = rows[-1].median
    console.print(
        f"goal: video_queue's median ≤ {GOAL_MS:g} ms; it is {ours:.1f} ms ({'met' if ours <= GOAL_MS else 'not met'})"
    )


if __name__ == "__main__":
    main()
