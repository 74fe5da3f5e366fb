"""What a finished prompt publishes: its files, their name, and the manifest, all read from rows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.comfy.node_catalogue import Offer
from video_queue.db import attempts, model_files, phases, prompt_edits, queue_state
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.model_files import FileState
from video_queue.db.prompt_inputs import StoredInputs, get_inputs
from video_queue.db.queue_db import QueueDB
from video_queue.domain.plan import PromptPlan
from video_queue.domain.references import (
    MissingReferenceError,
    Reference,
    as_text,
    find_value,
    split_template,
)
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import InputKind
from video_queue.media.facts_cache import FactsCache
from video_queue.media.ffmpeg_binary import locate, version_line
from video_queue.outputs.manifest import build_manifest, tool_versions, with_slots
from video_queue.outputs.plan import OutputPlan, PlannedFile
from video_queue.outputs.validate import Expected
from video_queue.services.clock import Clock
from video_queue.services.comfyui import comfy_info
from video_queue.settings import Settings
from video_queue.system.files.collect import EXTENSIONS, extension
from video_queue.worker.execution.inputs import KnownInput, read_inputs
from video_queue.worker.execution.reuse_key import Program
from video_queue.worker.execution.scope import claim_scope
from video_queue.worker.rendered_with import RenderedWith, add_graphs

_TEXTS = frozenset({"srt", "vtt", "ass", "txt", "json", "csv", "edl", "fcpxml", "otio"})


class OutputPlans:
    """Makes output plans; stateless but for its tools."""

    def __init__(
        self,
        db: QueueDB,
        settings: Settings,
        clock: Clock,
        facts: FactsCache,
        comfy: Callable[[], Program],
    ) -> None:
        self._db, self._settings, self._clock, self._facts = db, settings, clock, facts
        self._comfy = comfy

    async def plan(self, claim: Claim, workflow: LoadedWorkflow, files: list[PlannedFile]) -> OutputPlan:
        """The plan for `files`, with the manifest of what was done so far.

        Raises:
            VqError: input_missing, input_unreadable.
        """
        plan, now = PromptPlan.from_json(claim.plan), self._clock.iso()
        record = await self._db.read(_read_record, claim, now)
        counts = workflow.counts_input_frames
        inputs = await read_inputs(self._db, self._facts, claim, record.inputs, count_frames=counts)
        scope = claim_scope(claim, workflow, record.results, inputs)
        return OutputPlan(
            prompt_id=claim.prompt_id,
            job_id=claim.job_id,
            attempt=claim.attempt,
            output_dir=Path(claim.output_dir),
            reldir=plan.reldir,
            name=_filled(plan.output_name, scope),
            files=files,
            manifest=await self._manifest(claim, workflow, plan, record, inputs, scope, now),
            mount=claim.output_mount,
        )

    async def _manifest(
        self,
        claim: Claim,
        workflow: LoadedWorkflow,
        plan: PromptPlan,
        record: _Record,
        inputs: list[KnownInput],
        scope: Mapping[str, Any],
        now: str,
    ) -> dict[str, Any]:
        comfyui = comfy_info(self._settings, record.lanes if workflow.graphs else []).version
        notes = record.notes
        ffmpeg, rendered = await asyncio.to_thread(self._tools, workflow, record, scope)
        return build_manifest(
            job={"id": claim.job_id, "name": claim.job_name},
            prompt={"id": claim.prompt_id, **plan.place},
            workflow={
                "name": workflow.definition.name,
                "hash": workflow.hash,
                "snapshot": {**json.loads(workflow.snapshot), "graphs": workflow.graphs},
            },
            params={**claim.params, **plan.values},
            seed=None if claim.seed is None else int(claim.seed),
            inputs=with_slots([file.manifest_entry() for file in inputs], plan.slot_names),
            phases=record.timings,
            attempts=record.attempts,
            models=rendered.model_entries(await self._hashes(rendered)),
            node_packs=rendered.pack_entries(),
            tools=tool_versions(ffmpeg=ffmpeg, comfyui=comfyui),
            created_at=now,
            submission=claim.submission,
            resolution=claim.resolution,
            tags=notes["tags"],
            note=notes["note"],
            rating=notes["rating"],
        )

    def _tools(
        self, workflow: LoadedWorkflow, record: _Record, scope: Mapping[str, Any]
    ) -> tuple[str, RenderedWith]:
        """The version of ffmpeg, and what was rendered with; both look at files."""
        return version_line(locate(self._settings.ffmpeg)), self._add_graphs(workflow, record, scope)

    def _add_graphs(
        self, workflow: LoadedWorkflow, record: _Record, scope: Mapping[str, Any]
    ) -> RenderedWith:
        for entry in record.timings:
            phase = workflow.definition.phase(entry["name"])
            entry["uses"] = phase.uses if phase else ""
        if not workflow.graphs:
            return RenderedWith({}, ())
        catalogue = self._comfy().catalogue
        return add_graphs(record.timings, workflow, scope, catalogue.offer() if catalogue else Offer())

    async def _hashes(self, rendered: RenderedWith) -> Mapping[FileState, str | None]:
        """What is known of the contents of models; those that are new are hashed when nothing runs."""
        if not (files := rendered.files):
            return {}
        known = await self._db.read(model_files.known_hashes, files)
        if new := [file for file in files if file not in known]:
            await self._db.transact(model_files.request_hashes, new)
        return known


@dataclass(frozen=True, slots=True)
class _Record:
    """What rows say of a prompt that is to be published."""

    lanes: list[dict[str, Any]]
    notes: dict[str, Any]
    inputs: StoredInputs | None
    results: dict[str, dict[str, Any]]
    timings: list[dict[str, Any]]
    attempts: list[dict[str, Any]]


def _read_record(conn: Connection, claim: Claim, now: str) -> _Record:
    (notes,) = prompt_edits.read_notes(conn, claim.job_id, claim.prompt_id)
    return _Record(
        queue_state.read_lanes(conn),
        notes,
        get_inputs(conn, claim.prompt_id),
        phases.phase_results(conn, claim.prompt_id),
        phases.phase_timings(conn, claim.prompt_id),
        attempts.read_attempts(conn, claim.prompt_id, claim.attempt, now),
    )


def _filled(name: str, scope: Mapping[str, Any]) -> str:
    """An output's name with what is known by now; what leads nowhere (a skipped phase) stays as it is written."""
    try:
        parts = split_template(name)
    except ValueError:  # a long name was cut inside one
        return name
    return "".join(part if isinstance(part, str) else _known(part, scope) for part in parts)


