"""The next prompt made ready while this one renders: its scope, its graph with all values, its files in place.

What was made ready is used only if the claim turns out to be the one that was foreseen, with the same values.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from video_queue.comfy.client import ComfyGoneError
from video_queue.comfy.graph import Graph, bound_graph
from video_queue.comfy.input_folder import InputFolder
from video_queue.db import phases
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase
from video_queue.media.facts_cache import FactsCache
from video_queue.worker.execution.arguments import for_each_items, is_skipped, item_scope, resolved
from video_queue.worker.execution.reuse import PhaseReuse
from video_queue.worker.execution.scope import read_scope

_KEPT = 4


@dataclass(frozen=True, slots=True)
class Unit:
    """One render to be: item 0 of a plain phase, or an item of `for_each`. `brought` are names to release."""

    item: int
    graph: Graph
    values: dict[str, Any]
    files: dict[str, Any]
    brought: tuple[str, ...]


@dataclass(slots=True)
class Prepared:
    """A phase of a prompt ready to render. `done` are the results of finished items, `due` the items that are left.

    `key` tells what it is made from: another prompt may have made the same.
    """

    phase: Phase
    graph: Mapping[str, Any]
    scope: dict[str, Any]
    wanted: bool = True
    items: list[Any] = field(default_factory=list)
    done: dict[int, dict[str, Any]] = field(default_factory=dict)
    due: list[int] = field(default_factory=list)
    first: Unit | None = None
    key: str | None = None


Key = tuple[Any, ...]


class Preparations:
    """Makes prompts ready, ahead of time or at once."""

    def __init__(self, db: QueueDB, facts: FactsCache, reuse: PhaseReuse, inputs: InputFolder) -> None:
        self._db, self._facts, self._reuse, self._inputs = db, facts, reuse, inputs
        self._ahead: dict[Key, asyncio.Task[Prepared]] = {}

    async def take(self, claim: Claim, workflow: LoadedWorkflow) -> Prepared:
        """The prompt's phase, ready: what was prepared ahead if it fits, else prepared now.

        Raises:
            VqError: an argument or an input file is wrong.
            ComfyGoneError: files have to be uploaded, and ComfyUI is away.
        """
        task = self._ahead.pop(_key(claim), None)
        if task is not None:
            with suppress(VqError, ComfyGoneError, OSError):
                return await task
        return await self._prepare(claim, workflow)

    def foresee(self, claim: Claim, workflow: LoadedWorkflow) -> None:
        """Begin to make ready what is likely to be claimed soon."""
        key = _key(claim)
        if key in self._ahead:
            return
        task = asyncio.ensure_future(self._prepare(claim, workflow))
        task.add_done_callback(_look_at)
        self._ahead[key] = task
        while len(self._ahead) > _KEPT:
            self._drop(next(iter(self._ahead)))

    def drop_all(self) -> None:
        """Forget what was prepared: ComfyUI is another one, or the worker ends."""
        for key in list(self._ahead):
            self._drop(key)

    async def unit(self, prepared: Prepared, item: int) -> Unit:
        """One item ready to render, its files in ComfyUI's input folder.

        Raises:
            VqError: an argument or an input file is wrong.
            ComfyGoneError: files have to be uploaded, and ComfyUI is away.
        """
        phase = prepared.phase
        scope = prepared.scope
        if item:
            scope = {**scope, "item": item_scope(prepared.items[item - 1], item)}
        values = resolved(phase.set, scope, phase)
        files = {key: one for key, one in resolved(phase.files, scope, phase).items() if one is not None}
        names = await self._bring({key: _path(one, key, phase) for key, one in files.items()})
        return Unit(
            item=item,
            graph=bound_graph(prepared.graph, values, names),
            values=values,
            files=files,
            brought=tuple(names.values()),
        )

    def release(self, unit: Unit) -> None:
        """The unit's files are not needed in ComfyUI any more."""
        for name in unit.brought:
            self._inputs.release(name)

    async def _prepare(self, claim: Claim, workflow: LoadedWorkflow) -> Prepared:
        phase = workflow.definition.phases[claim.phase_seq]
        scope = await read_scope(self._db, self._facts, claim, workflow)
        prepared = Prepared(phase, workflow.graphs[phase.name], scope)
        if is_skipped(phase, scope, claim):
            prepared.wanted = False
            return prepared
        if phase.for_each is None:
            prepared.due = [0]
        else:
            prepared.items = for_each_items(phase, scope)
            prepared.done = await self._db.read(phases.finished_items, claim.prompt_id, claim.phase_seq)
            numbers = range(1, len(prepared.items) + 1)
            prepared.due = [number for number in numbers if number not in prepared.done]
        prepared.key = await self._reuse.key(claim, workflow, scope)
        if prepared.due:
            prepared.first = await self.unit(prepared, prepared.due[0])
        return prepared

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

    def _drop(self, key: Key) -> None:
        task = self._ahead.pop(key)
        if not task.done():
            task.cancel()
        elif not task.cancelled() and task.exception() is None:
            first = task.result().first
            if first is not None:
                self.release(first)


def _key(claim: Claim) -> Key:
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


def _look_at(task: asyncio.Task[Prepared]) -> None:
    """An error of a preparation ahead of time comes again when it is due, and is told then."""
    if not task.cancelled():
        task.exception()
