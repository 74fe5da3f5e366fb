"""A day in the life of a queue: jobs of every kind, trouble of every kind, at random but the same for a seed.

    python -m tests.crash.day --steps 150 --inputs 100 --seed 1

is the long run: about 2,000 prompts over 40 jobs. `test_day.py` is its short form. The disk is filled up where this
process may mount one of its own (as root, or below `unshare -rm`). In the evening all trouble is over and everything
is released: then every render has ended as it should, and nothing is lost, doubled or wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figure import print_figure
from tests.crash.kill_loop import CLOCK_STEPS
from tests.crash.server import Progress, Server
from tests.media_clips import make_clip, make_junk, make_pictures
from tests.ram_disk import RamDisk
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings

GATED = """
name: gated
inputs: {kind: video}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}"}}
  - {name: look, uses: review, with: {items: "{{ phases.copy.file }}"}}
output: {phase: copy, name: "{{ input.stem }}_seen"}
"""
# What may be left of a day: what was killed three times in one phase is given up, and a ComfyUI that was restarted
# again and again has lost a render three times.
FAILURES = {"poison", "comfy_lost"}
# Refusals that are part of a day: what is wrong passes.
_REFUSALS = ("locked", "comfy_unreachable", "disk_full")


@dataclass
class Day:
    """One home with its server, its ComfyUI and the artist's files; `problems` must be empty in the evening."""

    folder: Path
    rng: random.Random
    most_inputs: int
    problems: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    jobs: int = 0
    prompts: int = 0

    def __post_init__(self) -> None:
        """Lay out the files, and start ComfyUI and the server."""
        self.disk = RamDisk(self.folder / "disk", megabytes=512)
        self.home, self.out, self.away = (self.disk.folder / name for name in ("home", "out", "away"))
        (self.home / "workflows").mkdir(parents=True)
        (self.home / "workflows" / "gated.yaml").write_text(GATED)
        self.out.mkdir()
        self.clips = [make_clip(self.folder / f"clip{n}.mp4", frames=6) for n in range(3)]
        self.junk = make_junk(self.folder / "junk.mp4")
        self.pictures = make_pictures(self.folder / "pictures", 3)
        self.comfy = SimulatorProcess(SimulatorSettings(self.folder / "comfy"))
        settings = f"min_free_gb = 0\nroots = {json.dumps([str(self.folder)])}\n"
        settings += f'[comfy]\nurl = "{self.comfy.start()}"\n[retry]\nbase_seconds = 0.1\n'
        (self.home / "vq.toml").write_text(settings)
        self.server = Server(self.home, self.folder)
        self.server.start()

    def step(self) -> None:
        """One thing that happens."""
        name, event = self.rng.choice(EVENTS)
        event(self)
        self.done[name] += 1
        time.sleep(self.rng.uniform(0, 0.3))

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """An answer of the server; refusals are part of a day, failures of the server are not."""
        answer = httpx.request(
            method, f"{self.server.url}/api{path}", timeout=600, trust_env=False, **options
        )
        if answer.status_code >= 500 and answer.json()["error"]["code"] not in _REFUSALS:
            self.problems.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def some_job(self) -> int:
        """The number of a job, or one that there is not."""
        return self.rng.randint(1, 1 + max(self.done["submit"], 1))

    def some_prompt(self) -> int:
        """The number of a prompt, or one that there is not."""
        return self.rng.randint(1, max(self.done["submit"], 1) * self.most_inputs)

    def evening(self) -> None:
        """End all trouble, release everything, and wait until nothing is left to do."""
        _bring_back(self)
        self.disk.free()
        self.server.set_clock(0)
        self.ask("POST", "/queue/actions", json={"action": "resume"})
        progress = Progress(self.home)
        while waiting := self.waiting():
            for prompt in waiting:
                if prompt["state"] == "review":
                    self.ask("POST", f"/prompts/{prompt['id']}/actions", json={"action": "approve"})
            for number in {prompt["job_id"] for prompt in waiting}:
                self.ask("POST", f"/jobs/{number}/actions", json={"action": "release"})
            if progress.stands_still():
                self.problems += [f"waits for ever: {json.dumps(prompt)[:600]}" for prompt in waiting]
                return
            time.sleep(0.5)

    def waiting(self) -> list[dict[str, Any]]:
        """The prompts that have not ended."""
        open_jobs = self.ask("GET", "/jobs?state=queued&state=running&state=review&limit=1000")["items"]
        return [
            prompt
            for job in open_jobs
            for prompt in self.ask("GET", f"/jobs/{job['id']}/prompts?brief=true&limit=1000")["items"]
            if prompt["finished_at"] is None
        ] + [{"job_id": job["id"], "state": job["state"], "id": 0} for job in open_jobs if not job["counts"]]

    def end(self) -> None:
        """Stop everything."""
        self.server.kill()
        self.comfy.kill()

    def close(self) -> None:
        """Take the disk away."""
        self.disk.unmount()


