"""Finds out which prompts need the gpu, so that the others wait neither for ComfyUI nor for its lane."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from video_queue.db import gpu_need
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.domain.errors import VqError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.worker.execution.without_gpu import WithoutGpu
from video_queue.worker.reading_ahead import reading_ahead

_AT_ONCE = 32


class GpuNeed:
    """Decides for each prompt once, beside the lanes: for one that the gpu lane claims meanwhile its step does.

    A prompt during which the process died is not read again here, where others are read beside it.
    """

    def __init__(
        self,
        db: QueueDB,
        without_gpu: WithoutGpu,
        workflow: Callable[[Claim], Awaitable[LoadedWorkflow]],
        comfy_polled: asyncio.Event,
    ) -> None:
        self._db, self._without_gpu, self._workflow = db, without_gpu, workflow
        self._comfy_polled, self._asked = comfy_polled, asyncio.Event()

    def check(self) -> None:
        """There are prompts to decide about."""
        self._asked.set()

    async def run(self) -> None:
        """Decide for every prompt that could run; until cancelled."""
        await self._comfy_polled.wait()  # which ComfyUI is there is part of what is reused
        while True:
            await self._asked.wait()
            self._asked.clear()
            while claims := await self._db.read(gpu_need.undecided_prompts, _AT_ONCE):
                await self._decide(claims)

    async def _decide(self, claims: list[Claim]) -> None:
        async with reading_ahead(self._db, [claim.prompt_id for claim in claims if not claim.crashes]):
            decisions = [(claim, await self._needs_gpu(claim)) for claim in claims]
        await self._db.transact(gpu_need.decide, decisions)

    async def _needs_gpu(self, claim: Claim) -> bool:
        if claim.crashes:
            return True
        try:
            return await self._without_gpu.needs_gpu(claim, await self._workflow(claim))
        except VqError:  # the prompt's own step says what is wrong
            return True
