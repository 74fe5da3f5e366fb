"""What every render of a worker uses: made once, by `ComfyPhases`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from video_queue.db.queue_db import QueueDB
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed
from video_queue.settings import Settings
from video_queue.worker.rendering.fetching import Fetches
from video_queue.worker.rendering.monitor import ComfyMonitor
from video_queue.worker.rendering.preparation import Preparations
from video_queue.worker.rendering.send_ahead import SendAhead


@dataclass(frozen=True, slots=True)
class Tools:
    """`request_prefetch()` starts preparing what is due next; `shutting_down` is set when the worker ends."""

    db: QueueDB
    feed: EventFeed
    settings: Settings
    clock: Clock
    monitor: ComfyMonitor
    preparations: Preparations
    fetches: Fetches
    ahead: SendAhead
    request_prefetch: Callable[[], None]
    shutting_down: asyncio.Event
