"""What happens before a queue is worked in this process: whether it starts paused."""

from __future__ import annotations

from datetime import datetime

from video_queue.domain.states import QueueState
from video_queue.wiring import Services


async def set_queue_going(services: Services, *, paused: bool) -> None:
    """As `on_start` says: `resume` ends an earlier pause (but not one until a time to come), `last` keeps it."""
    on_start = services.settings.on_start
    if paused or on_start == "paused":
        await services.queue.pause()
        return
    view = await services.queue.view()
    timed = view.until is not None and datetime.fromisoformat(view.until).timestamp() > services.clock.now()
    if on_start == "resume" and view.state is not QueueState.RUNNING and not timed:
        await services.queue.resume()
