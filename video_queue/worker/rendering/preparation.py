"""What is due next, prepared while ComfyUI renders: scope, graph with all values, files in ComfyUI's input folder.

A preparation is used only if the claim turns out to be the one it was made for, with the same values.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from video_queue.comfy.graph import Graph, bound_graph
from video_queue.comfy.input_folder import InputFolder
from video_queue.db import phases
from video_queue.db.claims import Claim, Upcoming
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.plan import PromptPlan
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase
from video_queue.media.facts_cache import FactsCache
from video_queue.services.submission.measures import measures_text
from video_queue.worker.execution.arguments import for_each_items, is_skipped, item_scope, resolved
from video_queue.worker.execution.inputs import input_paths, require_inputs
from video_queue.worker.execution.named_files import NamedFiles
from video_queue.worker.execution.reuse import PhaseReuse
from video_queue.worker.execution.reuse_key import Program
from video_queue.worker.execution.scope import read_scope
from video_queue.worker.execution.work_files import find_lost
from video_queue.worker.reading_ahead import reading_ahead
from video_queue.worker.rendering.prefetcher import Prefetcher


@dataclass(frozen=True, slots=True)
class Unit:
    """What is sent in one go: item 0 of a plain phase, or an item of `for_each`.

    `brought` are names to release; the files were brought in this `generation` of the input folder.
    """

    item: int
    graph: Graph
    values: dict[str, Any]
    files: dict[str, Any]
    brought: tuple[str, ...]
    generation: int


Key = tuple[Any, ...]
# Of a claim, with the item that comes later than the first unit.
UnitKey = tuple[Key, int | None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A phase of a prompt ready to render, with the first unit that is due. `key` is that of the claim it is made for.

    `done` are the results of finished items, `due` the items that are left; a review changed the items `edits` times.
    An equal `reuse_key` means that another prompt has made the same. `sendable`: all that comes before the first unit
    is sent was done ahead. `measures` are what its time may grow with.
    """

    key: Key
    claim: Claim
    phase: Phase
    graph: Mapping[str, Any]
    scope: dict[str, Any]
    wanted: bool = True
    items: list[Any] = field(default_factory=list)
    done: dict[int, dict[str, Any]] = field(default_factory=dict)
    edits: int = 0
    due: list[int] = field(default_factory=list)
    unit: Unit | None = None
    reuse_key: str | None = None
    sendable: bool = False
    measures: str | None = None

    @property
    def items_total(self) -> int | None:
        """How many items the phase has; None for a plain one."""
        return None if self.phase.for_each is None else len(self.items)


