"""Events as one ordered stream for each reader: hello, what was missed, then live, nothing lost or doubled.

A reader subscribes before the replay is read; ids show what came both ways. One that falls too far behind is
replayed from the table again instead of losing anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import video_queue
from video_queue.db import events
from video_queue.db.queue_db import QueueDB
from video_queue.domain.events import Event, EventType
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed, FeedItem, Subscription

_PAGE = 1000
_END = Event(type="", at="")  # wakes a reader that waits, so that it ends; never sent


class Streams:
    """Makes the readers' streams, and ends them all when the server stops."""

    def __init__(self, db: QueueDB, feed: EventFeed, clock: Clock) -> None:
        self._db, self._feed, self._clock = db, feed, clock
        self._open: set[Subscription] = set()
        self._ended = False

    def end(self) -> None:
        """End every stream; call it on the server's loop, before it waits for its connections."""
        self._ended = True
        for subscription in self._open:
            subscription.post((_END,))

    async def follow(
        self, after: int | None, *, quiet_seconds: float | None = None
    ) -> AsyncIterator[FeedItem | None]:
        """`hello`, the events after `after` (None: none; `reset` if they are no longer kept), then live items.

        With `quiet_seconds`, None whenever nothing came for so long.
        """
        subscription = self._subscribe()
        try:
            oldest, newest = await self._db.read(events.event_bounds)
            yield self._event(EventType.HELLO, last_id=newest, version=video_queue.__version__)
            if after is not None and not (oldest - 1 <= after <= newest):
                yield self._event(EventType.RESET, last_id=newest)
                after = newest
            last = newest if after is None else after
            async for event in self._replay(last):
                yield event
                last = event.id or last
            while not self._ended:
                item = await _next(subscription, quiet_seconds)
                if item is _END:
                    break
                if isinstance(item, Event) and item.id is not None:
                    if item.id <= last:
                        continue
                    last = item.id
                yield item
                if subscription.overflowed:
                    self._close(subscription)
                    subscription = self._subscribe()
                    async for event in self._replay(last):
                        yield event
                        last = event.id or last
        finally:
            self._close(subscription)

    async def _replay(self, last: int) -> AsyncIterator[Event]:
        while page := await self._db.read(events.list_events, last, _PAGE):
            for event in page:
                yield event
                last = event.id or last

    def _subscribe(self) -> Subscription:
        subscription = self._feed.subscribe()
        self._open.add(subscription)
        return subscription

    def _close(self, subscription: Subscription) -> None:
        self._open.discard(subscription)
        subscription.close()

    def _event(self, type_: EventType, **data: object) -> Event:
        return Event(type=type_, at=self._clock.iso(), data=data)


async def _next(subscription: Subscription, seconds: float | None) -> FeedItem | None:
    """The next item; None when `seconds` have passed without any."""
    try:
        async with asyncio.timeout(seconds):
            return await subscription.get()
    except TimeoutError:
        return None
