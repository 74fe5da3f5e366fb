"""What the system says of changes in watched folders (inotify and its like): hints, which may get lost."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from video_queue.db.watches import WatchRow
from video_queue.domain.watches import WatchState
from video_queue.system.home.disk import network_file_system

# Hints that could not be had are asked for again after this time.
_AGAIN_SECONDS = 300.0
_STEP_MS, _DEBOUNCE_MS, _TIMEOUT_MS = 250, 500, 5_000
_CLOSE_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


class Hints:
    """Calls `on_hint` with the number of a watch, in the loop that made this, when something changed in its folder.

    Each folder is listened to in a thread of its own, since one that is on a dead share may hang at any time.
    """

    def __init__(self, on_hint: Callable[[int], None], monotonic: Callable[[], float]) -> None:
        self._loop, self._on_hint, self._monotonic = asyncio.get_running_loop(), on_hint, monotonic
        self._listeners: dict[int, _Listener] = {}

    def follow(self, rows: Mapping[int, WatchRow]) -> None:
        """Listen to these watches, and to no others."""
        for number, listener in list(self._listeners.items()):
            row = rows.get(number)
            is_other = row is None or row.spec != listener.row.spec or row.state is WatchState.AWAY
            if is_other or listener.again <= self._monotonic():
                listener.stop.set()
                del self._listeners[number]
        for number, row in rows.items():
            if number not in self._listeners and row.state is not WatchState.AWAY:
                self._listeners[number] = _Listener(row, self._call, self._monotonic)

    def has(self, number: int) -> bool:
        """Whether the system has begun to say what changes in this watch's folder."""
        return number in self._listeners and self._listeners[number].is_listening

    async def close(self) -> None:
        """Listen no more."""
        for listener in self._listeners.values():
            listener.stop.set()
        threads = [listener.thread for listener in self._listeners.values()]
        await asyncio.gather(*(asyncio.to_thread(thread.join, _CLOSE_SECONDS) for thread in threads))

    def _call(self, number: int) -> None:
        """From a listener's thread; what comes after the end of the loop is for nobody."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_hint, number)


class _Listener:
    """Listens to one folder until `stop`. At the time `again` it is worth trying with a new one."""

    def __init__(self, row: WatchRow, on_hint: Callable[[int], None], monotonic: Callable[[], float]) -> None:
        self.row, self._on_hint, self._monotonic = row, on_hint, monotonic
        self.stop, self.again = threading.Event(), math.inf
        self.is_listening = False
        self.thread = threading.Thread(target=self._run, name="vq-hints", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            if not _is_polled(self.row):
                self._listen()
        except (OSError, RuntimeError) as error:
            self.again = self._monotonic() + _AGAIN_SECONDS
            _LOG.warning("watch %s of %s gets no hints and is polled: %s", self.row.id, self.row.path, error)
        finally:
            self.is_listening = False

    def _listen(self) -> None:
        from watchfiles import watch  # only where something is watched

        for changes in watch(
            self.row.path,
            watch_filter=None,
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            stop_event=self.stop,
            # Without changes too, so that it is known when the whole folder is listened to.
            rust_timeout=_TIMEOUT_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            recursive=bool(self.row.spec["recursive"]) or self.row.spec["unit"] == "folder",
            ignore_permission_denied=True,
        ):
            self.is_listening = True
            if changes:
                self._on_hint(self.row.id)


def _is_polled(row: WatchRow) -> bool:
    """Whether the system says nothing of changes in this folder: on a network, or because the watch says so."""
    if row.spec["poll"] is not None:
        return bool(row.spec["poll"])
    return network_file_system(Path(row.path)) is not None
