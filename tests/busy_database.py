"""A database whose writer is held up, so that what happens meanwhile is sure to come first."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from video_queue.db.connection import Connection
from video_queue.wiring import Services


def _nothing(_: Connection) -> None:
    """Leave the rows as they are."""


@asynccontextmanager
async def database_busy(
    services: Services, then: Callable[[Connection], object] = _nothing
) -> AsyncIterator[None]:
    """Nothing is written meanwhile; at its end the first thing that is written is what `then` writes."""
    held, let_go = threading.Event(), threading.Event()

    def hold(conn: Connection) -> None:
        held.set()
        let_go.wait()
        then(conn)

    holding = asyncio.create_task(services.db.transact(hold))
    await asyncio.to_thread(held.wait)
    try:
        yield
    finally:
        let_go.set()
        await holding
