"""A home with a job for every kind of media phase, whose process is killed in the middle of each, once.

    python -m tests.crash.phase_lives FOLDER

works the jobs of FOLDER/clean undisturbed and those of FOLDER/killed from kill to kill: what one life left is resumed
by the next, which dies in the phase after it. A life is a fork, since loading the libraries takes longer than the work.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import av
from PIL import Image

import video_queue.media
from tests.crash.forks import in_fork
from tests.crash.phase_cases import PHASE, RUNNABLE, workflow_of
from tests.media_clips import make_clip
from tests.onnx_model import write_model
from tests.worker.conftest import Queue
from video_queue.domain.workflow import Phase
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import Driver
from video_queue.worker.execution import media_phase

_MEDIA = str(Path(video_queue.media.__file__).parent)
_POLL_SECONDS = 0.001
_SOME = 4
Snapshot = dict[str, list[int]]


@dataclass
class Counts:
    """What a phase does in its undisturbed run: children it starts, functions of `media` it calls."""

    children: int = 0
    calls: int = 0


@dataclass
class Life:
    """One life in a folder: what it counts, or where it dies."""

    folder: Path
    kills: bool
    active: Counts | None = None
    die_at_call: int = 0
    victim: tuple[str, PhaseRun] | None = None
    watching: asyncio.Future[None] | None = None

    def wrap(self, driver: Driver, uses: str) -> Driver:
        """The driver, counted or killed in its middle; noted are the files before its end and at it."""

        async def drive(params: Any, run: PhaseRun) -> Any:
            counts = Counts()
            middle = self._middle_of(uses)

            async def on_start(pid: int, started: str, command: str) -> None:
                await run.children.on_start(pid, started, command)
                counts.children += 1
                if middle and counts.children == middle.children // 2 + 1:
                    # Beside the phase, which may have to feed it.
                    self.watching = asyncio.ensure_future(self._die_with((pid, command), uses, run))

            self.die_at_call = middle.calls // 2 if middle and not middle.children else 0
            self.victim = (uses, run)
            self.active = counts
            result = await driver(params, replace(run, children=replace(run.children, on_start=on_start)))
            self.active = None
            if middle:  # its child had ended before it was seen at work
                self._die(uses, run)
            self._note(uses, "counts", [counts.children, counts.calls])
            self._note(uses, "result", result.model_dump(mode="json"))
            self._note(uses, "end", self._files(run))
            return result

        return drive

    def on_call(self, frame: FrameType, event: str, _: object) -> None:
        """Count a call, and die at the one in the middle."""
        if event == "call" and self.active and frame.f_code.co_filename.startswith(_MEDIA):
            self.active.calls += 1
            if self.active.calls == self.die_at_call and self.victim:
                self._die(*self.victim)

    def _middle_of(self, uses: str) -> Counts | None:
        """What the phase did undisturbed; None where it is not to be killed, or was."""
        if not self.kills or self._path(uses, "death").exists():
            return None
        return Counts(*json.loads((self.folder.parent / f"clean/{uses}.counts.json").read_text()))

    async def _die_with(self, child: tuple[int, str], uses: str, run: PhaseRun) -> None:
        if await asyncio.to_thread(_stop_at_work, *child):
            self._note(uses, "at_work", child)
            self._die(uses, run)

    def _die(self, uses: str, run: PhaseRun) -> None:
        self._note(uses, "death", self._files(run))
        os.kill(os.getpid(), signal.SIGKILL)

    def _files(self, run: PhaseRun) -> Snapshot:
        folders = [run.work_dir.parent, self.folder / "archive"]
        return {
            str(path.relative_to(self.folder)): [stat.st_mtime_ns, stat.st_size]
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and (stat := path.stat())
        }

    def _path(self, uses: str, name: str) -> Path:
        return self.folder / f"{uses}.{name}.json"

    def _note(self, uses: str, name: str, value: object) -> None:
        self._path(uses, name).write_text(json.dumps(value))


def _stop_at_work(pid: int, command: str) -> bool:
    """Stop a child once it is at work: False where it ended before.

    ffmpeg is, when it has the file open that it writes, or without one the file it reads.
    """
    while (words := _command(pid)) and not _is_at_work(pid, words, command):
        time.sleep(_POLL_SECONDS)
    if words:
        os.kill(pid, signal.SIGSTOP)
    return bool(words)


def _is_at_work(pid: int, words: list[bytes], command: str) -> bool:
    if b" ".join(words) != command.encode():  # it is about to become the program
        return False
    return b"-progress" not in words or _has_file(pid, writes=words[-1] != b"-")


def _command(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0") if pid else []
    except OSError:
        return []


def _has_file(pid: int, *, writes: bool) -> bool:
    for number in _open_files(pid):
        try:
            path = Path(f"/proc/{pid}/fd/{number}").readlink()
            is_file = path.is_file()
            flags = Path(f"/proc/{pid}/fdinfo/{number}").read_text().split("flags:")[1].split()[0]
        except OSError:
            continue
        if is_file and bool(int(flags, 8) & os.O_WRONLY) == writes and _is_some_way(path):
            return True
    return False


def _is_some_way(path: Path) -> bool:
    """Of pictures in a row some have to be finished."""
    number = path.stem.rpartition("_")[2]
    return path.suffix != ".png" or not number.isdigit() or int(number) > _SOME


def _open_files(pid: int) -> Iterator[str]:
    try:
        yield from os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208 - names only
    except OSError:
        return


def live(folder: Path, *, kills: bool) -> None:
    """Submit all jobs, unless a life before did, and work until nothing is left."""
    life = Life(folder, kills)
    original = media_phase._driver_of

    def driver_of(phase: Phase) -> Driver:
        driver = original(phase)
        return life.wrap(driver, phase.uses) if phase.name == PHASE else driver

    media_phase._driver_of = driver_of
    threading.setprofile(life.on_call)
    is_first = not (folder / "home").exists()
    queue = Queue(folder / "home", **{"comfy.url": "http://127.0.0.1:9", "media_jobs": 1})
    queue.work(*(_submissions(queue, folder) if is_first else ()))


def _submissions(queue: Queue, folder: Path) -> Iterator[dict[str, Any]]:
    inputs, archive = folder.parent / "inputs", folder / "archive"
    archive.mkdir()
    for uses in RUNNABLE:
        name = uses.removeprefix("media.")
        queue.workflow(name, workflow_of(uses, inputs, archive))
        yield {"workflow": name, "inputs": [str(inputs / "clip.mp4")], "reuse": False}


def make_inputs(folder: Path) -> None:
    """The clip that all phases are about, and what some need besides."""
    folder.mkdir()
    make_clip(folder / "clip.mp4", frames=40, size=(128, 96))
    Image.new("RGBA", (20, 10), (255, 0, 0, 255)).save(folder / "mark.png")
    rows = [f"{r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1)]
    (folder / "same.cube").write_text("LUT_3D_SIZE 2\n" + "\n".join(rows) + "\n")
    write_model(folder / "model.onnx")
    if "media.transcribe" in RUNNABLE:
        from tests.whisper_model import make_whisper  # needs the extra

        make_whisper(folder / "whisper")


def main(base: Path) -> int:
    """All lives; 1 where one ended otherwise than by its kill."""
    make_inputs(base / "inputs")
    av.logging.set_level(av.logging.PANIC)
    for name, kills in (("clean", False), ("killed", True)):
        (base / name).mkdir()
        status, lives = -signal.SIGKILL, 0
        while status == -signal.SIGKILL and lives <= len(RUNNABLE):
            status = in_fork(partial(live, base / name, kills=kills))
            lives += 1
        if status:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
