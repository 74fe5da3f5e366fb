"""Child processes: none outlives this process, and every one is reaped, cancelled or not.

A child starts in the thread of the loop that calls `Children.run`, which must live as long as the server: on Linux
the kernel ends a child when the thread that forked it ends (prctl(2), PR_SET_PDEATHSIG). `preexec_fn` is unsafe in a
process with threads, so `launcher` runs between fork and the real program (measured: about 30 ms). Windows
uses a Job Object. The second line of defence everywhere: the owner records each child, and `identity.end_if_same`
ends what a crash left.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

from video_queue.system.processes.cancellation import run_to_end
from video_queue.system.processes.confinement import UNCONFINED, Confinement
from video_queue.system.processes.identity import lower_priority, process_started

if sys.platform == "win32":
    import subprocess

    from video_queue.system.processes import windows

OnStart = Callable[[int, str, str], Awaitable[None]]
OnEnd = Callable[[int], Awaitable[None]]
OnLine = Callable[[str], bool]

_GRACE_SECONDS = 3.0
_NICE, _IDLE_NICE = 10, 19
# Whether a child stalls is checked so often; a check so late means that this process was stopped or suspended.
_CHECK_SECONDS, _LATE_SECONDS = 1.0, 1.0
_CHUNK = 65536
_LONGEST_LINE = 8192
# A child that fills half the pipe between two reads prints more than anybody needs: it waits, not the other work.
_MUCH, _REST_SECONDS = _CHUNK // 2, 0.02

_LAUNCHER = str(Path(__file__).with_name("launcher.py"))


class ChildStalledError(Exception):
    """A child showed no progress for too long and was ended."""


def _ignore(_line: str) -> bool:
    return False


@dataclass(frozen=True)
class Children:
    """Runs children for one owner, which keeps a record of each.

    `on_start(pid, started, command)` is awaited right after the start, `on_end(pid)` after the child was reaped.
    Children that `idle` give way to the others, too.
    """

    on_start: OnStart
    on_end: OnEnd
    idle: bool = False

    async def run(
        self,
        argv: Sequence[str],
        *,
        on_line: OnLine = _ignore,
        on_error_line: OnLine = _ignore,
        cwd: Path | None = None,
        stall_seconds: float | None = None,
        feed: AsyncGenerator[bytes, None] | None = None,
        confinement: Confinement | None = None,
    ) -> int:
        """Run `argv` (absolute program first, never a shell), confined where it is asked for; its exit status.

        `on_line` gets each line of stdout, `on_error_line` of stderr; they return whether the line shows progress.
        `feed` is written to stdin. When this call ends, however it ends, the child is gone and reaped.

        Raises:
            ChildStalledError: no line showed progress for `stall_seconds`, in which this process could have read it.
            asyncio.CancelledError: the caller was cancelled.
            OSError: the program could not be started.
            Whatever `feed` or the callbacks raise.
        """
        process = await _start(
            argv, cwd, confinement, has_input=feed is not None, niceness=_IDLE_NICE if self.idle else _NICE
        )
        watch = _Watch(asyncio.get_running_loop().time(), stall_seconds)
        try:
            await self.on_start(process.pid, process_started(process.pid) or "", " ".join(argv))
            work = [
                _read_lines(process.stdout, on_line, watch),
                _read_lines(process.stderr, on_error_line, watch),
                *([_write(process.stdin, feed)] if feed is not None else []),
                process.wait(),
            ]
            await _all_or_first_error(work, watch)
            return await process.wait()
        finally:
            await run_to_end(self._end(process))

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """Terminate, kill, reap; then report the end to the owner."""
        if process.returncode is None:
            await _terminate(process)
        await process.communicate()  # reaps, and reads the pipes empty so that their transports close
        await self.on_end(process.pid)


@dataclass
class _Watch:
    """When a child last showed progress, on the loop's clock, and for how long it may show none (None: any time)."""

    last: float
    limit: float | None

    def next_check(self, now: float) -> float | None:
        """Seconds until the next check; None without a limit.

        Raises:
            ChildStalledError: the limit has passed.
        """
        if self.limit is None:
            return None
        left = self.last + self.limit - now
        if left <= 0:
            raise ChildStalledError
        return min(left, _CHECK_SECONDS)

    def note_check(self, late: float) -> None:
        """A check that comes `late` seconds late: this process stood still, and could not read what the child wrote."""
        if late > _LATE_SECONDS:
            self.last = max(self.last, asyncio.get_running_loop().time())


async def _start(
    argv: Sequence[str], cwd: Path | None, confinement: Confinement | None, *, has_input: bool, niceness: int
) -> asyncio.subprocess.Process:
    command = list(argv)
    flags = 0
    if sys.platform == "linux":
        limits = confinement.words(argv[0]) if confinement else UNCONFINED
        command = [sys.executable, "-I", "-S", _LAUNCHER, str(os.getpid()), str(niceness), *limits, *argv]
    elif sys.platform == "win32":
        idle, below = subprocess.IDLE_PRIORITY_CLASS, subprocess.BELOW_NORMAL_PRIORITY_CLASS
        flags = subprocess.CREATE_NO_WINDOW | (idle if niceness == _IDLE_NICE else below)
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=PIPE if has_input else DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        cwd=cwd,
        creationflags=flags,
        # Ctrl-C in a terminal is ours to handle, not the child's.
        start_new_session=sys.platform != "win32",
    )
    if sys.platform == "win32":
        windows.own_by_job(process.pid)
    elif sys.platform != "linux":
        lower_priority(process.pid, niceness)
    return process


async def _all_or_first_error(work: list[Coroutine[Any, Any, int | None]], watch: _Watch) -> None:
    tasks = [asyncio.ensure_future(coroutine) for coroutine in work]
    loop = asyncio.get_running_loop()
    try:
        while pending := [task for task in tasks if not task.done()]:
            began = loop.time()
            seconds = watch.next_check(began)
            done, _ = await asyncio.wait(pending, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            watch.note_check(loop.time() - began - (seconds or 0.0))
            for task in done:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read_lines(stream: asyncio.StreamReader | None, on_line: OnLine, watch: _Watch) -> None:
    """Pass on whole lines (ended by newline or carriage return); an endless line is cut, never kept growing."""
    rest = b""
    while stream is not None and (chunk := await stream.read(_CHUNK)):
        *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
        rest = rest[-_LONGEST_LINE:]
        for line in lines:
            if line and on_line(line.decode("utf-8", "replace")):
                watch.last = asyncio.get_running_loop().time()
        if len(chunk) > _MUCH:
            await asyncio.sleep(_REST_SECONDS)
    if rest:
        on_line(rest.decode("utf-8", "replace"))


async def _write(stream: asyncio.StreamWriter | None, feed: AsyncGenerator[bytes, None]) -> None:
    """Write `feed` to the child. A child that ended early shows in its exit status, not here."""
    if stream is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        async with aclosing(feed):
            async for block in feed:
                stream.write(block)
                await stream.drain()
        stream.close()
        await stream.wait_closed()


async def _terminate(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    if process.stdin is not None:
        process.stdin.close()  # a child that waits for input would not handle the signal before some arrives
    try:
        async with asyncio.timeout(_GRACE_SECONDS):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
