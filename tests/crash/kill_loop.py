"""Kill a working server with SIGKILL again and again, and compare what is left with the promise.

    python -m tests.crash.kill_loop --prompts 2000 --kills 500

is the long run; `test_kill_loop.py` is its short form. Nothing may be lost, doubled, half written or overwritten.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.media_clips import codes_of, make_clip

WORKFLOW = """
name: crashing
inputs: {kind: video}
parameters:
  seed: {type: seed, default: 1}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
  - {name: video, uses: media.encode, with: {frames: "{{ phases.frames.images }}", fps: 30, audio: "{{ input.path }}"}}
output: {phase: video, name: "{{ input.stem }}_{{ params.seed }}"}
"""
FRAMES = 6
PLANTED = b"a file of another program"


@dataclass
class Report:
    """The result of a run; every list must be empty. `given_up` prompts were killed three times in one phase."""

    prompts: int
    kills: int = 0
    given_up: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    overwritten: list[str] = field(default_factory=list)
    run_again: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Everything that broke the promise."""
        return self.lost + self.doubled + self.damaged + self.overwritten + self.run_again + self.left_behind


class Server:
    """`vq serve` as a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        self.process = subprocess.Popen(
            [*VQ, "--home", str(self.home), "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if b"listening" not in line:
            raise RuntimeError(f"the server did not start: {line!r}")

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


VQ = [sys.executable, "-m", "video_queue"]


def run_kill_loop(folder: Path, prompts: int, kills: int, rng: random.Random) -> Report:
    """Submit `prompts` renders, kill the server `kills` times while it works, let it finish, and check."""
    home = folder / "home"
    (home / "workflows").mkdir(parents=True)
    (home / "workflows" / "crashing.yaml").write_text(WORKFLOW)
    out = folder / "out"
    out.mkdir()
    planted = [out / f"clip_{seed}.mp4" for seed in range(1, prompts + 1, 5)]
    for path in planted:
        path.write_bytes(PLANTED)
    clip = make_clip(folder / "clip.mp4", frames=FRAMES)
    server = Server(home)
    server.start()
    # Every prompt works for itself: with reuse, all but the first would only reuse its results.
    command = ["submit", "crashing", str(clip), "--seeds", f"1..{prompts}", "-o", str(out), "--no-reuse"]
    subprocess.run([*VQ, "--home", str(home), *command], check=True, capture_output=True)
    report = Report(prompts)
    while report.kills < kills and not _finished(home):
        time.sleep(rng.uniform(0.05, 1.5))
        server.kill()
        report.kills += 1
        server.start()
    _until_finished(home)
    report.given_up = _retry_given_up(home)
    _until_finished(home)
    server.kill()
    _check(report, home, out, planted)
    return report


def _retry_given_up(home: Path) -> int:
    """A phase that was killed three times is given up as `poison`, as documented; an artist would retry it."""
    with closing(sqlite3.connect(home / "vq.db")) as db:
        sql = "SELECT count(*) FROM prompt WHERE json_extract(error, '$.code') = 'poison'"
        poisoned = int(db.execute(sql).fetchone()[0])
    if poisoned:
        subprocess.run([*VQ, "--home", str(home), "retry", "1"], check=True, capture_output=True)
    return poisoned


def _check(report: Report, home: Path, out: Path, planted: list[Path]) -> None:
    with closing(sqlite3.connect(home / "vq.db")) as db:
        states = db.execute("SELECT idx, state, error FROM prompt ORDER BY idx").fetchall()
        outputs = db.execute(
            "SELECT p.idx, a.path FROM artifact a JOIN prompt p ON p.id = a.prompt_id WHERE a.role = 'output'"
        ).fetchall()
        ran = db.execute(
            "SELECT prompt_id, json_extract(data, '$.phase') FROM event WHERE type = 'prompt.phase_finished'"
        ).fetchall()
    report.lost = [
        f"prompt {idx} is {state}: {error}" for idx, state, error in states if state != "succeeded"
    ]
    per_prompt = Counter(idx for idx, _ in outputs)
    report.doubled = [f"prompt {idx} has {n} outputs" for idx, n in per_prompt.items() if n != 1]
    known = {Path(path) for _, path in outputs} | set(planted)
    clips = [path for path in out.iterdir() if path.suffix == ".mp4"]
    report.doubled += [f"{path.name} belongs to no prompt" for path in clips if path not in known]
    report.damaged = [path for _, path in outputs if not _is_whole(Path(path))]
    report.overwritten = [str(path) for path in planted if path.read_bytes() != PLANTED]
    report.run_again = [f"{key} {n} times" for key, n in Counter(ran).items() if n != 1]
    report.left_behind = _children_of(home) + [str(path) for path in out.rglob(".vq-staging/*/*")]


def _is_whole(path: Path) -> bool:
    manifest = path.with_name(path.name + ".vq.json")
    return codes_of(path) == list(range(FRAMES)) and bool(json.loads(manifest.read_text())["artifacts"])


def _finished(home: Path) -> bool:
    with closing(sqlite3.connect(home / "vq.db", timeout=30)) as db:
        return not db.execute("SELECT 1 FROM job WHERE state IN ('queued', 'running')").fetchone()


def _until_finished(home: Path) -> None:
    while not _finished(home):
        time.sleep(0.2)


def _children_of(home: Path) -> list[str]:
    """Running ffmpeg processes that name the home's folders."""
    if not Path("/proc").is_dir():
        return []
    children = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if "ffmpeg" in command and str(home) in command:
                children.append(command[:200])
    return children


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run_kill_loop(Path(folder), args.prompts, args.kills, random.Random(args.seed))
    print(f"{report.kills} kills, {report.prompts} prompts, {len(report.problems)} broken promises")
    print(f"{report.given_up} were given up after three kills in one phase, and retried")
    for line in report.problems:
        print(line)
    sys.exit(bool(report.problems))


if __name__ == "__main__":
    main()