def _submit(day: Day) -> None:
    kind = day.rng.choice(("transcode", "transcode", "invert-image", "invert-image", "gated"))
    files = day.pictures if kind == "invert-image" else day.clips
    inputs = day.rng.choices(files, k=day.rng.randint(1, day.most_inputs))
    if day.rng.random() < 0.1:
        inputs.append(day.junk)  # such a job is refused as a whole
    body = {
        "workflow": kind,
        "inputs": [str(path) for path in inputs],
        "input_dir": None,
        "output_dir": str(day.out) if day.rng.random() < 0.5 and day.out.is_dir() else None,
        "held": day.rng.random() < 0.1,
        "priority": day.rng.randint(0, 2),
        "after": [day.some_job()] if day.rng.random() < 0.2 else [],
        "dedupe": day.rng.random() < 0.5,
        "reuse": day.rng.random() < 0.5,
    }
    day.ask("POST", "/jobs", json=body)


def _act(day: Day) -> None:
    action = day.rng.choice(("cancel", "retry", "rerun", "hold", "release", "move", "archive", "delete"))
    day.ask("POST", f"/jobs/{day.some_job()}/actions", json={"action": action})


def _act_on_prompt(day: Day) -> None:
    action = day.rng.choice(("cancel", "retry", "hold", "release", "skip", "approve", "reject"))
    day.ask("POST", f"/prompts/{day.some_prompt()}/actions", json={"action": action})


def _pause(day: Day) -> None:
    mode = day.rng.choice(("now", "after_current"))
    day.ask("POST", "/queue/actions", json={"action": "pause", "mode": mode})
    time.sleep(day.rng.uniform(0, 1))
    day.ask("POST", "/queue/actions", json={"action": "resume"})


def _kill(day: Day) -> None:
    day.server.kill()
    _start(day)


def _end(day: Day) -> None:
    day.server.end()
    _start(day)


def _start(day: Day) -> None:
    """On a full disk a server says so and ends; the artist makes room and starts it again."""
    try:
        day.server.start()
    except RuntimeError as refusal:
        if "no space" not in str(refusal).lower():
            raise
        day.disk.free()
        day.server.start()


def _restart_comfy(day: Day) -> None:
    day.comfy.kill()
    time.sleep(day.rng.uniform(0, 1))
    day.comfy.start()


def _freeze_comfy(day: Day) -> None:
    assert day.comfy.process is not None
    day.comfy.process.send_signal(signal.SIGSTOP)
    time.sleep(day.rng.uniform(0, 2))
    day.comfy.process.send_signal(signal.SIGCONT)


def _take_away(day: Day) -> None:
    if day.out.is_dir():
        day.out.rename(day.away)


def _bring_back(day: Day) -> None:
    if day.away.is_dir():
        shutil.rmtree(day.out, ignore_errors=True)
        day.away.rename(day.out)


