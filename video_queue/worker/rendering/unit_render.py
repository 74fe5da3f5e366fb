"""One unit of a comfy phase rendered to its end: sent, followed, and tried again where the failure policy says so.

Out of memory: `/free` and once more, then the phase's `on_oom` values, then the error. Nothing made: once more under
other names. ComfyUI died: again, at most three times. Each try has a prompt id of its own, committed before it is sent.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from video_queue.comfy.client import ComfyAnswerError, ComfyGoneError
from video_queue.comfy.errors import execution_error, is_out_of_memory
from video_queue.comfy.graph import Graph, bound_graph, with_own_names
from video_queue.comfy.harvest import is_empty
from video_queue.db import renders
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.db.renders import Begun, Render
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.workflow import Phase
from video_queue.services.clock import Clock
from video_queue.system.processes.cancellation import run_to_end
from video_queue.worker.execution.outcome import MAX_CRASHES
from video_queue.worker.rendering.monitor import ComfyMonitor
from video_queue.worker.rendering.preparation import Unit
from video_queue.worker.rendering.remote_prompt import Execution, Limits, LostError, Outcome, Watch


def new_remote_id() -> str:
    """A prompt id as every version of ComfyUI takes it: a lower-case UUID."""
    return str(uuid.uuid4())


@dataclass(slots=True)
class Budget:
    """What a phase may still use of its `timeout`, over all its items; only running counts. None: no end."""

    left: float | None

    def use(self, seconds: float) -> None:
        """So much was used."""
        if self.left is not None:
            self.left = max(self.left - seconds, 0.0)


@dataclass(slots=True)
class Rendering:
    """One unit on its way. `seconds` adds up how long ComfyUI ran for it."""

    db: QueueDB
    monitor: ComfyMonitor
    clock: Clock
    claim: Claim
    phase: Phase
    unit: Unit
    watch: Watch
    budget: Budget
    stall: float
    hurry: asyncio.Event
    log: Callable[[str], None]
    overrides: Callable[[], dict[str, Any]]
    seconds: float = 0.0

    @property
    def render(self) -> Render:
        """Its place in the database."""
        return Render(self.claim.prompt_id, self.claim.attempt, self.claim.phase_seq, self.unit.item)

    async def run(self, begun: Begun) -> dict[str, Any]:
        """The outputs' names by node id.

        Raises:
            VqError: as the failure policy judges it.
            StaleAttemptError: the attempt is not current any more.
        """
        graph, freed, lowered, emptied = self.unit.graph, False, False, False
        while True:
            self._demand_sound(begun)
            outcome = await self._try(begun, graph)
            if outcome is not None:
                if outcome.kind == "success" and not is_empty(outcome.outputs):
                    return outcome.outputs
                if outcome.kind == "success" and emptied:
                    raise fail("no_output.phase", phase=self.phase.name)
                if outcome.kind == "success":
                    emptied = True
                elif outcome.kind == "interrupted" and not begun.known:
                    raise fail("comfy_lost.interrupted")
                elif outcome.kind == "error" and is_out_of_memory(outcome.error) and not freed:
                    freed = True
                    await self._free_memory()
                elif outcome.kind == "error" and is_out_of_memory(outcome.error) and self._can_lower(lowered):
                    lowered = True
                    graph = bound_graph(graph, self.overrides(), {})
                    self.log("out of memory again: trying with the values of on_oom")
                elif outcome.kind == "error":
                    raise self._explained(outcome)
            begun = await self._begin_again(crashed=outcome is None and not begun.known)

    async def _try(self, begun: Begun, graph: Graph) -> Outcome | None:
        """One try's outcome; None when ComfyUI died or, for a known prompt, has forgotten it."""
        named = with_own_names(graph, self._prefix(begun.remote_id))
        limits = Limits(self.budget.left, self.stall)
        execution = Execution(
            self.monitor, self.clock, begun.remote_id, named, self.watch, limits, self.phase.name
        )
        try:
            return await execution.render(self._extra_data(), known=begun.known)
        except LostError as lost:
            if not lost.died and not begun.known:
                raise fail("comfy_lost.gone", prompt_id=begun.remote_id) from None
            self.log(f"ComfyUI does not know {begun.remote_id} any more: it is sent again")
            return None
        except asyncio.CancelledError:
            await run_to_end(self._stop(execution))
            raise
        except VqError as error:
            await self._after_error(execution, error)
            raise
        finally:
            self.seconds += execution.seconds
            self.budget.use(execution.seconds)

    def _demand_sound(self, begun: Begun) -> None:
        if begun.crashes >= MAX_CRASHES:
            raise fail("poison.crashes", count=begun.crashes, phase=self.phase.name)

    async def _begin_again(self, *, crashed: bool) -> Begun:
        def again(conn: Connection) -> Begun:
            renders.forget_render(conn, self.render, crashed=crashed)
            return renders.begin_render(conn, self.render, new_remote_id())

        return await self.db.transact(again)

    async def _stop(self, execution: Execution) -> None:
        self.log(f"cancelling {execution.remote_id} in ComfyUI")
        if await execution.stop(self.hurry):
            await self._forget()

    async def _after_error(self, execution: Execution, error: VqError) -> None:
        if error.code in (ErrorCode.TIMEOUT, ErrorCode.STALLED):
            await execution.stop(self.hurry)
            await self._forget()
        elif error.code is ErrorCode.COMFY_UNREACHABLE and execution.was_sent:
            await self.db.transact(renders.count_crash, self.render)

    async def _forget(self) -> None:
        await self.db.transact(lambda conn: renders.forget_render(conn, self.render, crashed=False))

    async def _free_memory(self) -> None:
        self.log("out of memory: freeing memory and trying once more")
        with suppress(ComfyGoneError, ComfyAnswerError):
            if self.monitor.client:
                await self.monitor.client.free()

    def _can_lower(self, lowered: bool) -> bool:
        return not lowered and self.phase.on_oom is not None and bool(self.phase.on_oom.set)

    def _explained(self, outcome: Outcome) -> VqError:
        error = execution_error(outcome.error, self.unit.graph)
        if trace := error.details.pop("traceback", ""):
            self.log(trace)
        return error

    def _prefix(self, remote_id: str) -> str:
        """A folder for each prompt of ours, so that ComfyUI's search for a free number stays quick."""
        where = f"vq/{self.claim.job_id}.{self.claim.index}"
        return f"{where}/{self.phase.name}_{self.unit.item:06d}_{remote_id[:8]}"

    def _extra_data(self) -> dict[str, Any]:
        """Goes into ComfyUI's history as it is; `preview_method` is obeyed by servers that know it."""
        ours = {"job": self.claim.job_id, "prompt": self.claim.prompt_id, "attempt": self.claim.attempt}
        return {
            "preview_method": "auto",
            "video_queue": {**ours, "phase": self.phase.name, "item": self.unit.item},
        }
