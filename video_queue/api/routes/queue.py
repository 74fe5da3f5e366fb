"""The queue as a whole over HTTP: read, pause, resume."""

from __future__ import annotations

from video_queue.api.bodies import QueueAction
from video_queue.api.deps import QueueServiceDep
from video_queue.api.resource import resource_router
from video_queue.domain.actions import QUEUE_ACTIONS, require_known
from video_queue.domain.views import QueueView

router = resource_router("queue", "/queue")


@router.get("", summary="State, lanes, counts and what runs")
async def get_queue(queue: QueueServiceDep) -> QueueView:
    """The queue at a glance."""
    return await queue.view()


@router.post("/actions", summary="Pause or resume the queue")
async def act_on_queue(body: QueueAction, queue: QueueServiceDep) -> QueueView:
    """`after_current` lets running phases end; `now` puts them back without penalty. A `schedule` pauses each day.

    With `free_memory` ComfyUI frees its memory once nothing renders any more.
    """
    require_known(body.action, QUEUE_ACTIONS)
    if body.action == "resume":
        return await queue.resume()
    if body.schedule is not None:
        return await queue.set_schedule(None if body.schedule == "off" else body.schedule)
    return await queue.pause(body.mode, body.until, free_memory=body.free_memory)
