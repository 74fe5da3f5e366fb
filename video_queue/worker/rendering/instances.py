"""Every ComfyUI of a worker by its name: the lanes of the gpu, one for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from video_queue.db.claims import Claim
from video_queue.db.pending import Pending
from video_queue.db.queue_db import QueueDB
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import DEFAULT_INSTANCE
from video_queue.worker.execution.reuse_key import Program
from video_queue.worker.rendering.comfy_phases import ComfyPhases
from video_queue.worker.rendering.placement import Placement
from video_queue.worker.rendering.send_ahead import TakenPrompts

Loop = Callable[[], Awaitable[None]]


class ComfyInstances:
    """Made once for a worker, on its loop."""

    def __init__(
        self, db: QueueDB, make: Callable[[str, TakenPrompts], ComfyPhases], names: list[str]
    ) -> None:
        self._taken = TakenPrompts()
        self.by_name = {name: make(name, self._taken) for name in names}
        self.first = next(iter(self.by_name.values()))
        catalogues = {name: comfy.monitor.catalogue for name, comfy in self.by_name.items()}
        self.placement = Placement(db, catalogues)

    def __getitem__(self, name: str) -> ComfyPhases:
        """One by its name; the first for a name that is not set any more."""
        return self.by_name.get(name, self.first)

    def of(self, claim: Claim) -> ComfyPhases:
        """The one whose lane has the prompt."""
        return self[claim.instance]

    def program(self) -> Program:
        """ComfyUI as it was seen last."""
        return self.first.program()

    def taken(self) -> Mapping[str, frozenset[int]]:
        """For each the prompts that others were sent ahead of their claims."""
        return {name: self._taken.by_others(name) for name in self.by_name}

    def loops(
        self, workflow: Callable[[Claim], Coroutine[Any, Any, LoadedWorkflow]], *, when_needed: bool
    ) -> dict[str, Loop]:
        """What runs beside the lanes, by the name it has in the log."""
        loops: dict[str, Loop] = {}
        if len(self.by_name) > 1:
            loops["finding which ComfyUI can render what"] = self.placement.run
        for name, comfy in self.by_name.items():
            of_it = "" if name == DEFAULT_INSTANCE else f" {name}"
            loops |= {
                f"the connection to ComfyUI{of_it}": comfy.monitor.run,
                f"ending renders in ComfyUI{of_it}": comfy.unwanted.run,
                f"keeping ComfyUI{of_it} running": partial(comfy.own.run, when_needed=when_needed),
                f"freeing the memory of ComfyUI{of_it}": comfy.memory.run,
                f"preparing ahead{of_it}": partial(comfy.prefetch, workflow),
            }
        return loops

    def on_pending(self, pending: Pending) -> None:
        """Rows changed: other prompts may be the next ones, and renders may be unwanted."""
        if pending.unplaced:
            self.placement.check()
        for comfy in self.by_name.values():
            comfy.on_pending(pending)

    def shut_down(self) -> None:
        """The worker ends: what they render stays there, to be followed again."""
        for comfy in self.by_name.values():
            comfy.shut_down()

    async def finish(self) -> None:
        """The worker ends: nothing more is sent, and what was cancelled just before is."""
        for comfy in self.by_name.values():
            await comfy.ahead.end()
            await comfy.unwanted.finish()
