"""Kill, end, suspend and pause a working server, and step its clock, again and again; compare what is left.

    python -m tests.crash.kill_loop --prompts 2000 --troubles 780

is the long run of about 500 kills; `test_kill_loop.py` is its short form. Two jobs, the second after the first.
Nothing may be lost, doubled, half written, overwritten or out of order, and nothing may wait without a reason.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figure import print_figure
from tests.crash.server import Progress, Server
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
# Most troubles are kills; the others come between them.
TROUBLES = ("kill", "kill", "kill", "kill", "end", "suspend", "pause", "pause --now", "clock")
# In seconds: a time server's corrections, a changed time zone, a flat battery.
CLOCK_STEPS = (-(10.0**8), -86_400.0, -3600.0, -5.0, 0.0, 5.0, 3600.0, 86_400.0)
PLANTED = b"a file of another program"


@dataclass
class Report:
    """The result of a run; every list must be empty. `given_up` prompts were killed three times in one phase."""

    prompts: int
    troubles: int = 0
    kills: int = 0
    given_up: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    overwritten: list[str] = field(default_factory=list)
    run_again: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    standstills: int = 0

    @property
    def problems(self) -> list[str]:
        """Everything that broke the promise."""
        files = self.lost + self.doubled + self.damaged + self.overwritten
        stuck = ["nothing went on any more"] * self.standstills
        return files + self.run_again + self.out_of_order + self.left_behind + stuck


def run_kill_loop(folder: Path, prompts: int, troubles: int, rng: random.Random) -> Report:
    """Submit `prompts` renders in two jobs, trouble the server while it works, let it finish, and check."""
    home = folder / "home"
    (home / "workflows").mkdir(parents=True)
    (home / "workflows" / "crashing.yaml").write_text(WORKFLOW)
    # The clock is stepped by years: what ended then would look old enough to be cleaned away once it is right.
    (home / "vq.toml").write_text('keep.work_days = "never"\n')
    out = folder / "out"
    out.mkdir()
    planted = [out / f"clip_{seed}.mp4" for seed in range(1, prompts + 1, 5)]
    for path in planted:
        path.write_bytes(PLANTED)
    clip = make_clip(folder / "clip.mp4", frames=FRAMES)
    server = Server(home, folder)
    server.start()
    # Every prompt works for itself: with reuse, all but the first would only reuse its results.
    command = ("submit", "crashing", str(clip), "-o", str(out), "--no-reuse", "--seeds")
    half = prompts // 2
    server.vq(*command, f"1..{half}")
    server.vq(*command, f"{half + 1}..{prompts}", "--after", "1")
    report = Report(prompts)
    while report.troubles < troubles and not _finished(home):
        time.sleep(rng.uniform(0.05, 1.5))
        report.kills += _trouble(server, rng)
        report.troubles += 1
        report.given_up += sum(_retry_given_up(server, job) for job in _stopped_by_breaker(home))
    _until_finished(report, home)
    # The second job is held while the first has a prompt that was given up.
    for job in ("1", "2"):
        report.given_up += _retry_given_up(server, job)
        _until_finished(report, home)
    server.kill()
    _check(report, home, out, planted)
    return report


def _trouble(server: Server, rng: random.Random) -> bool:
    """One trouble of any kind; whether the server was killed."""
    kind = rng.choice(TROUBLES)
    if kind == "suspend":
        server.suspend(rng.uniform(0.1, 2))
        return False
    if kind == "clock":
        server.set_clock(rng.choice(CLOCK_STEPS))
        return False
    if kind.startswith("pause"):
        server.vq(*kind.split())
    (server.end if kind == "end" else server.kill)()
    server.start()
    if kind.startswith("pause"):
        server.vq("resume")
    return kind != "end"


def _stopped_by_breaker(home: Path) -> list[str]:
    """Jobs of which several prompts in a row were given up: where kills come faster than phases end."""
    with closing(sqlite3.connect(home / "vq.db", timeout=30)) as db:
        return [str(row[0]) for row in db.execute("SELECT id FROM job WHERE held_reason = 'breaker'")]


def _retry_given_up(server: Server, job: str) -> int:
    """A phase that was killed three times is given up as `poison`, as documented; an artist would retry it."""
    with closing(sqlite3.connect(server.home / "vq.db")) as db:
        sql = "SELECT count(*) FROM prompt WHERE job_id = ? AND json_extract(error, '$.code') = 'poison'"
        poisoned = int(db.execute(sql, (job,)).fetchone()[0])
    if poisoned:
        server.vq("retry", job)
    return poisoned


def _check(report: Report, home: Path, out: Path, planted: list[Path]) -> None:
    with closing(sqlite3.connect(home / "vq.db")) as db:
        states = db.execute("SELECT id, state, error FROM prompt ORDER BY id").fetchall()
        outputs = db.execute("SELECT prompt_id, path FROM artifact WHERE role = 'output'").fetchall()
        ran = db.execute(
            "SELECT prompt_id, json_extract(data, '$.phase') FROM event WHERE type = 'prompt.phase_finished'"
        ).fetchall()
        early = db.execute(
            "SELECT prompt_id FROM event WHERE type = 'prompt.started' AND job_id = 2 AND id < ("
            " SELECT max(id) FROM event WHERE type = 'job.finished' AND job_id = 1)"
        ).fetchall()
    report.out_of_order = [
        f"prompt {number} began before the job it comes after ended" for (number,) in early
    ]
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
    report.left_behind = children_of(home) + [str(path) for path in out.rglob(".vq-staging/*/*")]


def _is_whole(path: Path) -> bool:
    manifest = path.with_name(path.name + ".vq.json")
    return codes_of(path) == list(range(FRAMES)) and bool(json.loads(manifest.read_text())["artifacts"])


def _finished(home: Path) -> bool:
    """Whether nothing is left to do but what is held, which says why."""
    with closing(sqlite3.connect(home / "vq.db", timeout=30)) as db:
        sql = "SELECT 1 FROM job WHERE state IN ('queued', 'running') AND held_reason IS NULL"
        return not db.execute(sql).fetchone()


def _until_finished(report: Report, home: Path) -> None:
    progress = Progress(home)
    while not _finished(home):
        if progress.stands_still():
            report.standstills += 1
            return
        time.sleep(0.2)


def children_of(home: Path) -> list[str]:
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
    parser.add_argument("--troubles", type=int, default=780)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run_kill_loop(Path(folder), args.prompts, args.troubles, random.Random(args.seed))
    print(f"{report.troubles} troubles ({report.kills} kills) over {report.prompts} prompts:")
    print(f"{len(report.problems)} broken promises")
    print(f"{report.given_up} were given up after three kills in one phase, and retried")
    for line in report.problems:
        print(line)
    print_figure("kill_loop", len(report.problems))
    sys.exit(bool(report.problems))


if __name__ == "__main__":
    main()
