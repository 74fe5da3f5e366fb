"""A process is known by its number, its start and its command together."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

from tests.child_record import ChildRecord
from video_queue.system.processes.identity import boot_id, end_if_same, process_started


def test_only_the_recorded_process_is_ended() -> None:
    record, up = ChildRecord(), asyncio.Event()
    argv = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]

    async def sweep() -> int:
        task = asyncio.ensure_future(record.children.run(argv, on_line=lambda _line: up.set() is None))
        await up.wait()
        pid, started, command = record.started[0]
        assert not end_if_same(pid, started + "1", command)
        assert not end_if_same(pid, "", command)
        if sys.platform != "win32":
            assert not end_if_same(pid, started, command + " other")
        assert process_started(pid) == started
        assert end_if_same(pid, started, command)
        return await task

    assert asyncio.run(sweep()) in (-signal.SIGTERM, -9, 1)
    assert not end_if_same(*record.started[0])


def test_a_process_that_ended_has_no_start() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert process_started(process.pid) is None
    assert process_started(os.getpid()) == process_started(os.getpid()) is not None


def test_a_boot_has_one_name_as_long_as_it_lasts() -> None:
    assert boot_id() == boot_id()
    assert (boot_id() is None) == (sys.platform == "win32")
