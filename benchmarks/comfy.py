"""How long ComfyUI idles between two prompts: `python benchmarks/comfy.py --url http://127.0.0.1:8188`.

Ways to hand over the same prompts (load a picture, invert it, save it), in one run: all at once into ComfyUI's own
queue, by a bare script on the socket, by a client that polls once a second, and by video_queue with its database.
These are over in 10 ms each, faster than anything that an artist renders; then the same with the stand-in's renders
slowed to `--render-ms`, and as the items of one prompt. The gap is taken from ComfyUI's own times, from
`execution_success` of one prompt to `execution_start` of the next, in whole milliseconds. Without --url the stand-in
is measured; --quick only shows that every row can be measured.
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
import http.client as http_client
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import connect

from benchmarks.figure import print_figure
from video_queue.domain.states import JobState
from video_queue.domain.submission import Submission
from video_queue.settings import load_settings
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings
from video_queue.wiring import close_services, make_worker, open_services

GOAL_MS = 5.0
_AWAY_SECONDS = 5.0
_ITEMS = """
inputs: {kind: sequence}
phases:
  - name: render
    uses: comfy
    for_each: "{{ input.images }}"
    graph: items.render.api.json
    files: {"1.inputs.image": "{{ item.path }}"}
output: {phase: render}
"""
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


async def script(url: str, http: httpx.Client, pictures: list[Path]) -> Row:
    """The least that a client can do: the next POST on a kept connection, as the last frame of one prompt comes."""
    address, client_id = urlsplit(url), uuid.uuid4().hex
    post = http_client.HTTPConnection(address.hostname or "", address.port)
    ids = []
    async with connect(f"ws://{address.netloc}/ws?clientId={client_id}", max_size=None) as socket:
        for name in upload(http, pictures):
            ids.append(str(uuid.uuid4()))
            body = json.dumps({"prompt": graph_for(name), "prompt_id": ids[-1], "client_id": client_id})
            post.request("POST", "/prompt", body, {"Content-Type": "application/json"})
            post.getresponse().read()
            async for frame in socket:
                if isinstance(frame, str) and _ends(json.loads(frame), ids[-1]):
                    break
    post.close()
    return row_of(
        "a bare script on the socket", [times_of(wait_for(http, prompt_id, 0.05)) for prompt_id in ids]
    )


def _ends(frame: dict[str, Any], prompt_id: str) -> bool:
    data = frame.get("data") or {}
    return frame["type"] == "executing" and data.get("node") is None and data.get("prompt_id") == prompt_id


async def work(url: str, home: Path, submission: Submission, *, until_empty: bool = True) -> float:
    """Work one submission as `vq serve` does; the seconds of CPU that this process used for it."""
    settings = load_settings(home, {"comfy.url": url, "min_free_gb": 0}, {})
    services = await open_services(settings)
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    worker = make_worker(
        services, until_empty=until_empty, on_end=lambda _: loop.call_soon_threadsafe(ended.set_result, None)
    )
    try:
        job = await services.jobs.submit(submission)
        used = time.process_time()
        worker.start()
        if until_empty:
            await ended
        else:
            await asyncio.sleep(_AWAY_SECONDS)
        used = time.process_time() - used
        done = await services.lookup.job(job.id)
        if until_empty and done.state is not JobState.SUCCEEDED:
            raise SystemExit(f"the job ended as {done.state}: {done.counts}")
    finally:
        await asyncio.to_thread(worker.stop)
        await close_services(services)
    return used


async def video_queue(url: str, http: httpx.Client, home: Path, pictures: list[Path]) -> Row:
    """A job of as many prompts."""
    await work(url, home, Submission(workflow="invert-image", inputs=[str(path) for path in pictures]))
    return row_of("video_queue", latest_times(http, len(pictures)))


async def items(url: str, http: httpx.Client, home: Path, pictures: list[Path]) -> Row:
    """One prompt with as many items."""
    (home / "workflows").mkdir(parents=True)
    (home / "workflows" / "items.yaml").write_text(_ITEMS)
    (home / "workflows" / "items.render.api.json").write_text(json.dumps(graph_for("")))
    await work(url, home, Submission(workflow="items", inputs=[str(pictures[0].parent)]))
    return row_of("video_queue, items of one prompt", latest_times(http, len(pictures)))


def latest_times(http: httpx.Client, count: int) -> list[Times]:
    """The newest prompts by ComfyUI's history."""
    history = http.get("/history", params={"max_items": count}).json()
    return [times_of(entry) for entry in history.values()]


