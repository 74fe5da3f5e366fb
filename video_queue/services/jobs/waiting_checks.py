"""When ComfyUI comes back, prompts that wait are compared with what it has now; those it would refuse say so.

They were submitted while it was away, or it is another ComfyUI now. None is failed for it: what is missing may come.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from video_queue.comfy.node_catalogue import ComfyCatalogue, Offer
from video_queue.comfy.preflight import preflight
from video_queue.db import documents, refusals
from video_queue.db.queue_db import QueueDB
from video_queue.db.refusals import REFUSED, WaitingPrompt
from video_queue.domain.events import Event, EventType
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed

# Prompts of one job with different values that are compared; a sweep of loras has a few.
_MOST = 200


class WaitingChecks:
    """The loop that follows ComfyUI's connections."""

    def __init__(self, db: QueueDB, feed: EventFeed, catalogue: ComfyCatalogue, clock: Clock) -> None:
        self._db, self._feed, self._catalogue, self._clock = db, feed, catalogue, clock

    async def run(self) -> None:
        """Check after each connection, until cancelled."""
        subscription = self._feed.subscribe()
        try:
            while True:
                item = await subscription.get()
                if isinstance(item, Event) and item.type == EventType.COMFY_CONNECTED:
                    await self.check()
        finally:
            subscription.close()

    async def check(self) -> None:
        """Compare every prompt that has not begun with what ComfyUI has."""
        offer = await asyncio.to_thread(self._catalogue.offer)
        for job_id, workflow_hash in await self._db.read(refusals.jobs_with_renders):
            workflow = await self._db.read(documents.read_workflow, workflow_hash)
            prompts = await self._db.read(refusals.waiting_prompts, job_id)
            messages = await asyncio.to_thread(_messages, workflow, prompts, offer)
            changed = {
                prompt.id: messages[prompt.id]
                for prompt in prompts
                if prompt.id in messages and messages[prompt.id] != prompt.message
            }
            if changed:
                await self._db.transact(refusals.set_messages, job_id, changed, self._clock.iso())


def _messages(workflow: LoadedWorkflow, prompts: list[WaitingPrompt], offer: Offer) -> dict[int, str | None]:
    """Each prompt's message; a message of another kind stays."""
    seed = workflow.definition.seed_parameter
    known: dict[str, str | None] = {}
    messages: dict[int, str | None] = {}
    for prompt in prompts:
        if prompt.message is not None and not prompt.message.startswith(REFUSED):
            continue
        values = {name: value for name, value in prompt.values.items() if name != seed}
        key = json.dumps(values, sort_keys=True, default=str)
        if key not in known and len(known) < _MOST:
            known[key] = _refusal(workflow, values, offer)
        messages[prompt.id] = known.get(key)
    return messages


def _refusal(workflow: LoadedWorkflow, values: dict[str, Any], offer: Offer) -> str | None:
    used = {name: [value] for name, value in values.items()}
    problems = preflight(workflow, used, offer.info, offer.folders) if offer.info else []
    if not problems:
        return None
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{REFUSED}{problems[0].message}{more}"
