"""What is reported while one comfy phase renders: progress and previews to the feed, what it waits for to the rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from video_queue.db import queue_state, renders
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.domain.workflow import Phase
from video_queue.services.event_feed import Preview
from video_queue.worker.execution.progress import Progress
from video_queue.worker.rendering.remote_prompt import Waiting, Watch
from video_queue.worker.rendering.tools import Tools

_PREVIEW_SECONDS = 0.25


class PhaseWatch:
    """The reports of one phase of `total` units. `close` it when the phase is done."""

    def __init__(self, tools: Tools, claim: Claim, phase: Phase, total: int) -> None:
        self._tools, self._claim, self._total = tools, claim, total
        self._progress = Progress(tools.db, tools.feed, tools.clock, claim, phase.name)
        self._preview_at = 0.0
        self._writing: asyncio.Task[None] | None = None
        self._waiting: Waiting | None = None

    def of(self, item: int, on_sent: Callable[[], None], *, is_last: bool) -> Watch:
        """The reports of one unit; its progress is a part of the phase's. `on_sent` is called once ComfyUI has it.

        After the last of a phase comes another prompt.
        """

        def sent() -> None:
            on_sent()
            self._tools.request_prefetch()

        share = 1 / self._total
        return Watch(
            progress=self._progress.part((item - 1) * share, share) if item else self._progress.report,
            preview=self._preview,
            waits=self._waits,
            sent=sent,
            ended=self._tools.ahead.send_next if is_last else lambda: None,
        )

    async def close(self) -> None:
        """Until nothing is being written any more. The lane waits no longer for what the prompt waited for."""
        await self._progress.finish()
        if self._waiting:
            self._waits(None)
        if self._writing:
            await asyncio.wait([self._writing])

    def _preview(self, mime: str, image: bytes) -> None:
        now = self._tools.clock.monotonic()
        if now - self._preview_at >= _PREVIEW_SECONDS:
            self._preview_at = now
            self._tools.feed.announce((Preview(self._claim.prompt_id, mime, image),))

    def _waits(self, waiting: Waiting | None) -> None:
        """Write what is waited for, in the order in which it was reported."""
        self._waiting = waiting
        self._writing = asyncio.create_task(self._write(waiting, after=self._writing))

    async def _write(self, waiting: Waiting | None, after: asyncio.Task[None] | None) -> None:
        if after:
            await asyncio.wait([after])
        claim, now = self._claim, self._tools.clock.iso()
        await self._tools.db.transact(_write_waiting, claim, waiting, now)


def _write_waiting(conn: Connection, claim: Claim, waiting: Waiting | None, now: str) -> None:
    """A prompt that starts, or that is left, ends the lane's wait: the next one shows whether ComfyUI works."""
    reason = waiting.reason if waiting else None
    renders.set_waiting(conn, claim.prompt_id, claim.attempt, reason, _said(waiting), now)
    if reason == "comfy_zombie":
        queue_state.wait_for_comfy(conn, reason, now, claim.instance)
    elif reason is None:
        queue_state.end_comfy_wait(conn, now, instance=claim.instance)


def _said(waiting: Waiting | None) -> str | None:
    if waiting is None:
        return None
    if waiting.reason == "comfy_zombie":
        return "ComfyUI takes prompts and starts none: restart it"
    return f"ComfyUI works on other prompts, {waiting.ahead} before this one"
