"""A program that outlives a kill: started, recognised by another process, ended with what it started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from video_queue.system.processes.detached import Detached, recognise, start_detached
from video_queue.system.processes.identity import process_started

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sessions are POSIX's")

# Starts another program, prints its pid, and waits.
PARENT = (
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(child.pid, flush=True); child.wait()\n"
)
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"


def start(folder: Path, program: str) -> Detached:
    process = start_detached(
        [sys.executable, "-c", program], folder=folder, log=folder / "log", environment=dict(os.environ)
    )
    process.release()
    return process


def first_line(folder: Path) -> str:
    deadline = time.monotonic() + 30
    while not (text := (folder / "log").read_text()).endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return text.splitlines()[0]


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    process = start(tmp_path, PARENT)
    child = int(first_line(tmp_path))
    assert process_started(child) is not None
    process.end(10)
    assert not process.is_alive()
    deadline = time.monotonic() + 30  # its signal was sent, and init has to notice its end
    while process_started(child) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_that_ignores_the_wish_to_end_is_killed(tmp_path: Path) -> None:
    process = start(tmp_path, STUBBORN)
    first_line(tmp_path)
    process.end(0.5)
    assert not process.is_alive()


def test_another_process_recognises_and_ends_it(tmp_path: Path) -> None:
    process = start(tmp_path, STUBBORN)
    first_line(tmp_path)
    program = (
        "import sys; from video_queue.system.processes.detached import recognise\n"
        "process = recognise(int(sys.argv[1]), sys.argv[2]); print(process.is_adopted); process.end(0.5)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(process.pid), process.started], capture_output=True, check=True
    )
    assert done.stdout.strip() == b"True"
    assert not process.is_alive()


def test_a_pid_that_was_given_to_another_program_is_not_recognised(tmp_path: Path) -> None:
    process = start(tmp_path, STUBBORN)
    try:
        assert recognise(process.pid, process.started + "0") is None
        assert recognise(None, None) is None
    finally:
        process.end(0.5)
    assert recognise(process.pid, process.started) is None
