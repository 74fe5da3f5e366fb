"""Committed events and transient items, handed to every reader on its own event loop.

`QueueDB` calls `announce` after each commit, from its thread; sockets, server-sent events and the worker subscribe.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

from video_queue.domain.events import Event

# A reader this far behind has to start over instead of filling the memory.
_QUEUE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture of a prompt in progress; never stored."""

    prompt_id: int
    mime: str
    data: bytes


FeedItem = Event | Preview


class Subscription:
    """One reader's items, in order. Use it on the loop that made it; `close` it when done."""

    def __init__(self, feed: EventFeed) -> None:
        self._feed = feed
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[FeedItem] = asyncio.Queue()
        self.overflowed = False

    async def get(self) -> FeedItem:
        """Wait for the next item."""
        return await self._queue.get()

    def close(self) -> None:
        """Get nothing more."""
        self._feed.forget(self)

    def post(self, items: tuple[FeedItem, ...]) -> None:
        """Hand over items from any thread; dropped if the reader's loop is gone."""
        try:
            self._loop.call_soon_threadsafe(self._put, items)
        except RuntimeError:  # the reader's loop was closed meanwhile
            self._feed.forget(self)

    def _put(self, items: tuple[FeedItem, ...]) -> None:
        if self._queue.qsize() > _QUEUE_LIMIT:
            self.overflowed = True
            return
        for item in items:
            self._queue.put_nowait(item)


class EventFeed:
    """Hands every item to every subscription; safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: list[Subscription] = []

    def subscribe(self) -> Subscription:
        """A new reader on the running loop: it gets what is announced from now on."""
        subscription = Subscription(self)
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def announce(self, items: tuple[FeedItem, ...]) -> None:
        """Hand items to every reader. Only committed events and transient items belong here."""
        if not items:
            return
        with self._lock:
            readers = list(self._subscriptions)
        for reader in readers:
            reader.post(items)

    def forget(self, subscription: Subscription) -> None:
        """Remove a reader, if it is still there."""
        with self._lock:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)
