"""The notifier: makes notifications of committed events and sends them, beside the queue and never in its way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from video_queue.db import notifications
from video_queue.db.queue_db import QueueDB
from video_queue.domain.events import Event, EventType
from video_queue.domain.notifications import Notification, NotificationKind, TestDelivery, kind_of
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed, Subscription
from video_queue.services.notify.channels import Channel, DeliveryError, channels_of
from video_queue.services.notify.message import Message, message_of
from video_queue.settings.models import NotifySettings

# After a failed delivery the next try waits, longer and longer.
_FIRST_PAUSE, _LONGEST_PAUSE = 30.0, 3600.0
# A missed wakeup is late, never lost.
_LONGEST_WAIT = 60.0
_ENDS = (EventType.JOB_FINISHED, EventType.WHEN_DONE_COUNTDOWN)
_LOG = logging.getLogger(__name__)


class Notifier:
    """Writes the inbox and sends what `notify.*` asks for: a first message at once, what follows soon as a digest.

    Each notification is made once, across restarts. One that was being sent when the process ended is not sent again.
    """

    def __init__(self, db: QueueDB, feed: EventFeed, settings: NotifySettings, clock: Clock) -> None:
        self._db, self._feed, self._settings, self._clock = db, feed, settings, clock
        self._channels = channels_of(settings)
        self._names = [channel.name for channel in self._channels]
        self._wakeups = {name: asyncio.Event() for name in self._names}

    def loops(self, *, watching: bool) -> dict[str, Callable[[], Awaitable[None]]]:
        """What makes notifications, and sends them by each channel, until it is cancelled; by name.

        Where folders are watched, files that are still copied there are work to come.
        """
        sending = {
            f"notifying by {channel.name}": partial(self._deliver, channel) for channel in self._channels
        }
        return {"collecting notifications": partial(self._collect, watching=watching), **sending}

    async def flush(self) -> None:
        """Make what is left and try once to send it; for a process that ends. Takes as long as the slowest channel."""
        await self._make(after=0.0, watching=False)
        await asyncio.gather(*(self._send(channel) for channel in self._channels))

    async def test(self) -> list[TestDelivery]:
        """Send a test by every channel, outside the inbox; what became of each."""
        test = Notification(
            id=0,
            kind=NotificationKind.QUEUE_FINISHED,
            at=self._clock.iso(),
            title="A test from video_queue",
            text="Notifications arrive here.",
        )
        message = message_of([test])
        errors = await asyncio.gather(*(_error_of(channel, message) for channel in self._channels))
        return [
            TestDelivery(channel=name, error=error) for name, error in zip(self._names, errors, strict=True)
        ]

    async def _collect(self, *, watching: bool) -> None:
        subscription = self._feed.subscribe()
        try:
            await self._db.transact(notifications.keep_channels, self._names)
            while True:
                left = await self._make(after=self._settings.finished_seconds, watching=watching)
                for wakeup in self._wakeups.values():
                    wakeup.set()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LONGEST_WAIT if left is None else min(left, _LONGEST_WAIT)):
                        await _notifiable(subscription)
        finally:
            subscription.close()

    async def _make(self, *, after: float, watching: bool) -> float | None:
        """Make what there is to notify; in how many seconds the end of the queue is to be, if it came."""
        while await self._db.transact(notifications.collect, self._names, self._settings.events):
            pass
        end = partial(notifications.notify_end, now=self._clock.now(), after=after, watching=watching)
        return await self._db.transact(end, self._names, self._settings.events)

    async def _deliver(self, channel: Channel) -> None:
        await self._db.transact(notifications.forget_interrupted, channel.name)
        wakeup, pause = self._wakeups[channel.name], _FIRST_PAUSE
        while True:
            wakeup.clear()
            sent = await self._send(channel)
            if sent is None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LONGEST_WAIT):
                        await wakeup.wait()
            elif sent:
                pause = _FIRST_PAUSE
                await asyncio.sleep(self._settings.quiet_seconds)
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _send(self, channel: Channel) -> bool | None:
        """Send what waits for a channel as one message. Whether it arrived; None when nothing waits."""
        waiting = await self._db.transact(notifications.claim_deliveries, channel.name)
        if not waiting:
            return None
        ids, error = [item.id for item in waiting], await _error_of(channel, message_of(waiting))
        if error is None:
            await self._db.transact(notifications.record_sent, channel.name, ids)
            return True
        _LOG.warning("notifications by %s: %s", channel.name, error)
        await self._db.transact(notifications.record_unsent, channel.name, ids, error)
        return False


async def _notifiable(subscription: Subscription) -> None:
    """Wait for an event that makes a notification, or may be the end of the queue."""
    while not (
        isinstance(event := await subscription.get(), Event) and (kind_of(event) or event.type in _ENDS)
    ):
        pass


async def _error_of(channel: Channel, message: Message) -> str | None:
    """Why the channel did not take a message; None when it did."""
    try:
        await channel.send(message)
    except DeliveryError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - a service's library may raise anything, and may name the address
        _LOG.debug("notifications by %s", channel.name, exc_info=error)
        return f"failed ({type(error).__name__})"
    return None
