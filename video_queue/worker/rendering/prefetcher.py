"""Preparations started ahead of time, each by its key. What is not taken is released."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from video_queue.comfy.client import ComfyGoneError
from video_queue.domain.errors import VqError

# Three prompts and one item are due next; the rest is room for keys that changed meanwhile.
_KEPT = 6

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")
Prepare = Callable[[], Coroutine[Any, Any, Result]]


class Prefetcher(Generic[Key, Result]):
    """Runs preparations in the background. `release` gets every result that is not taken."""

    def __init__(self, release: Callable[[Result], None]) -> None:
        self._release = release
        self._tasks: dict[Key, asyncio.Task[Result]] = {}

    def start(self, key: Key, prepare: Prepare[Result]) -> None:
        """Begin to prepare, unless that has begun for this key. The oldest gives way when there are too many."""
        if key in self._tasks:
            return
        self._tasks[key] = asyncio.create_task(prepare())
        if len(self._tasks) > _KEPT:
            self.drop(next(iter(self._tasks)))

    def begun(self) -> list[Key]:
        """The keys of everything that was begun and not taken."""
        return list(self._tasks)

    def finished(self) -> dict[Key, Result]:
        """What is prepared, by key; nothing that is under way or failed. It stays here."""
        done = {key: task for key, task in self._tasks.items() if task.done() and not task.cancelled()}
        return {key: task.result() for key, task in done.items() if task.exception() is None}

    async def take(self, key: Key, prepare: Prepare[Result]) -> Result:
        """What was prepared for this key; prepared now where nothing was, or where that failed."""
        task = self._tasks.pop(key, None)
        if task is None:
            return await prepare()
        try:
            return await task
        except asyncio.CancelledError:
            self._discard(task)
            raise
        except (VqError, ComfyGoneError, OSError):
            return await prepare()

    def drop(self, key: Key) -> None:
        """Give up what was begun for this key, if anything was."""
        if task := self._tasks.pop(key, None):
            self._discard(task)

    def drop_all(self) -> None:
        """Give up everything that was begun."""
        for key in list(self._tasks):
            self.drop(key)

    def _discard(self, task: asyncio.Task[Result]) -> None:
        task.cancel()
        task.add_done_callback(self._release_result)

    def _release_result(self, task: asyncio.Task[Result]) -> None:
        if not task.cancelled() and task.exception() is None:
            self._release(task.result())
