"""A review as the worker sees it: entered with its items, and its splits and merges done.

Where phases lie between the list that the items come from and the gate, that list is changed and they run for the new
items; else the gate waits again with the new items at once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from video_queue.db import phases, reviews
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.db.review_edits import EditedItems
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.fan_out import FanOut, fan_out_of, items_of, split_of
from video_queue.domain.media.phases import PhaseKind
from video_queue.domain.media.values import path_of
from video_queue.domain.references import whole_reference
from video_queue.domain.review import (
    Decision,
    Gate,
    asked_again,
    edited_list,
    entered,
    is_file,
    ranges_of,
    with_pieces,
)
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase
from video_queue.worker.execution.arguments import resolved
from video_queue.worker.execution.outcome import ItemsEdited, ReviewEntered
from video_queue.worker.execution.phase_folders import path_in_phase, prompt_folder
from video_queue.worker.execution.work_files import describe_files

# Runs a phase with this item in its scope; its result as JSON.
Make = Callable[[Phase, dict[str, Any]], Awaitable[dict[str, Any]]]

_SPLIT = {"source": "{{ item.source }}", "at_frame": "{{ item.at_frame }}"}
_MERGE = {"inputs": "{{ item.inputs }}"}
# The artist sees why an edit cannot be done; anything else goes the way of every phase.
_EXPLAINED = (ErrorCode.MEDIA_FAILED, ErrorCode.BAD_OUTPUT, ErrorCode.INPUT_MISSING, ErrorCode.VALIDATION)


@dataclass(frozen=True, slots=True)
class GateStep:
    """One step of a prompt that stands at a gate."""

    db: QueueDB
    work_root: Path
    claim: Claim
    workflow: LoadedWorkflow
    scope: dict[str, Any]
    make: Make

    async def run(self) -> ReviewEntered | ItemsEdited:
        """The gate entered with what waits for a decision, or the list that its items come from edited.

        Raises:
            VqError: what passes by itself, a full disk for example.
        """
        claim, phase = self.claim, self.workflow.definition.phases[self.claim.phase_seq]
        kept: Gate = {"decisions": []} | await self.db.read(
            reviews.pending_gate, claim.prompt_id, claim.phase_seq
        )
        fan_out = await self._fan_out()
        if "edits" not in kept:
            items = resolved(phase.with_["items"], self.scope, phase)
            between = (
                [self.workflow.definition.phases[seq].name for seq in fan_out.between] if fan_out else []
            )
            kept |= self._origin(phase)
            gate = entered(items if isinstance(items, list) else [items], kept, between)
            return ReviewEntered(phase.name, gate)
        edits = [Decision.model_validate(edit) for edit in kept["edits"]]
        left = {key: value for key, value in kept.items() if key != "edits"}
        try:
            if fan_out is None or not kept.get("between"):
                pieces = {edit.item: await self._pieces(phase, left["items"], edit) for edit in edits}
                return ReviewEntered(phase.name, with_pieces(left, pieces, edits))
            return await self._edited_list(phase, left, edits, fan_out)
        except VqError as error:
            if error.code not in _EXPLAINED:
                raise
            return ReviewEntered(phase.name, left | {"problem": f"{error.message}. {error.hint}"})

    def _origin(self, phase: Phase) -> Gate:
        """The file that the items are of, and what the phase that found them calls them; empty where none did."""
        maker, field = self._maker(phase.with_["items"])
        while maker is not None and maker.kind is PhaseKind.REVIEW:
            maker, field = self._maker(maker.with_["items"])
        if maker is None or maker.for_each is not None or "source" not in maker.with_:
            return {}
        source = path_of(resolved(maker.with_["source"], self.scope, maker))
        return {"source": source, "field": field} if isinstance(source, str) else {}

    def _maker(self, value: Any) -> tuple[Phase | None, str]:
        """The phase whose result `value` is, and the field."""
        reference = whole_reference(value)
        for path in reference.paths if reference else ():
            if len(path) == 3 and path[0] == "phases" and path[2] in self.scope["phases"].get(path[1], {}):
                return self.workflow.definition.phase(path[1]), path[2]
        return None, ""

    async def _fan_out(self) -> FanOut | None:
        """What lies before the gate, if each item of those phases gave exactly one of the next."""
        definition, seq = self.workflow.definition, self.claim.phase_seq
        fan_out = fan_out_of(definition, seq, self.scope["phases"])
        for place, field in fan_out.links if fan_out else ():
            items = await self.db.read(phases.finished_items, self.claim.prompt_id, place)
            values = [result.get(field) for result in items.values()]
            if any(isinstance(value, list) and len(value) != 1 for value in values):
                return None
        return fan_out

    async def _pieces(self, phase: Phase, items: list[Any], edit: Decision) -> list[Any]:
        """Clips split or merged by ffmpeg."""
        item = items[edit.item - 1]
        if edit.do == "split":
            return await self._split(phase, item, edit, edit.at_frame or 0)
        merge = phase.model_copy(update={"uses": "media.merge", "with_": _MERGE})
        numbers = sorted([edit.item, *edit.others])
        parts = [items[number - 1] for number in numbers]
        clip = (await self.make(merge, {"index": edit.item, "inputs": [part["path"] for part in parts]}))[
            "file"
        ]
        return [{**clip, **_shared_place(parts)}]

    async def _split(self, phase: Phase, item: Any, edit: Decision, at: int) -> list[Any]:
        split = phase.model_copy(update={"uses": "media.split", "with_": _SPLIT})
        result = await self.make(split, {"index": edit.item, "source": item["path"], "at_frame": [at]})
        return _placed(item, result["children"])

    # --- a list that phases lie behind

    async def _edited_list(
        self, phase: Phase, gate: Gate, edits: list[Decision], fan_out: FanOut
    ) -> ItemsEdited:
        source = self.scope["phases"][fan_out.phase]
        items = source[fan_out.field]
        pieces = {edit.item: await self._new_items(phase, gate["items"], items, edit) for edit in edits}
        edited, moved = edited_list(items, pieces, edits)
        result = {**source, fan_out.field: edited}
        reused, unclear = await self._reused_items(fan_out, len(items))
        again = sorted({*fan_out.again, *unclear})
        edit = EditedItems(
            seq=fan_out.seq,
            result=result,
            files=json.dumps(await asyncio.to_thread(self._described, result, fan_out.seq)),
            moved=moved,
            parallel=[seq for seq in fan_out.parallel if seq not in unclear],
            again=again,
            gate=asked_again(gate, len(edited), moved),
            lane=self.workflow.lanes[fan_out.between[0]],
            reused=reused,
        )
        return ItemsEdited(phase.name, fan_out.phase, edit)

    async def _new_items(self, phase: Phase, shown: list[Any], items: list[Any], edit: Decision) -> list[Any]:
        """What takes the place of one item of the list, or of several."""
        item = items[edit.item - 1]
        if edit.do == "merge":
            files = is_file(item)
            return await self._pieces(phase, items, edit) if files else ranges_of(items, edit)
        pieces = split_of(edit, shown[edit.item - 1], item)
        return pieces if isinstance(pieces, list) else await self._split(phase, item, edit, pieces)

    async def _reused_items(
        self, fan_out: FanOut, count: int
    ) -> tuple[dict[int, list[tuple[dict[str, Any], str]]], set[int]]:
        """The items of phases that were reused as a whole, and the phases of which that cannot be told."""
        reused: dict[int, list[tuple[dict[str, Any], str]]] = {}
        unclear: set[int] = set()
        for seq in fan_out.parallel:
            if await self.db.read(phases.finished_items, self.claim.prompt_id, seq):
                continue
            results = items_of(self.scope["phases"][self.workflow.definition.phases[seq].name], count)
            if results is None:
                unclear.add(seq)
            else:
                files = [json.dumps(await asyncio.to_thread(self._described, each, seq)) for each in results]
                reused[seq] = list(zip(results, files, strict=True))
        return reused, unclear

    def _described(self, result: dict[str, Any], seq: int) -> list[Any]:
        """The files of a result that the phase at `seq` made, or the gate."""
        prompt = prompt_folder(self.work_root, self.claim.job_id, self.claim.index)

        def is_own(path: Path) -> bool:
            return any(path_in_phase(path, prompt, phase) for phase in (seq, self.claim.phase_seq))

        return describe_files(result, is_own)


def _placed(item: dict[str, Any], children: list[dict[str, Any]]) -> list[Any]:
    """The parts of a clip with their place in the footage that it was cut from, where it says its own."""
    if not _has_place(item):
        return children
    parts, first = [], item["start_frame"]
    for child in children:
        end = first + (child.get("frames") or 0)
        place = {"parent": item["parent"], "start_frame": first, "end_frame": end, "name": item.get("name")}
        parts.append({**child, **place})
        first = end
    return parts


def _shared_place(clips: list[Any]) -> dict[str, Any]:
    """The place of joined clips, where each goes on where the one before ends."""
    first, last = clips[0], clips[-1]
    if not all(_has_place(clip) and clip["parent"] == first["parent"] for clip in clips):
        return {}
    if any(before["end_frame"] != after["start_frame"] for before, after in pairwise(clips)):
        return {}
    place = {"parent": first["parent"], "start_frame": first["start_frame"], "end_frame": last["end_frame"]}
    return place | {"name": first.get("name")}


def _has_place(item: Any) -> bool:
    keys = ("parent", "start_frame", "end_frame")
    return isinstance(item, dict) and all(item.get(key) is not None for key in keys)