def _lock(day: Day) -> None:
    """Another program writes into the database for a moment."""
    with closing(sqlite3.connect(day.home / "vq.db", timeout=30, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        time.sleep(day.rng.uniform(0, 2))
        db.execute("ROLLBACK")


EVENTS: list[tuple[str, Callable[[Day], None]]] = [
    *[("submit", _submit)] * 8,
    *[("act", _act)] * 4,
    *[("act on a prompt", _act_on_prompt)] * 4,
    *[("bring back", _bring_back)] * 2,
    ("pause", _pause),
    ("kill", _kill),
    ("end", _end),
    ("suspend", lambda day: day.server.suspend(day.rng.uniform(0.1, 1))),
    ("restart ComfyUI", _restart_comfy),
    ("freeze ComfyUI", _freeze_comfy),
    ("take away", _take_away),
    ("lock", _lock),
    *[("fill the disk", lambda day: day.disk.fill() if day.disk.is_real else None)] * 2,
    *[("free the disk", lambda day: day.disk.free())] * 2,
    *[("step the clock", lambda day: day.server.set_clock(day.rng.choice(CLOCK_STEPS)))] * 2,
]


def run_day(folder: Path, steps: int, most_inputs: int, rng: random.Random) -> Day:
    """Live through a day and check what is left in the evening."""
    day = Day(folder, rng, most_inputs)
    try:
        try:
            for _ in range(steps):
                day.step()
            day.evening()
        finally:
            day.end()
        _check(day)
    finally:
        day.close()
    return day


def _check(day: Day) -> None:
    with closing(sqlite3.connect(day.home / "vq.db")) as db:
        db.row_factory = sqlite3.Row
        prompts = db.execute("SELECT * FROM prompt").fetchall()
        outputs = db.execute(
            "SELECT a.*, p.skipped FROM artifact a JOIN prompt p ON p.id = a.prompt_id WHERE a.role = 'output'"
        ).fetchall()
        jobs = db.execute("SELECT * FROM job").fetchall()
        day.problems += [
            f"integrity: {row[0]}" for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"
        ]
    day.jobs, day.prompts = len(jobs), len(prompts)
    if not prompts:
        day.problems.append("nothing was submitted")
    states = Counter((prompt["job_id"], prompt["state"]) for prompt in prompts)
    for job in jobs:
        for state in ("queued", "running", "review", "succeeded", "failed", "cancelled"):
            if states[job["id"], state] != job[state]:
                day.problems.append(
                    f"job {job['id']} counts {job[state]} {state}: {states[job['id'], state]}"
                )
    with_output = {output["prompt_id"] for output in outputs}
    for prompt in prompts:
        if prompt["state"] == "succeeded" and not prompt["skipped"] and prompt["id"] not in with_output:
            day.problems.append(f"prompt {prompt['id']} succeeded without an output")
        if prompt["state"] == "failed":
            _check_failure(day, prompt)
    paths = Counter(output["path"] for output in outputs if not output["skipped"])
    day.problems += [f"{path} belongs to {n} renders" for path, n in paths.items() if n > 1]
    for output in outputs:
        path = Path(output["path"])
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != output["sha256"]:
            day.problems.append(f"{path} is not what was published")
    staged = [path for place in (day.out, day.home / "outputs") for path in place.rglob(".vq-staging/*/*")]
    day.problems += [f"{path} is left behind" for path in staged]


def _check_failure(day: Day, prompt: sqlite3.Row) -> None:
    code = json.loads(prompt["error"])["code"]
    name = Path((json.loads(prompt["plan"]).get("inputs") or [""])[0]).name
    if code not in FAILURES:
        day.problems.append(f"prompt {prompt['id']} ({name}) failed: {prompt['error'][:400]}")


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--inputs", type=int, default=100, help="the most that a job has")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        day = run_day(Path(folder), args.steps, args.inputs, random.Random(args.seed))
    print(f"{day.prompts} prompts in {day.jobs} jobs, {len(day.problems)} broken promises: {dict(day.done)}")
    for line in day.problems:
        print(line)
    print_figure("day", len(day.problems))
    sys.exit(bool(day.problems))


if __name__ == "__main__":
    main()
