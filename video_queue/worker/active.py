"""The prompts that a worker works on now, and how they are stopped before their step is done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from video_queue.db.claims import Claim
from video_queue.db.pending import Requests, read_requests
from video_queue.db.queue_db import QueueDB
from video_queue.worker.step import Step

# Why a step is stopped. After a pause its render is done again; when the worker ends, it is followed again.
Stop = Literal["cancel", "pause", "shutdown"]


@dataclass(slots=True)
class ActivePrompt:
    """A prompt whose step runs in `task`, `on_gpu` or not; `stop` says why the task was cancelled."""

    claim: Claim
    task: asyncio.Task[Step]
    stop: Stop | None = None
    reason: str = ""
    on_gpu: bool = False

    def interrupt(self, stop: Stop, reason: str = "") -> None:
        """Cancel its task, for the first reason there is."""
        if self.stop is None:
            self.stop, self.reason = stop, reason
            self.task.cancel()


class ActivePrompts:
    """The active prompts by id: all that a worker knows and rows do not."""

    def __init__(self, db: QueueDB) -> None:
        self._db = db
        self._prompts: dict[int, ActivePrompt] = {}
        self._asked = True

    def __len__(self) -> int:
        return len(self._prompts)

    def add(self, claim: Claim, task: asyncio.Task[Step], *, on_gpu: bool) -> ActivePrompt:
        """A step of a prompt begins."""
        active = self._prompts[claim.prompt_id] = ActivePrompt(claim, task, on_gpu=on_gpu)
        return active

    def remove(self, claim: Claim) -> None:
        """The step is over."""
        self._prompts.pop(claim.prompt_id, None)

    def requeue_all(self, stop: Stop) -> None:
        """Stop every prompt, to be put back into the queue without penalty."""
        for active in self._prompts.values():
            active.interrupt(stop)

    def apply(self, requests: Requests) -> None:
        """Stop what the artist cancelled or paused; such requests arrive as rows, which are read after each commit."""
        self._asked = bool(requests)
        for prompt_id, attempt, reason in requests.cancelled:
            active = self._prompts.get(prompt_id)
            if active and active.claim.attempt == attempt:
                active.interrupt("cancel", reason)
        if requests.paused:
            self.requeue_all("pause")
        for active in self._prompts.values():
            if active.on_gpu and requests.paused_instances.get(active.claim.instance) == "pause":
                active.interrupt("pause")

    async def apply_earlier(self) -> None:
        """Stop what has just been added too, where it was asked for between its claim and that.

        What is asked for later is applied after its commit; where the rows that were read last ask for nothing, there
        is nothing to be read again.
        """
        if self._asked:
            self.apply(await self._db.read(read_requests))