def _known(reference: Reference, scope: Mapping[str, Any]) -> str:
    try:
        return as_text(find_value(reference, scope))
    except MissingReferenceError:
        return reference.text


def planned_files(result: Mapping[str, Any]) -> list[PlannedFile]:
    """The files of a phase's result: its `file`, else every file of its lists, in order."""
    if isinstance(result.get("file"), dict):
        files = [result["file"]]
    else:
        lists = [value for value in result.values() if isinstance(value, list)]
        files = [item for items in lists for item in items if isinstance(item, dict) and item.get("path")]
    # A comfy phase over items names each file twice: in `images`, say, and in `file`.
    return [_planned(file) for file in {file["path"]: file for file in files}.values()]


def _planned(file: Mapping[str, Any]) -> PlannedFile:
    source = Path(file["path"])
    kind = _kind(source)
    if kind in ("video", "audio"):
        expected = Expected(kind, frames=file.get("frames"), duration=file.get("duration"))
    else:
        expected = Expected(kind)
    return PlannedFile(source=source, kind=kind, expected=expected)


def _kind(path: Path) -> str:
    """The kind of an artifact by its extension."""
    ext = extension(path.name)
    if ext in _TEXTS:
        return "text"
    kinds = (InputKind.VIDEO, InputKind.IMAGE, InputKind.AUDIO)
    return next((kind.value for kind in kinds if ext in EXTENSIONS[kind]), "other")
