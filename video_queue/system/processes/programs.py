"""Programs found on PATH and run to their end: hooks, and commands of the operating system."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from video_queue.system.processes.children import Children

_LONGEST_WORDS = 200


class ProgramError(Exception):
    """A program is not there, cannot be run or failed; the text says which of them."""


async def run_program(
    command: Sequence[str], stdin: bytes | None = None, seconds: float | None = None
) -> None:
    """Run a list of arguments, never a shell, to its end; ended after so many `seconds`, or when cancelled.

    Raises:
        ProgramError: it did not end with 0 in time.
    """
    name, *arguments = command
    program = await asyncio.to_thread(shutil.which, name)
    if program is None:
        raise ProgramError(f"there is no program {name}")
    lines: list[str] = []

    def keep(line: str) -> bool:
        lines[:] = [line]
        return False

    feed = None if stdin is None else _content(stdin)
    try:
        async with asyncio.timeout(seconds):
            status = await Children(_ignore, _ignore).run(
                [program, *arguments], on_error_line=keep, feed=feed
            )
    except TimeoutError as error:
        raise ProgramError(f"{name} did not end within {seconds:.0f} s") from error
    except OSError as error:
        raise ProgramError(f"{name} cannot be run: {error.strerror}") from error
    if status:
        words = f": {lines[0][:_LONGEST_WORDS]}" if lines else ""
        raise ProgramError(f"{name} ended with {status}{words}")


async def _content(stdin: bytes) -> AsyncGenerator[bytes, None]:
    yield stdin


async def _ignore(*_: Any) -> None:
    """Nothing is recorded: what a crash leaves may end by itself."""
