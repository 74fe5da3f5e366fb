"""Waiting for what a running queue does: every event is a reason to check again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from video_queue.db.connection import Connection
from video_queue.domain.states import JobState
from video_queue.wiring import Services

_SECONDS = 120

T = TypeVar("T")


async def until(services: Services, check: Callable[[str | None], Awaitable[T | None]]) -> T:
    """What `check` gives once it is true. It gets the type of the latest event, None before the first."""
    events = services.feed.subscribe()
    try:
        async with asyncio.timeout(_SECONDS):
            event_type: str | None = None
            while not (value := await check(event_type)):
                event_type = getattr(await events.get(), "type", None)
            return value
    finally:
        events.close()


async def until_state(services: Services, job_id: int, state: JobState) -> None:
    """Until the job is in `state`."""

    async def reached(_event: str | None) -> bool:
        return (await services.lookup.job(job_id)).state is state

    await until(services, reached)


async def until_waiting(services: Services, job_id: int) -> str:
    """What the job's first prompt waits for, once it does."""

    async def reason(_event: str | None) -> str | None:
        waiting = (await services.lookup.prompts(job_id)).items[0].waiting_for
        return waiting.reason if waiting else None

    return await until(services, reason)


async def until_event(services: Services, type_: str) -> None:
    """Until the next event of this type."""

    async def came(event: str | None) -> bool:
        return event == type_

    await until(services, came)


async def until_probed(services: Services, times: int) -> None:
    """Until the one folder that is waited for was probed so often in vain: a commit without events."""

    def probes(conn: Connection) -> int:
        return int(conn.execute("SELECT probes FROM away_folder").fetchone()[0])

    loop, committed = asyncio.get_running_loop(), asyncio.Event()
    unsubscribe = services.db.subscribe(lambda _: loop.call_soon_threadsafe(committed.set))
    try:
        async with asyncio.timeout(60):
            while await services.db.read(probes) < times:
                await committed.wait()
                committed.clear()
    finally:
        unsubscribe()
