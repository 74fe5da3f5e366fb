"""From a finished prompt to its published files: what to publish, under which name, with which manifest.

The careful part (staging, validating, names, roll-forward) is `worker/outputs`; this room feeds it from rows.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from video_queue.comfy.graph import recorded_graph
from video_queue.db import phases, prompt_edits, publications, queue_state
from video_queue.db.artifacts import NewArtifact
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.prompts import PromptResult, persist_prompt_result
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.plan import PromptPlan
from video_queue.domain.references import resolve
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import PromptState
from video_queue.domain.workflow import InputKind
from video_queue.media.ffmpeg_binary import locate, version_line
from video_queue.media.reading import StoppedError
from video_queue.outputs.carry_out import IntentLostError, abandon_intent
from video_queue.outputs.intent import Intent, Publication, dump_intent, load_intent
from video_queue.outputs.manifest import build_manifest, describe_input, tool_versions
from video_queue.outputs.publisher import OutputPlan, PlannedFile, publish, published_before, roll_forward
from video_queue.outputs.staging import output_area
from video_queue.outputs.validate import Expected
from video_queue.services.clock import Clock
from video_queue.services.system_info import comfy_info
from video_queue.settings import Settings
from video_queue.system.files.collect import EXTENSIONS, extension
from video_queue.system.files.sequences import run_images
from video_queue.system.processes.cancellation import shield_until_done
from video_queue.worker.prompt_log import PromptLog

_TEXTS = frozenset({"srt", "vtt", "ass", "txt", "json"})


ScopeOf = Callable[[Claim, LoadedWorkflow], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to; `commit(conn, claim=, now=)` ends the prompt with it."""

    commit: Callable[..., object]
    summary: str
    leftovers: list[Path]


class Publishing:
    """Publishes the output phase's files of prompts whose phases are all finished."""

    def __init__(self, db: QueueDB, settings: Settings, clock: Clock, scope: ScopeOf) -> None:
        self._db, self._settings, self._clock, self._scope = db, settings, clock, scope
        self._area = output_area(settings)

    async def publish(self, claim: Claim, workflow: LoadedWorkflow, log: PromptLog) -> Published:
        """Publish, and say what to commit.

        Raises:
            VqError: `bad_output`, `no_output`, `disk_full`, `output_unavailable`.
            StaleAttemptError: the attempt is not current any more.
        """
        results = await self._db.read(phases.phase_results, claim.prompt_id)
        files = _planned_files(results.get(workflow.definition.output.phase, {}))
        if not files:
            raise fail("no_output.phase", phase=workflow.definition.output.phase)
        plan = await self._plan(claim, workflow, files)
        made = await self._carry_out_earlier(claim) or await self._publish_anew(claim, plan)
        for file in made.files:
            log.line(f"published {file.path} ({file.bytes} bytes, sha256 {file.sha256})")
        return _published(made, workflow.definition.output.phase)

    async def _carry_out_earlier(self, claim: Claim) -> Publication | None:
        """What an interrupted attempt had already decided to publish, if it is still to be had."""
        stored = await self._db.read(publications.get_intent, claim.prompt_id)
        if stored is None:
            return None
        intent, stale = load_intent(stored[0]), stored[1]
        if stale:
            await asyncio.to_thread(abandon_intent, intent)
            return None
        try:
            return await shield_until_done(
                roll_forward(intent, commit_intent=partial(self._commit_intent, claim))
            )
        except IntentLostError:
            return None

    async def _publish_anew(self, claim: Claim, plan: OutputPlan) -> Publication:
        """Cancellable until the intent is committed; from then on it is carried out to its end."""
        stop, committed = threading.Event(), False

        async def commit_intent(intent: Intent) -> None:
            nonlocal committed
            await self._commit_intent(claim, intent)
            committed = True

        work = asyncio.ensure_future(publish(plan, self._area, commit_intent=commit_intent, stop=stop))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if not committed:
                stop.set()
            try:
                return await work
            except StoppedError:
                raise asyncio.CancelledError from None

    async def find_earlier(self, claim: Claim, workflow: LoadedWorkflow) -> Published | None:
        """For `if_exists: skip`: the intact output of the same render, if it is there already."""
        if claim.submission.get("if_exists") != "skip":
            return None
        plan = await self._plan(claim, workflow, [])
        found = await asyncio.to_thread(published_before, plan)
        return _published(found, workflow.definition.output.phase) if found else None

    async def _plan(self, claim: Claim, workflow: LoadedWorkflow, files: list[PlannedFile]) -> OutputPlan:
        stored = PromptPlan.from_json(claim.plan)
        timings = await self._db.read(phases.phase_timings, claim.prompt_id)
        (notes,) = await self._db.read(prompt_edits.read_notes, claim.job_id, claim.prompt_id)
        for timing in timings:
            timing.update(await self._uses(claim, workflow, timing["name"]))
        lanes = await self._db.read(queue_state.read_lanes) if workflow.graphs else []
        manifest = await asyncio.to_thread(
            self._manifest, claim, workflow, stored, timings, notes, comfy_info(self._settings, lanes).version
        )
        return OutputPlan(
            prompt_id=claim.prompt_id,
            job_id=claim.job_id,
            attempt=claim.attempt,
            output_dir=Path(claim.output_dir),
            reldir=stored.reldir,
            name=str(resolve(stored.output_name, {"job": {"id": claim.job_id, "name": claim.job_name}})),
            files=files,
            manifest=manifest,
            if_exists="skip" if claim.submission.get("if_exists") == "skip" else "version",
        )

    async def _uses(self, claim: Claim, workflow: LoadedWorkflow, name: str) -> dict[str, Any]:
        """What a phase used: its kind, and for ComfyUI the graph as it was sent."""
        phase = workflow.definition.phase(name)
        if phase is None:
            return {}
        if name not in workflow.graphs:
            return {"uses": phase.uses}
        scope = await self._scope(claim, workflow)
        return {"uses": phase.uses, "graph": recorded_graph(phase, workflow.graphs[name], scope)}

    def _manifest(
        self,
        claim: Claim,
        workflow: LoadedWorkflow,
        plan: PromptPlan,
        timings: list[dict[str, Any]],
        notes: dict[str, Any],
        comfyui: str | None,
    ) -> dict[str, Any]:
        return build_manifest(
            job={"id": claim.job_id, "name": claim.job_name},
            prompt={"id": claim.prompt_id, "index": claim.index},
            workflow={
                "name": workflow.definition.name,
                "hash": workflow.hash,
                "snapshot": {**json.loads(workflow.snapshot), "graphs": workflow.graphs},
            },
            params={**claim.params, **plan.values},
            seed=claim.seed if claim.seed is None else int(claim.seed),
            inputs=[describe_input(path) for path in _input_files(plan)],
            phases=timings,
            attempts=[{"attempt": claim.attempt, "failures": claim.failures}],
            tools=tool_versions(ffmpeg=version_line(locate(self._settings.ffmpeg)), comfyui=comfyui),
            created_at=self._clock.iso(),
            submission=claim.submission,
            resolution=claim.resolution,
            tags=notes["tags"],
            note=notes["note"],
            rating=notes["rating"],
        )

    async def _commit_intent(self, claim: Claim, intent: Intent) -> None:
        await self._db.transact(
            publications.store_intent, claim.prompt_id, claim.attempt, dump_intent(intent)
        )


