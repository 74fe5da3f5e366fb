"""What the queue does with the machine: keep it awake while there is work, and end it when all is done.

The settings are `awake` and `when_done` (docs/settings.md).
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from video_queue.db import claims, events, queue_state, watch_files
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.events import Event, EventType
from video_queue.domain.moments import iso_of
from video_queue.domain.states import QueueState
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed, Subscription
from video_queue.services.while_due import keep_while
from video_queue.settings import Settings
from video_queue.system.power import SHUTDOWN, SLEEP, stay_awake
from video_queue.system.processes.programs import ProgramError, run_program

# A missed event is late, never lost.
_LONGEST_WAIT = 60.0
_ENDS = (EventType.PROMPT_FINISHED, EventType.PROMPT_REVIEW)
# Whoever causes one of these is there, or there is work again.
_INTERRUPTIONS: dict[str, str] = {
    EventType.JOB_CREATED: "a new job",
    EventType.JOB_UPDATED: "a job was changed",
    EventType.QUEUE_RESUMED: "the queue was resumed",
    EventType.QUEUE_PAUSED: "the queue was paused",
}
_LOG = logging.getLogger(__name__)


async def keep_awake(db: QueueDB) -> None:
    """Keep the machine awake while the queue is not paused and something runs or can run by itself; until cancelled."""
    await keep_while(db, _works, lambda _: stay_awake())


class WhenDone:
    """Does what `when_done` says once the queue became empty by working, after a countdown that may be cancelled."""

    def __init__(self, db: QueueDB, feed: EventFeed, settings: Settings, clock: Clock) -> None:
        self._db, self._feed, self._settings, self._clock = db, feed, settings, clock
        self._began, self._seen = clock.iso(), 0
        self._lock = asyncio.Lock()
        self._watching = False
        self._countdown: Subscription | None = None
        # Called with True when a countdown begins, and with False when it is over.
        self.listeners: list[Callable[[bool], None]] = []

    async def run(self, *, watching: bool) -> None:
        """Until cancelled. Where folders are watched, files that are still copied there are work to come."""
        self._watching = watching
        subscription = self._feed.subscribe()
        try:
            while True:
                await self.check()
                await _next_end(subscription)
        finally:
            subscription.close()

    async def check(self) -> None:
        """Count down and do it, if the queue became empty by working since the last time."""
        async with self._lock:
            if self._settings.when_done == "nothing":
                return
            if (end := await self._db.read(self._end_of_work)) is None:
                return
            before, self._seen = self._seen, end
            if not await self._count_down():
                return
            if await self._db.read(self._goes_on):
                self._seen = before
                await self._end(EventType.WHEN_DONE_CANCELLED, reason="there is work again")
                return
            await self._do()

    def cancel(self, reason: str) -> None:
        """End the countdown, if there is one; on the loop of `run`."""
        if self._countdown:
            self._countdown.post((Event(type=EventType.WHEN_DONE_CANCELLED, at="", data={"reason": reason}),))

    def _end_of_work(self, conn: Connection) -> int | None:
        """The last event of the work that emptied the queue; None while there is work, or where a cancel emptied it."""
        last = events.last_event(conn, _ENDS, after=self._seen, since=self._began)
        if last is None or last.data.get("state") == "cancelled" or self._goes_on(conn):
            return None
        return last.id

    def _goes_on(self, conn: Connection) -> bool:
        return claims.has_work(conn) or (self._watching and watch_files.files_come(conn))

    async def _count_down(self) -> bool:
        """Whether nothing cancelled it."""
        seconds = self._settings.when_done_seconds
        subscription = self._countdown = self._feed.subscribe()
        message = (
            f"{self._settings.when_done} in {seconds:.0f} s; a key here, a new job or vq resume cancels it"
        )
        try:
            self._notify_listeners(counting=True)
            await self._begin(seconds, message)
            async with asyncio.timeout(seconds):
                reason = await _interruption(subscription)
        except TimeoutError:
            return True
        finally:
            self._notify_listeners(counting=False)
            subscription.close()
            self._countdown = None
        await self._end(EventType.WHEN_DONE_CANCELLED, reason=reason)
        return False

    def _notify_listeners(self, *, counting: bool) -> None:
        for listener in self.listeners:
            listener(counting)

    async def _do(self) -> None:
        await self._end(EventType.WHEN_DONE_STARTED)
        try:
            await run_program(self._command())
        except ProgramError as error:
            _LOG.warning("when_done: %s", error)
            await self._end(EventType.WHEN_DONE_FAILED, message=str(error))

    def _command(self) -> Sequence[str]:
        if self._settings.when_done == "command":
            if self._settings.when_done_command is None:
                raise ProgramError("when_done_command is not set")
            return self._settings.when_done_command
        commands = SLEEP if self._settings.when_done == "sleep" else SHUTDOWN
        return commands.get(sys.platform, [self._settings.when_done])

    async def _begin(self, seconds: float, message: str) -> None:
        action, ends_at = self._settings.when_done, iso_of(self._clock.now() + seconds)
        begin = partial(queue_state.begin_countdown, seconds=seconds, message=message)
        await self._db.transact(begin, action, ends_at, self._clock.iso())

    async def _end(self, type_: EventType, **data: Any) -> None:
        end = partial(queue_state.end_countdown, action=self._settings.when_done, **data)
        await self._db.transact(end, type_, self._clock.iso())


def _works(conn: Connection) -> bool:
    paused = queue_state.read_queue(conn)["state"] == QueueState.PAUSED
    return not paused and claims.has_work(conn)


async def _next_end(subscription: Subscription) -> None:
    """Wait until a render ended, but not for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_WAIT):
            while True:
                event = await subscription.get()
                if isinstance(event, Event) and event.type in _ENDS:
                    return


async def _interruption(subscription: Subscription) -> str:
    """Wait for what cancels a countdown; the reason."""
    while True:
        event = await subscription.get()
        if not isinstance(event, Event):
            continue
        if event.type == EventType.WHEN_DONE_CANCELLED:
            return str(event.data["reason"])
        if reason := _INTERRUPTIONS.get(event.type):
            return reason