class Preparations:
    """Prepares prompts and their items, ahead of time or at once."""

    def __init__(
        self,
        db: QueueDB,
        facts: FactsCache,
        reuse: PhaseReuse,
        inputs: InputFolder,
        work_root: Path,
        named: NamedFiles,
        program: Callable[[], Program],
    ) -> None:
        self._db, self._facts, self._reuse, self._inputs = db, facts, reuse, inputs
        self._work_root, self._named = work_root, named
        self._program = program
        self._prefetcher: Prefetcher[UnitKey, Prepared] = Prefetcher(self._release_prepared)
        self._generation = inputs.generation

    async def take(self, claim: Claim, workflow: LoadedWorkflow) -> Prepared:
        """The prompt's phase, ready.

        Raises:
            VqError: an argument or an input file is wrong.
            ComfyGoneError: files have to be uploaded, and ComfyUI is away.
        """
        return await self._prepared_now().take((key_of(claim), None), partial(self._prepare, claim, workflow))

    def prefetch(self, claim: Claim, workflow: LoadedWorkflow) -> None:
        """Begin to prepare what is likely to be claimed soon; nothing in which the process died."""
        if not claim.crashes:
            self._prepared_now().start((key_of(claim), None), partial(self._prepare_ahead, claim, workflow))

    def begun(self, upcoming: Iterable[Upcoming]) -> bool:
        """Whether all of these prompts are prepared or being prepared.

        One that was edited meanwhile is prepared again when it is claimed.
        """
        begun = {claim_key[:3] for claim_key, item in self._prepared_now().begun() if item is None}
        return begun.issuperset(upcoming)

    def sendable(self) -> dict[Key, Prepared]:
        """What stands prepared of which the first unit may be sent at once, by the key of its claim."""
        prepared = self._prepared_now().finished()
        return {phase.key: phase for (_, item), phase in prepared.items() if item is None and phase.sendable}

    async def take_item(self, prepared: Prepared, item: int) -> Prepared:
        """The same phase with another item as its unit. Raises as `take` does."""
        return await self._prepared_now().take(
            (prepared.key, item), partial(self._prepare_item, prepared, item)
        )

    def prefetch_item(self, prepared: Prepared, item: int) -> None:
        """Begin to prepare the item that is due next."""
        self._prepared_now().start((prepared.key, item), partial(self._prepare_item, prepared, item))

    def _prepared_now(self) -> Prefetcher[UnitKey, Prepared]:
        """What is prepared for this connection; after a new one everything is prepared again."""
        if self._generation != self._inputs.generation:
            self._generation = self._inputs.generation
            self._prefetcher.drop_all()
        return self._prefetcher

    def is_there(self, unit: Unit) -> bool:
        """Whether the unit's files were brought in this connection."""
        return not unit.brought or unit.generation == self._inputs.generation

    async def bring_again(self, prepared: Prepared, unit: Unit, *, lost: bool) -> Unit:
        """The same unit, its files brought again; `lost` says that they are not where they were brought.

        Raises as `take` does.
        """
        if lost:
            self._inputs.distrust(unit.brought)
        renewed = (await self._prepare_item(prepared, unit.item)).unit
        assert renewed is not None
        self.release(unit)
        return renewed

    def drop_items(self, prepared: Prepared) -> None:
        """Give up items of this phase: nothing more of it is rendered."""
        for item in prepared.due:
            self._prefetcher.drop((prepared.key, item))

    def drop_all(self) -> None:
        """Give up everything prepared ahead: the worker ends."""
        self._prefetcher.drop_all()

    def release(self, unit: Unit, *, stays: bool = False) -> None:
        """The unit's files are not needed any more; with `stays` only here: ComfyUI may still render the unit."""
        for name in unit.brought:
            self._inputs.release(name, stays=stays)

    def _release_prepared(self, prepared: Prepared) -> None:
        if prepared.unit is not None:
            self.release(prepared.unit)

    async def _prepare_ahead(self, claim: Claim, workflow: LoadedWorkflow) -> Prepared:
        probed = await asyncio.to_thread(self._is_probed, claim, workflow)
        async with nullcontext() if probed else reading_ahead(self._db, [claim.prompt_id]):
            prepared = await self._prepare(claim, workflow)
        return replace(prepared, sendable=await self._is_sendable(claim, workflow, prepared))

    def _is_probed(self, claim: Claim, workflow: LoadedWorkflow) -> bool:
        """Whether no input is opened by a media library any more, which could end the process."""
        plan = PromptPlan.from_json(claim.plan)
        if plan.sequence:
            return False
        paths = [Path(path) for path in input_paths(plan)]
        return all(self._facts.knows(path, count_frames=workflow.counts_input_frames) for path in paths)

    async def _is_sendable(self, claim: Claim, workflow: LoadedWorkflow, prepared: Prepared) -> bool:
        """Whether nothing but sending the first unit is left: its files are there, and no output of before may do."""
        if prepared.unit is None or (claim.phase_seq == 0 and claim.skips_existing):
            return False
        return await find_lost(self._db, claim, workflow, self._work_root) is None

    async def _prepare(self, claim: Claim, workflow: LoadedWorkflow) -> Prepared:
        phase = workflow.definition.phases[claim.phase_seq]
        scope = await read_scope(self._db, self._facts, claim, workflow)
        graph, measures = workflow.graphs[phase.name], measures_text(workflow, scope, phase.uses)
        prepared = Prepared(key_of(claim), claim, phase, graph, scope, measures=measures)
        if is_skipped(phase, scope, claim):
            return replace(prepared, wanted=False)
        await asyncio.to_thread(require_inputs, phase, scope)
        await self._named.require_allowed(claim, workflow, phase, scope)
        prepared = await self._with_items(prepared, claim)
        prepared = replace(prepared, reuse_key=await self._reuse.key(claim, workflow, scope, self._program()))
        return await self._prepare_item(prepared, prepared.due[0]) if prepared.due else prepared

    async def _with_items(self, prepared: Prepared, claim: Claim) -> Prepared:
        if prepared.phase.for_each is None:
            return replace(prepared, due=[0])
        items = for_each_items(prepared.phase, prepared.scope)
        done = await self._db.read(phases.finished_items, claim.prompt_id, claim.phase_seq)
        edits = await self._db.read(phases.item_edits, claim.prompt_id, claim.phase_seq)
        due = [number for number in range(1, len(items) + 1) if number not in done]
        return replace(prepared, items=items, done=done, due=due, edits=edits)

    async def _prepare_item(self, prepared: Prepared, item: int) -> Prepared:
        phase, scope = prepared.phase, prepared.scope
        if item:
            scope = {**scope, "item": item_scope(prepared.items[item - 1], item)}
        values = resolved(phase.set, scope, phase)
        bindings = resolved(phase.files, scope, phase)
        files = {key: value for key, value in bindings.items() if value is not None}
        generation = self._inputs.generation
        names = await self._bring({key: _path(value, key, phase) for key, value in files.items()})
        graph = bound_graph(prepared.graph, values, names)
        return replace(prepared, unit=Unit(item, graph, values, files, tuple(names.values()), generation))

    async def _bring(self, paths: Mapping[str, Path]) -> dict[str, str]:
        names: dict[str, str] = {}
        try:
            for key, path in paths.items():
                names[key] = await self._inputs.bring(path)
        except BaseException:
            for name in names.values():
                self._inputs.release(name)
            raise
        return names


def key_of(claim: Claim) -> Key:
    """What a preparation rests on. An edit of the waiting prompt makes another key."""
    values = json.dumps([claim.plan, claim.params, claim.resolution], sort_keys=True, default=str)
    return claim.prompt_id, claim.attempt, claim.phase_seq, claim.workflow_hash, values


def _path(value: Any, key: str, phase: Phase) -> Path:
    """The one local file a binding under `files` gives.

    Raises:
        VqError: validation.list_for_file, media_failed.step.
    """
    if isinstance(value, list | tuple):
        raise fail("validation.list_for_file", binding=phase.files[key])
    if isinstance(value, Mapping) and isinstance(value.get("path"), str):
        return Path(value["path"])
    if isinstance(value, str) and value:
        return Path(value)
    raise fail("media_failed.step", phase=phase.name, detail=f"{phase.files[key]} is not a file")
