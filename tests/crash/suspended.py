"""Suspend vq, ComfyUI or ffmpeg in the middle of work, as a laptop's lid or a debugger does, and let them go on.

`python -m tests.crash.suspended --clips 60` is the long run; `test_suspended.py` is its short form. Nothing may fail,
be rendered twice or be missing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figure import print_figure
from tests.crash.server import Progress, Server
from tests.media_clips import codes_of, make_clip
from tests.worker.rendering.workflows import INVERT, PER_FRAME
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings

FRAMES = 3


@dataclass
class Suspensions:
    """How often each process was suspended, and what went wrong."""

    done: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def run_suspended(folder: Path, clips: int, rng: random.Random, longest: float = 3.0) -> Suspensions:
    """A job of so many clips, each in frames that are rendered, while a process stands still now and then."""
    result = Suspensions()
    comfy = SimulatorProcess(SimulatorSettings(folder / "comfy"))
    server = Server(folder / "home", folder)
    try:
        _lay_out(server.home, folder, comfy.start())
        server.start()
        clip = make_clip(folder / "clip.mp4", frames=FRAMES)
        server.vq("submit", "per-frame", str(clip), "--no-reuse", "--seeds", f"1..{clips}")
        progress = Progress(server.home)
        while _open(server.home) and not progress.stands_still():
            for name, pid in _processes(server, comfy, rng):
                result.done[name] += _suspend(pid, rng.uniform(0.1, longest))
            time.sleep(rng.uniform(0.0, 0.5))
    finally:
        server.end()
        comfy.stop()
    _check(result, server.home, clips)
    return result


def _lay_out(home: Path, folder: Path, url: str) -> None:
    (home / "workflows").mkdir(parents=True)
    seeded = "parameters: {seed: {type: seed, default: 1}}\n" + PER_FRAME.replace(
        "input.stem }}_out", "input.stem }}_{{ params.seed }}"
    )
    (home / "workflows" / "per-frame.yaml").write_text(seeded)
    (home / "workflows" / "per-frame.render.api.json").write_text(json.dumps(INVERT))
    settings = f"min_free_gb = 0\nroots = [{json.dumps(str(folder))}]\n[comfy]\nurl = {json.dumps(url)}\n"
    (home / "vq.toml").write_text(settings)


def _processes(server: Server, comfy: SimulatorProcess, rng: random.Random) -> list[tuple[str, int]]:
    """One that is to be suspended now; an ffmpeg where one runs."""
    assert server.process is not None
    assert comfy.process is not None
    several = [("vq", server.process.pid), ("ComfyUI", comfy.process.pid)]
    several += [("ffmpeg", pid) for pid in _ffmpegs(server.home)] * 3
    return [rng.choice(several)]


def _ffmpegs(home: Path) -> list[int]:
    pids = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                command = (entry / "cmdline").read_bytes()
                if b"ffmpeg" in command.partition(b"\0")[0] and os.fsencode(home) in command:
                    pids.append(int(entry.name))
    return pids


def _suspend(pid: int, seconds: float) -> bool:
    """Let a process stand still; False where it has ended."""
    try:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return False
    return True


def _open(home: Path) -> bool:
    with closing(sqlite3.connect(home / "vq.db", timeout=60)) as db:
        return bool(db.execute("SELECT 1 FROM prompt WHERE finished_at IS NULL").fetchone())


def _check(result: Suspensions, home: Path, clips: int) -> None:
    with closing(sqlite3.connect(home / "vq.db")) as db:
        states = db.execute("SELECT id, state, error FROM prompt").fetchall()
        outputs = db.execute("SELECT prompt_id, path FROM artifact WHERE role = 'output'").fetchall()
    result.problems += [
        f"prompt {idx} is {state}: {error}" for idx, state, error in states if state != "succeeded"
    ]
    if sorted(idx for idx, _ in outputs) != sorted(idx for idx, _, _ in states) or len(states) != clips:
        result.problems.append(f"{len(states)} prompts of {clips} have {len(outputs)} outputs")
    result.problems += [f"{path} is damaged" for _, path in outputs if len(codes_of(Path(path))) != FRAMES]


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vq-suspended-") as folder:
        result = run_suspended(Path(folder), options.clips, random.Random(options.seed))
    print(f"{options.clips} clips, suspended {dict(result.done)}: {len(result.problems)} broken promises")
    for line in result.problems:
        print(line)
    print_figure("suspended", len(result.problems))
    sys.exit(bool(result.problems))


if __name__ == "__main__":
    main()