def commit_publication(
    conn: Connection, prompt_id: int, attempt: int, phase: str, made: Publication, now: str
) -> None:
    """End a prompt as succeeded with its published files.

    Raises:
        StaleAttemptError: the attempt is not current any more.
    """
    artifacts = tuple(
        NewArtifact(
            phase=phase,
            kind=file.kind,
            role="output",
            name=Path(file.path).name,
            path=file.path,
            bytes=file.bytes,
            width=file.width,
            height=file.height,
            frames=file.frames,
            fps=file.fps,
            duration=file.duration,
            sha256=file.sha256,
        )
        for file in made.files
    )
    result = PromptResult(PromptState.SUCCEEDED, artifacts=artifacts, skipped=made.skipped)
    persist_prompt_result(conn, prompt_id, attempt, result, now)
    phases.relocate_results(conn, prompt_id, {f.source: f.path for f in made.files if f.source})


def _published(made: Publication, phase: str) -> Published:
    def commit(conn: Connection, *, claim: Claim, now: str) -> None:
        commit_publication(conn, claim.prompt_id, claim.attempt, phase, made, now)

    verb = "found already published" if made.skipped else "published"
    leftovers = [Path(file.source) for file in made.files if file.source]
    return Published(commit, f"{verb}: {len(made.files)} file(s)", leftovers)


def _planned_files(result: Mapping[str, Any]) -> list[PlannedFile]:
    """The files of a phase's result: its `file`, else every file of its lists, in order."""
    if isinstance(result.get("file"), dict):
        found = [result["file"]]
    else:
        lists = [value for value in result.values() if isinstance(value, list)]
        found = [one for values in lists for one in values if isinstance(one, dict) and one.get("path")]
    # A comfy phase over items names each file twice: in `images`, say, and in `file`.
    return [_planned(file) for file in {file["path"]: file for file in found}.values()]


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


def _input_files(plan: PromptPlan) -> list[Path]:
    if plan.sequence:
        return [Path(image["path"]) for image in run_images(plan.sequence)]
    paths = [*plan.inputs, *(path for files in plan.slots.values() for path in files)]
    return [Path(path) for path in paths]
