"""Child processes: none outlives its parent or its task, and each is recorded."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.child_record import ChildRecord
from video_queue.system.processes.children import Children, ChildStalledError
from video_queue.system.processes.identity import end_if_same, process_command, process_started

PARENT = """
import asyncio, sys
from video_queue.system.processes.children import Children

async def started(pid, at, command):
    print(pid, at, flush=True)

async def ended(pid):
    pass

asyncio.run(Children(started, ended).run(
    [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"],
    on_line=lambda line: print(line, flush=True) or True,
))
"""


# A parent whose child shows progress ten times a second until there is a file; it may stall for two seconds.
STOPPED = """
import asyncio, sys
from video_queue.system.processes.children import ChildStalledError, Children

CHILD = '''
import pathlib, sys, time
count, n = pathlib.Path(sys.argv[1]), 0
while not pathlib.Path(sys.argv[2]).exists():
    n += 1
    print(n, flush=True)
    count.with_suffix(".new").write_text(str(n))
    count.with_suffix(".new").replace(count)
    time.sleep(0.1)
'''

async def record(*about):
    pass

try:
    command = [sys.executable, "-c", CHILD, *sys.argv[1:]]
    status = asyncio.run(Children(record, record).run(command, on_line=lambda _: True, stall_seconds=2.0))
    print("status", status)
except ChildStalledError:
    print("stalled")
"""


@dataclass
class Lines(ChildRecord):
    """A record that also holds the lines of a Python child."""

    lines: list[str] = field(default_factory=list)
    up: asyncio.Event = field(default_factory=asyncio.Event)

    def on_line(self, line: str) -> bool:
        self.lines.append(line)
        self.up.set()
        return True

    async def run(self, code: str, **options: Any) -> int:
        options = {"on_line": self.on_line, **options}
        return await self.children.run([sys.executable, "-c", code], **options)


def wait_until_gone(pid: int, started: str) -> None:
    deadline = time.monotonic() + 30
    while process_started(pid) == started:
        assert time.monotonic() < deadline, f"process {pid} still lives"
        time.sleep(0.01)


def test_lines_and_exit_status(tmp_path: Path) -> None:
    record = Lines()
    code = (
        "import sys; open('here', 'w'); print('a'); print('b\\rc', end='', flush=True);"
        "print('bad', file=sys.stderr); raise SystemExit(3)"
    )
    errors: list[str] = []
    status = asyncio.run(
        record.run(code, cwd=tmp_path, on_error_line=lambda line: errors.append(line) is not None)
    )
    assert (status, record.lines, errors) == (3, ["a", "b", "c"], ["bad"])
    assert (tmp_path / "here").exists()
    assert record.ended == [record.started[0][0]]


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    record = Lines()

    try:
        status = asyncio.run(record.children.run([str(tmp_path / "no such program")]))
        assert status == 127  # the trampoline's answer on Linux
    except OSError:
        assert sys.platform != "linux"


def test_what_is_fed_arrives() -> None:
    record = Lines()

    async def blocks() -> AsyncGenerator[bytes, None]:
        for _ in range(100):
            yield b"x" * 10_000

    assert asyncio.run(record.run("import sys; print(len(sys.stdin.buffer.read()))", feed=blocks())) == 0
    assert record.lines == ["1000000"]


def test_a_child_that_ends_early_does_not_hang_its_feeder() -> None:
    async def endless() -> AsyncGenerator[bytes, None]:
        while True:
            yield b"x" * 100_000

    assert asyncio.run(Lines().run("raise SystemExit(4)", feed=endless())) == 4


def test_an_error_of_the_feeder_ends_the_child() -> None:
    record = Lines()

    async def broken() -> AsyncGenerator[bytes, None]:
        yield b"x"
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(record.run("import sys; sys.stdin.buffer.read()", feed=broken()))
    assert record.ended == [record.started[0][0]]
    assert process_started(record.ended[0]) != record.started[0][1]


@pytest.mark.parametrize("deaf", [False, True])
def test_cancelling_ends_and_reaps(deaf: bool) -> None:
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN);" if deaf else ""
    code = f"import signal, time; {ignore} print('up', flush=True); time.sleep(600)"

    async def cancel() -> Lines:
        record = Lines()
        task = asyncio.ensure_future(record.run(code))
        await record.up.wait()
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()  # a second cancellation must not cut the reaping short
        with pytest.raises(asyncio.CancelledError):
            await task
        return record

    record = asyncio.run(cancel())
    pid, started, _ = record.started[0]
    assert record.ended == [pid]
    assert process_started(pid) != started


def test_silence_is_a_stall() -> None:
    record = Lines()
    with pytest.raises(ChildStalledError):
        asyncio.run(record.run("import time; time.sleep(600)", stall_seconds=0.5))
    assert record.ended == [record.started[0][0]]


def test_lines_without_progress_are_a_stall_too() -> None:
    code = "import time\nwhile True: print('x', flush=True); time.sleep(0.02)"
    with pytest.raises(ChildStalledError):
        asyncio.run(Lines().run(code, on_line=lambda _: False, stall_seconds=0.5))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process by a signal")
def test_a_child_that_worked_on_while_this_process_was_stopped_has_not_stalled(tmp_path: Path) -> None:
    """SIGSTOP of the parent for longer than the limit; the child's progress is in the pipe meanwhile."""
    count, go = tmp_path / "count", tmp_path / "go"
    with subprocess.Popen([sys.executable, "-c", STOPPED, count, go], stdout=subprocess.PIPE) as parent:
        wait_for_count(count, 5)
        parent.send_signal(signal.SIGSTOP)
        wait_for_count(count, 45)
        parent.send_signal(signal.SIGCONT)
        wait_for_count(count, 50)
        go.touch()
        assert parent.stdout is not None
        assert parent.stdout.read().split() == [b"status", b"0"]


def wait_for_count(path: Path, least: int) -> None:
    """Until the child of `STOPPED` has counted so far."""
    deadline = time.monotonic() + 60
    while not path.exists() or int(path.read_text() or "0") < least:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_loop_in_another_thread_can_have_children() -> None:
    statuses: list[int] = []
    thread = threading.Thread(target=lambda: statuses.append(asyncio.run(Lines().run("print('up')"))))
    thread.start()
    thread.join()
    assert statuses == [0]


def test_kill_9_of_the_parent_leaves_no_child() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, started = parent.stdout.readline().split()
        assert parent.stdout.readline().strip() == "up"
        assert process_started(int(pid)) == started
        command = process_command(int(pid)) or ""
        parent.kill()
    if sys.platform == "darwin":  # no kernel help there: the sweep at the next start is what ends it
        assert end_if_same(int(pid), started, command)
    wait_until_gone(int(pid), started)


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is POSIX's")
def test_a_child_that_idles_gives_way_to_the_others() -> None:
    record = Lines()
    children = Children(record.on_start, record.on_end, idle=True)
    show = "import os, pathlib; print(os.nice(0)); group = pathlib.Path('/proc/self/autogroup')\n"
    show += "print(group.read_text() if group.exists() else 'nice 19')"
    asyncio.run(children.run([sys.executable, "-c", show], on_line=record.on_line))
    niceness, group = record.lines
    assert niceness == "19"
    assert group.endswith("nice 19")
