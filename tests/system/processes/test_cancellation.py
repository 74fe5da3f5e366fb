"""Work that is finished before a cancellation goes on: one way raises it afterwards, the other swallows it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine

import pytest

from video_queue.system.processes.cancellation import in_thread, run_to_end, shield_until_done

# A program whose work does not heed its stop, as a library does that is stuck on a file.
STUCK = """
import asyncio, threading
from video_queue.system.processes.cancellation import in_thread

begun = threading.Event()

def work(stop):
    begun.set()
    threading.Event().wait()

async def main():
    task = asyncio.ensure_future(in_thread(work, give_up_seconds=0.01))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    await asyncio.wait([task])
    print("cancelled", task.cancelled(), flush=True)

asyncio.run(main())
print("ended", flush=True)
"""
Shield = Callable[[Coroutine[object, object, str]], Coroutine[object, object, str]]


async def cancelled_twice(shield: Shield, done: list[str]) -> str:
    """Cancel the caller of `shield` twice while its work waits, then let the work end; what the caller got."""
    started, gate = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        started.set()
        await gate.wait()
        done.append("work")
        return "result"

    caller = asyncio.ensure_future(shield(work()))
    await started.wait()
    for _ in range(2):
        caller.cancel()
        await asyncio.sleep(0)
    gate.set()
    return await caller


def test_run_to_end_raises_the_cancellation_once_the_work_is_done() -> None:
    done: list[str] = []
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled_twice(run_to_end, done))
    assert done == ["work"]


def test_shield_until_done_gives_the_result_in_spite_of_a_cancellation() -> None:
    done: list[str] = []
    assert asyncio.run(cancelled_twice(shield_until_done, done)) == "result"
    assert done == ["work"]


def test_cancelling_stops_the_thread() -> None:
    ended: list[bool] = []

    async def cancel() -> None:
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        def work(stop: threading.Event) -> None:
            loop.call_soon_threadsafe(begun.set)
            ended.append(stop.wait(60))

        task = asyncio.ensure_future(in_thread(work))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert ended == [True]


def test_a_stuck_thread_does_not_keep_the_process_from_ending() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=60, check=True
    )
    assert (ended.stdout.split("\n")[:2], ended.stderr) == (["cancelled True", "ended"], "")


def test_an_error_of_the_thread_reaches_the_caller() -> None:
    def work(_stop: threading.Event) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(in_thread(work))
