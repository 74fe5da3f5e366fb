"""One unit of a comfy phase rendered to its end: sent, followed, and tried again where the failure policy says so.

Out of memory: `/free` and once more, then the phase's `on_oom` values, then the error. No output: once more under
other names. ComfyUI died: again, at most three times. Each try has a prompt id of its own, committed before it is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from video_queue.comfy.client import ComfyAnswerError, ComfyGoneError
from video_queue.comfy.errors.failures import execution_error, is_out_of_memory
from video_queue.comfy.graph import Graph, bound_graph
from video_queue.comfy.harvest import has_foreign_files, is_empty
from video_queue.db import renders
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.renders import Begun, Render
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.failure_policy import (
    MAX_CRASHES,
    TRIES_EMPTY,
    TRIES_INTERRUPTED,
    MemoryStep,
    next_memory_step,
)
from video_queue.domain.workflow import Phase
from video_queue.worker.rendering.outgoing import graph_to_send, mark_of, new_remote_id, with_our_data
from video_queue.worker.rendering.preparation import Unit
from video_queue.worker.rendering.remote_outcome import Outcome
from video_queue.worker.rendering.remote_prompt import Budget, Limits, LostError, RemotePrompt, Watch
from video_queue.worker.rendering.send_ahead import SentAhead
from video_queue.worker.rendering.tools import Tools


@dataclass(slots=True)
class UnitRender:
    """One unit rendered to its end. `seconds` adds up how long ComfyUI ran for it."""

    tools: Tools
    claim: Claim
    phase: Phase
    unit: Unit
    watch: Watch
    budget: Budget
    stall: float
    log: Callable[[str], None]
    overrides: Callable[[], dict[str, Any]]
    bring_again: Callable[[Unit, bool], Awaitable[Unit]]
    is_front: Callable[[], bool]
    seconds: float = 0.0
    _graph: Graph = field(default_factory=dict)
    _times_empty: int = 0
    _freed_memory: bool = False
    _lowered: bool = False
    _lost_files: bool = False
    _died: bool = False
    _partly_accepted: bool = False

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
        self._graph = self.unit.graph
        while True:
            if begun.crashes >= MAX_CRASHES:
                raise fail("poison.crashes", count=begun.crashes, phase=self.phase.name)
            outcome = await self._try(begun)
            if outcome is not None and (outputs := await self._outputs(outcome, begun)) is not None:
                return outputs
            begun = await self._begin_again()

    async def _outputs(self, outcome: Outcome, begun: Begun) -> dict[str, Any] | None:
        """What the try gave; None where it is worth another."""
        match outcome.kind:
            case "success":
                return self._checked(outcome.outputs, begun.remote_id)
            case "interrupted" if not begun.known:
                await self._forget()
                raise fail("comfy_lost.interrupted", tries=TRIES_INTERRUPTED)
            case "error":
                await self._react_to_error(outcome)
        return None

    def _checked(self, outputs: dict[str, Any], remote_id: str) -> dict[str, Any] | None:
        if not is_empty(outputs) and not has_foreign_files(outputs, self._graph, mark_of(remote_id)):
            return outputs
        self._times_empty += 1
        if self._times_empty >= TRIES_EMPTY:
            raise fail("no_output.phase", phase=self.phase.name)
        return None

    async def _react_to_error(self, outcome: Outcome) -> None:
        """Bring files that are gone, free memory, then render with the values of `on_oom`; other errors are raised."""
        step: MemoryStep | None = None
        if is_out_of_memory(outcome.error):
            step = next_memory_step(freed=self._freed_memory, can_lower=self._can_lower)
        if not self._lost_files and self._names_brought_file(outcome.error.get("exception_message")):
            await self._bring_lost_files()
        elif step is MemoryStep.FREE:
            self._freed_memory = True
            await self._free_memory()
        elif step is MemoryStep.LOWER:
            self._lowered = True
            self._graph = self._bound()
            self.log("out of memory again: trying with the values of on_oom")
        else:
            await self._forget()
            raise await self._explained(outcome)

    @property
    def _can_lower(self) -> bool:
        return not self._lowered and self.phase.on_oom is not None and bool(self.phase.on_oom.set)

    async def _try(self, begun: Begun) -> Outcome | None:
        """One try's outcome; None when ComfyUI died, has forgotten a known prompt, or has lost the unit's files."""
        ahead = self.tools.ahead.take(begun.remote_id)
        if not begun.known and not ahead and not self.tools.preparations.is_there(self.unit):
            await self._bring_files(lost=False)
        remote = self._remote_prompt(begun.remote_id, ahead)
        try:
            return await remote.render(with_our_data(*self._sent_as), known=begun.known)
        except LostError as lost:
            # Behind another unit it has not begun: it neither killed ComfyUI nor lost any work.
            if not lost.died and not begun.known and self.is_front():
                await self._forget()
                raise fail("comfy_lost.gone", prompt_id=begun.remote_id) from None
            self._died = lost.died and self.is_front() and not (begun.known or remote.was_ended)
            self.log(f"ComfyUI does not know {begun.remote_id} any more: it is sent again")
            return None
        except VqError as error:
            await self._after_error(remote, error)
            refused = error.code is ErrorCode.COMFY_REJECTED and self._names_brought_file(error.details)
            if self._lost_files or not refused:
                raise
            self._partly_accepted = remote.was_sent
            await self._bring_lost_files()
            return None
        finally:
            self.seconds += remote.seconds
            self.budget.use(remote.seconds)

    def _remote_prompt(self, remote_id: str, ahead: SentAhead | None) -> RemotePrompt:
        graph = graph_to_send(self._graph, *self._sent_as, remote_id)
        limits, tools, phase = Limits(self.budget, self.stall), self.tools, self.phase.name
        return RemotePrompt(tools.monitor, tools.clock, remote_id, graph, self.watch, limits, phase, ahead)

    @property
    def _sent_as(self) -> tuple[Claim, str, int]:
        return self.claim, self.phase.name, self.unit.item

    def _names_brought_file(self, complaint: object) -> bool:
        text = str(complaint)
        return any(name in text for name in self.unit.brought)

    async def _bring_lost_files(self) -> None:
        """Once: they may have gone between the sending and the node that reads them."""
        self._lost_files = True
        self.log("ComfyUI has lost the files that were brought to it: they are brought again")
        await self._bring_files(lost=True)

    async def _bring_files(self, *, lost: bool) -> None:
        self.unit = await self.bring_again(self.unit, lost)
        self._graph = self._bound()

    def _bound(self) -> Graph:
        """The unit's graph, with the values of `on_oom` once they are needed."""
        return bound_graph(self.unit.graph, self.overrides(), {}) if self._lowered else self.unit.graph

    async def _begin_again(self) -> Begun:
        crashed, self._died = self._died, False
        gone, self._partly_accepted = not self._partly_accepted, False

        def again(conn: Connection) -> Begun:
            renders.forget_render(conn, self.render, crashed=crashed, gone=gone)
            return renders.begin_render(conn, self.render, new_remote_id(), lowered=self._lowered)

        return await self.tools.db.transact(again)

    async def _after_error(self, remote: RemotePrompt, error: VqError) -> None:
        if error.code is ErrorCode.COMFY_REJECTED and not remote.was_sent:
            await self._forget()
        elif error.code is ErrorCode.COMFY_UNREACHABLE and self._has_run(remote):
            await self.tools.db.transact(renders.count_crash, self.render)

    def _has_run(self, remote: RemotePrompt) -> bool:
        """Whether ComfyUI may have died of it: sent, with nothing of ours before it, and not ended by ourselves."""
        return remote.was_sent and self.is_front() and not remote.was_ended

    async def _forget(self) -> None:
        """ComfyUI does not have it any more; what is not forgotten and not waited for is ended there."""
        await self.tools.db.transact(lambda conn: renders.forget_render(conn, self.render, crashed=False))

    async def _free_memory(self) -> None:
        self.log("out of memory: freeing memory and trying once more")
        with suppress(ComfyGoneError, ComfyAnswerError):
            if client := self.tools.monitor.client:
                await client.free()

    async def _explained(self, outcome: Outcome) -> VqError:
        error = execution_error(outcome.error, self.unit.graph, await self.tools.monitor.offer())
        if trace := error.details.pop("traceback", ""):
            self.log(trace)
        return error
