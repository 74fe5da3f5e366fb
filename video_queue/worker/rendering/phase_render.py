"""One comfy phase of one prompt: its units rendered in turn, the files of each fetched while the next ones render.

Every finished item is committed by itself, so that a phase goes on where it stopped.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from video_queue.comfy.harvest import LISTS
from video_queue.db import phases, renders, reusable
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.states import PhaseState
from video_queue.worker.execution.outcome import PhaseDone, join_results, shortened
from video_queue.worker.execution.phase_folders import item_folder, phase_folder
from video_queue.worker.execution.reuse import may_reuse
from video_queue.worker.prompt_log import PromptLog
from video_queue.worker.rendering.fetching import RenderedUnit
from video_queue.worker.rendering.phase_watch import PhaseWatch
from video_queue.worker.rendering.preparation import Prepared
from video_queue.worker.rendering.tools import Tools
from video_queue.worker.rendering.units import Units, begin_phase, oom_values

# How long a verdict waits for the fetches of what is rendered.
_FETCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RenderDone:
    """ComfyUI has rendered a phase's last unit; `phase_render` fetches what is left."""

    unit: RenderedUnit
    seconds: float
    phase_render: PhaseRender = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"rendered in {self.seconds:.2f} s; fetching the files"


@dataclass(slots=True)
class PhaseRender:
    """Renders what is left of one phase. Used once."""

    tools: Tools
    claim: Claim
    prepared: Prepared
    log: PromptLog
    _seconds: float = 0.0
    _results: dict[int, dict[str, Any]] = field(default_factory=dict)
    _fetching: dict[int, asyncio.Task[dict[str, Any]]] = field(default_factory=dict)

    async def run(self) -> RenderDone | PhaseDone:
        """Render every unit that is due. A RenderDone must be committed and then fetched.

        Raises:
            VqError: what went wrong.
            StaleAttemptError: the attempt is not current any more.
        """
        prepared = self.prepared
        self._results = dict(prepared.done)
        watch = PhaseWatch(self.tools, self.claim, prepared.phase, max(len(prepared.items), 1))
        units = Units(self.tools, self.claim, prepared, self.log, watch, self._keep_results)
        stays = False
        try:
            return await self._render_units(units) if prepared.due else await self._already_done()
        except asyncio.CancelledError:
            stays = self.tools.shutting_down.is_set()
            self._cancel_fetching()
            raise
        except BaseException as error:
            stays = isinstance(error, VqError) and error.code is ErrorCode.COMFY_UNREACHABLE
            await self._wait_for_fetching()  # what is rendered is kept: the next attempt goes on from there
            raise
        finally:
            await units.close(stays=stays)
            self._seconds = units.seconds
            await watch.close()

    async def _already_done(self) -> PhaseDone:
        claim, now = self.claim, self.tools.clock.iso()
        place = (claim.prompt_id, claim.attempt, claim.phase_seq, self.prepared.phase.name)
        await self.tools.db.transact(phases.start_phase, *place, now, self.prepared.measures)
        return await self._phase_done()

    async def _render_units(self, units: Units) -> RenderDone:
        due = self.prepared.due
        units.start(due[0], due[1] if len(due) > 1 else None)
        for item, following, then in zip_longest(due, due[1:], due[2:]):
            if following is not None:
                await units.until_sent(item)
                units.start(following, then)
            unit = await units.result(item)
            if following is not None:
                await self.tools.db.transact(_note_outputs, unit)
                self._fetch(unit)
        return RenderDone(unit, units.seconds, self)

    # --- fetching

    def _fetch(self, unit: RenderedUnit) -> None:
        item = unit.render.item
        folder = phase_folder(self.tools.settings.work_root, self.claim, self.prepared.phase)
        self._fetching[item] = self.tools.fetches.start(
            unit, item_folder(folder, item, self.prepared.edits), folder
        )

    async def _keep_results(self) -> None:
        """Of fetches that are done; an error of one is raised."""
        for item in [item for item, task in self._fetching.items() if task.done()]:
            self._results[item] = self._fetching.pop(item).result()

    async def fetch(self, rendered: RenderDone) -> PhaseDone:
        """Fetch what is left; the phase's result.

        Raises:
            VqError: bad_output, comfy_lost.outputs, comfy_unreachable, disk_full.
            StaleAttemptError: the attempt is not current any more.
        """
        self._fetch(rendered.unit)
        try:
            await asyncio.gather(*self._fetching.values())
        except asyncio.CancelledError:
            self._cancel_fetching()
            raise
        except BaseException:
            await self._wait_for_fetching()
            raise
        await self._keep_results()
        return await self._phase_done()

    async def _wait_for_fetching(self) -> None:
        """But not for one that hangs: its outputs' names are on record, and it is fetched again."""
        if self._fetching:
            await asyncio.wait(self._fetching.values(), timeout=_FETCH_SECONDS)
            self._cancel_fetching()

    def _cancel_fetching(self) -> None:
        for task in self._fetching.values():
            task.cancel()
            task.add_done_callback(_ignore_result)

    # --- the result

    async def _phase_done(self) -> PhaseDone:
        phase, unit, monitor = self.prepared.phase, self.prepared.unit, self.tools.monitor
        place = (self.claim.prompt_id, self.claim.phase_seq)
        lowered = await self.tools.db.read(renders.lowered_items, *place) if phase.on_oom else []
        about: dict[str, Any] = {
            "comfyui": {"url": monitor.client.url if monitor.client else None, "version": monitor.version}
        }
        if lowered:
            about["applied"] = "on_oom"
        if phase.for_each is None and unit is not None:
            values = unit.values | (oom_values(self.prepared, 0) if lowered else {})
            return self._done(self._results[0], shortened({"set": values, "files": unit.files}) | about)
        if lowered:
            about["items"] = lowered
        empty: dict[str, Any] = {name: [] for name in LISTS}
        joined = join_results([self._results[item] for item in sorted(self._results)])
        return self._done(empty | joined, about)

    def _done(self, result: dict[str, Any], arguments: dict[str, Any]) -> PhaseDone:
        return PhaseDone(PhaseState.SUCCEEDED, result, arguments, seconds=self._seconds)


def begin_first(conn: Connection, claim: Claim, prepared: Prepared, remote_id: str, now: str) -> Claim:
    """The claim with its first render begun; as it is where another prompt has made the same by now."""
    key = prepared.reuse_key
    if key is not None and may_reuse(claim) and reusable.find_phases(conn, key, claim.prompt_id):
        return claim
    return replace(claim, begun=begin_phase(conn, claim, prepared, remote_id, now))


def _note_outputs(conn: Connection, unit: RenderedUnit) -> None:
    renders.note_outputs(conn, unit.render, unit.outputs, last=False)


def _ignore_result(task: asyncio.Task[dict[str, Any]]) -> None:
    """Of a cancelled fetch: the outputs' names are on record."""
    if not task.cancelled():
        task.exception()