async def away(home: Path, pictures: list[Path]) -> float:
    """The share of a core that it costs to look for a ComfyUI that is away, with prompts that wait for it."""
    submission = Submission(workflow="invert-image", inputs=[str(path) for path in pictures])
    return await work("http://127.0.0.1:9", home, submission, until_empty=False) / _AWAY_SECONDS


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


def measure(url: str, http: httpx.Client, place: Path, count: int, slow: float) -> list[Row]:
    """Every way, one after the other; the last four render for at least `slow` seconds where it is the stand-in."""
    now, polled = int(time.time()), min(count, 8)
    names = ("native", "poller", "script", "vq", "slow native", "slow script", "slow vq", "items")
    folders = {name: place / name for name in names}
    pictures = {
        name: make_pictures(folder, polled if name == "poller" else count, now + number)
        for number, (name, folder) in enumerate(folders.items())
    }
    native(http, make_pictures(place / "warm", 3, now + len(folders)))
    rows = [
        native(http, pictures["native"]),
        asyncio.run(script(url, http, pictures["script"])),
        poller(http, pictures["poller"]),
        asyncio.run(video_queue(url, http, place / "home", pictures["vq"])),
    ]
    http.post("/simulator/faults", json={"slow": slow / 3})  # a real ComfyUI has no such route
    slowed = [
        native(http, pictures["slow native"]),
        asyncio.run(script(url, http, pictures["slow script"])),
        asyncio.run(video_queue(url, http, place / "slow-home", pictures["slow vq"])),
        asyncio.run(items(url, http, place / "items-home", pictures["items"])),
    ]
    return rows + [replace(row, name=f"{row.name}, {slow * 1000:.0f} ms each") for row in slowed]


def report(rows: list[Row], what: str, away_share: float) -> None:
    table = Table(
        "way", "prompts", "gap median", "gap p95", "prompts a second", title=f"Between two prompts of {what}"
    )
    for row in rows:
        figures = (f"{row.median:.1f} ms", f"{row.p95:.1f} ms", f"{row.rate:.1f}")
        table.add_row(row.name, str(len(row.gaps) + 1), *figures)
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    queue, bare, _, ours, slow_queue, slow_bare, slow_ours, our_items = rows
    for key, name, row, other in (
        ("quick", "prompts", ours, bare), ("slow", "slower prompts", slow_ours, slow_bare),
    ):  # fmt: skip
        ratio = row.median / max(other.median, 1)
        console.print(
            f"gap of {name}: {row.median:.1f} ms (goal: {GOAL_MS:g}), {ratio:.1f} x the bare script (3)"
        )
        print_figure(f"gap_{key}_ms", row.median)
        print_figure(f"gap_{key}_script", ratio)
    for key, name, row, own, goal in (
        ("quick", "prompts", ours, queue, "1.3"), ("slow", "slower prompts", slow_ours, slow_queue, "1.3"),
        ("items", "items", our_items, slow_queue, "1.03"),
    ):  # fmt: skip
        console.print(f"{name}: {own.rate / row.rate:.3f} x the time of ComfyUI's own queue (goal: {goal})")
        print_figure(f"time_{key}", own.rate / row.rate)
    console.print(f"while ComfyUI is away: {away_share:.2%} of a core")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="a running ComfyUI")
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument(
        "--render-ms", type=float, default=50, help="how long the stand-in's slower renders take"
    )
    parser.add_argument("--quick", action="store_true", help="small and imprecise: shows that it runs")
    options = parser.parse_args()
    count = 4 if options.quick else options.prompts
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as name:
        place = Path(name)
        with comfy_at(options.url, place) as (url, what), httpx.Client(base_url=url, trust_env=False) as http:
            rows = measure(url, http, place, count, options.render_ms / 1000)
        share = asyncio.run(away(place / "away-home", make_pictures(place / "away", 2, 1)))
    report(rows, what, share)


if __name__ == "__main__":
    main()
