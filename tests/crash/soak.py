"""Renders without end: does the server's memory grow, does it get slower, does its database grow more than its rows?

    python -m tests.crash.soak --prompts 100000

is the long run (about 20 ms of a core for each prompt); `test_soak.py` is its short form. Small pictures are rendered
by the stand-in for ComfyUI in no time, in jobs of `--job` prompts of which two wait. Figures are printed for every
tenth: what the server holds that is its own (RssAnon), prompts a second, the first page of jobs, the file's size.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from PIL import Image

from benchmarks.figure import print_figure
from tests.crash.server import Progress, Server
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings

MOST_MB = 20.0
# In later tenths a prompt may take this many times as long as in the second, on a machine that does other things too.
_MOST_SLOWER = 2.0
_PAGES = 20
_WORKFLOW = """
inputs: {kind: image}
parameters: {seed: {type: seed, default: 1}}
phases:
  - {name: render, uses: comfy, graph: soak.render.api.json, files: {"1.inputs.image": "{{ input.path }}"}}
output: {phase: render, name: "{{ params.seed }}"}
"""
_GRAPH = {
    "1": {"class_type": "LoadImage", "inputs": {"image": ""}},
    "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "soak"}},
}


@dataclass(frozen=True, slots=True)
class Tenth:
    """The figures after so many prompts."""

    prompts: int
    memory_mb: float
    rate: float
    page_ms: float
    database_mb: float
    log_mb: float
    files: int

    def __str__(self) -> str:
        speed = f"{self.rate:5.1f} a second, first page {self.page_ms:4.1f} ms"
        sizes = f"database {self.database_mb:6.1f} MB + log {self.log_mb:4.1f} MB, {self.files} open files"
        return f"{self.prompts:7,} prompts: {self.memory_mb:6.1f} MB, {speed}, {sizes}"


@dataclass
class Soak:
    """One run; `problems` must be empty."""

    prompts: int
    job: int
    tenths: list[Tenth] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def growth_mb(self) -> float:
        """From the end of the first tenth, when every part of the server has been used, to the end."""
        return self.tenths[-1].memory_mb - self.tenths[0].memory_mb


def run_soak(folder: Path, prompts: int, job: int) -> Soak:
    """Submit and render, and read the figures as it goes on."""
    soak = Soak(prompts, job)
    comfy = SimulatorProcess(SimulatorSettings(folder / "comfy"))
    server = Server(folder / "home", folder)
    try:
        picture = _lay_out(folder, comfy.start())
        server.start()
        _render(soak, server, picture)
    finally:
        server.end()
        comfy.stop()
    _check(soak, folder / "home")
    return soak


def _lay_out(folder: Path, url: str) -> Path:
    """The home, and the picture that is rendered."""
    workflows = folder / "home" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "soak.yaml").write_text(_WORKFLOW)
    (workflows / "soak.render.api.json").write_text(json.dumps(_GRAPH))
    settings = f"min_free_gb = 0\nroots = [{json.dumps(str(folder))}]\n[comfy]\nurl = {json.dumps(url)}\n"
    (folder / "home" / "vq.toml").write_text(settings)
    picture = folder / "picture.png"
    Image.new("RGB", (16, 16), (200, 40, 90)).save(picture)
    return picture


def _render(soak: Soak, server: Server, picture: Path) -> None:
    """Keep two jobs waiting until all prompts have ended."""
    submitted, step = 0, max(soak.prompts // 10, 1)
    began, last, progress = time.monotonic(), 0, Progress(server.home)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=600) as http:
        while (ended := _ended(server.home)) < soak.prompts:
            if submitted < soak.prompts and submitted - ended <= 2 * soak.job:
                count = min(soak.job, soak.prompts - submitted)
                _submit(http, picture, submitted + 1, count)
                submitted += count
            if ended >= (len(soak.tenths) + 1) * step:
                seconds = time.monotonic() - began
                soak.tenths.append(_read(server, http, ended, (ended - last) / seconds))
                print(soak.tenths[-1], flush=True)
                began, last = time.monotonic(), ended
            if progress.stands_still():
                soak.problems.append("nothing went on any more")
                return
            time.sleep(0.2)
        soak.tenths.append(_read(server, http, ended, (ended - last) / (time.monotonic() - began)))
        print(soak.tenths[-1], flush=True)


def _submit(http: httpx.Client, picture: Path, first: int, count: int) -> None:
    seeds = list(range(first, first + count))
    body = {"workflow": "soak", "inputs": [str(picture)], "sweep": {"seed": seeds}, "reuse": False}
    answer = http.post("/api/jobs", json=body)
    if answer.is_error:
        raise RuntimeError(f"not taken: {answer.text[:500]}")


def _ended(home: Path) -> int:
    """How many prompts have ended; read beside the server, which is not to be measured with many questions."""
    with closing(sqlite3.connect(home / "vq.db", timeout=60)) as db:
        return int(db.execute("SELECT count(*) FROM prompt WHERE finished_at IS NOT NULL").fetchone()[0])


def _read(server: Server, http: httpx.Client, prompts: int, rate: float) -> Tenth:
    assert server.process is not None
    times = []
    for _ in range(_PAGES):
        began = time.perf_counter()
        http.get("/api/jobs").raise_for_status()
        times.append(1000 * (time.perf_counter() - began))
    process = Path("/proc") / str(server.process.pid)
    status = (process / "status").read_text()
    memory = int(status.partition("RssAnon:")[2].split()[0]) / 1024
    database, log = (_size(server.home / name) for name in ("vq.db", "vq.db-wal"))
    files = len(list((process / "fd").iterdir()))
    return Tenth(prompts, memory, rate, statistics.median(times), database, log, files)


def _size(path: Path) -> float:
    return path.stat().st_size / 2**20 if path.exists() else 0.0


def _check(soak: Soak, home: Path) -> None:
    with closing(sqlite3.connect(home / "vq.db")) as db:
        states = dict(db.execute("SELECT state, count(*) FROM prompt GROUP BY 1").fetchall())
        outputs = db.execute(
            "SELECT count(*), count(DISTINCT path) FROM artifact WHERE role = 'output'"
        ).fetchone()
    if states != {"succeeded": soak.prompts}:
        soak.problems.append(f"{soak.prompts} prompts ended as {states}")
    if outputs != (soak.prompts, soak.prompts):
        soak.problems.append(f"{soak.prompts} prompts have {outputs[0]} outputs of {outputs[1]} names")
    if len(soak.tenths) < 3:
        return
    if soak.growth_mb > MOST_MB:
        soak.problems.append(f"memory grew by {soak.growth_mb:.1f} MB")
    early, late = soak.tenths[1], soak.tenths[-1]
    if early.rate > _MOST_SLOWER * late.rate:
        soak.problems.append(f"{early.rate:.1f} prompts a second became {late.rate:.1f}")
    if late.files > early.files + 10:
        soak.problems.append(f"{early.files} open files became {late.files}")
    # What is kept of a prompt is as much at the end as at the beginning, but for a file that grows in steps.
    grown = (late.database_mb - early.database_mb) / (late.prompts - early.prompts)
    if grown > 1.5 * early.database_mb / early.prompts + 1 / early.prompts:
        soak.problems.append(f"the database grows by {1024 * grown:.1f} KB a prompt")


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--prompts", type=int, default=100_000)
    parser.add_argument("--job", type=int, default=1000, help="prompts of a job")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vq-soak-") as folder:
        soak = run_soak(Path(folder), options.prompts, options.job)
    print(f"memory grew by {soak.growth_mb:.1f} MB; {len(soak.problems)} broken promises")
    for line in soak.problems:
        print(line)
    print_figure("soak", len(soak.problems))
    sys.exit(bool(soak.problems))


if __name__ == "__main__":
    main()
