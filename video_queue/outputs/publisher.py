"""Publishing a prompt's output files, complete or not at all.

stage -> validate -> commit the intent -> publish without replacing -> manifest; the caller then commits
`succeeded` with the artifacts and drops the intent, in one transaction. An output is one file `NAME.ext`, or, if
the phase made several, one folder `NAME/` that appears as a whole; either has one manifest beside it.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.outputs.embed import embed_workflow, workflow_tags
from video_queue.outputs.intent import Intent, IntentFile, Publication
from video_queue.outputs.naming import folder_below, free_name, set_names
from video_queue.outputs.plan import OutputPlan, PlannedFile
from video_queue.outputs.publish_method import Checkpoint, PublishMethod, no_checkpoint, publish_method
from video_queue.outputs.roll_forward import CommitIntent, roll_forward, stage_manifest
from video_queue.outputs.staging import (
    OutputArea,
    make_output_folder,
    make_staging_folder,
    remove_staging_folder,
    stage_file,
)
from video_queue.outputs.validate import Expected, validate_output
from video_queue.system.files.durable import sync_and_hash, sync_folder, writing_to
from video_queue.system.files.names import safe_file_name
from video_queue.system.files.path_utils import parts_below


async def publish(
    plan: OutputPlan,
    area: OutputArea,
    *,
    commit_intent: CommitIntent,
    method: PublishMethod | None = None,
    stop: threading.Event | None = None,
    checkpoint: Checkpoint = no_checkpoint,
) -> Publication:
    """Publish the files of `plan`, complete under a free name, and their manifest.

    Until `commit_intent` has returned nothing is visible and a failure leaves nothing behind; from then on a crash
    is repaired by `roll_forward` with the intent that was committed last. Do not cancel it then. `method` forces a
    form of publishing; `checkpoint` is called after each step, with its name.

    Raises:
        VqError: `bad_output.*`, `not_found.file` and `no_output.phase` (permanent); `disk_full.write` and
            `output_unavailable.folder` (wait, and try again).
        StoppedError: `stop` was set while a file was being checked.
    """
    folder = folder_below(plan.output_dir, plan.reldir)
    tags = workflow_tags(plan.manifest) if plan.embed else {}
    preparation = _Preparation(plan, area, method, stop, folder, tags)
    intent = await asyncio.to_thread(preparation.prepare)
    try:
        checkpoint("staged")
        await commit_intent(intent)
    except Exception:
        # Should it have been committed all the same, `roll_forward` finds nothing and asks for a new publication.
        await asyncio.to_thread(remove_staging_folder, Path(intent.staging))
        raise
    checkpoint("intent")
    return await roll_forward(intent, commit_intent=commit_intent, checkpoint=checkpoint)


@dataclass(frozen=True, slots=True)
class _Preparation:
    """Everything before the intent: stage, validate, sync, choose a free name."""

    plan: OutputPlan
    area: OutputArea
    method: PublishMethod | None
    stop: threading.Event | None
    folder: Path
    tags: dict[str, str]

    def prepare(self) -> Intent:
        """The intent, with all its files staged; a failure leaves nothing behind."""
        plan = self.plan
        if not plan.files:
            raise fail("no_output.phase", phase=plan.name)
        with writing_to(self.folder):
            make_output_folder(self.area, plan.output_dir, self.folder, plan.mount)
            root = self.area.staging_root(plan.output_dir)
            staging = make_staging_folder(root, f"p{plan.prompt_id}-a{plan.attempt}")
        try:
            return self._stage_all(staging)
        except BaseException:
            remove_staging_folder(staging)
            raise

    def _stage_all(self, staging: Path) -> Intent:
        plan, is_set, stem = self.plan, len(self.plan.files) > 1, safe_file_name(self.plan.name)
        ext = "" if is_set else _extension(plan.files[0].source)
        unit = staging / f"output{ext}"
        if is_set:
            with writing_to(self.folder):
                unit.mkdir()
            names = set_names(stem, [(file.kind, _extension(file.source)) for file in plan.files])
            files = [
                self._stage(file, unit / name, name) for file, name in zip(plan.files, names, strict=True)
            ]
        else:
            files = [self._stage(plan.files[0], unit, "", shown=stem + ext)]
        with writing_to(self.folder):
            intent = Intent(
                prompt_id=plan.prompt_id, job_id=plan.job_id, attempt=plan.attempt, staging=str(staging),
                staged=str(unit), stem=stem, ext=ext, is_set=is_set,
                final=str(free_name(self.folder, stem, ext)),
                method=_method(self.method, staging, of_folder=is_set),
                manifest_method=_method(self.method, staging, of_folder=False), files=files,
                manifest=plan.manifest,
            )  # fmt: skip
            stage_manifest(intent)
            for path in (unit, staging, staging.parent) if is_set else (staging, staging.parent):
                sync_folder(path)
        return intent

    def _stage(self, file: PlannedFile, target: Path, member: str, *, shown: str = "") -> IntentFile:
        """One file in the staging folder: tagged where its container allows, synced, and read to its end."""
        if not file.source.is_file():
            raise fail("not_found.file", path=str(file.source))
        with writing_to(self.folder):
            if embed_workflow(file.source, target, self.tags):
                digest = sync_and_hash(target)
            else:
                is_ours = parts_below(file.source, self.area.work_root) is not None
                digest = stage_file(file.source, target, may_link=is_ours)
        expected = file.expected or Expected(file.kind)
        facts = validate_output(target, expected, name=shown or member, stop=self.stop)
        whole = facts.model_dump() | {"sha256": digest}
        return IntentFile(member=member, source=str(file.source), kind=file.kind, **whole)


def _method(forced: PublishMethod | None, staging: Path, *, of_folder: bool) -> PublishMethod:
    if forced is None or (of_folder and forced is PublishMethod.LINK):
        return publish_method(staging, of_folder=of_folder)
    return forced


def _extension(path: Path) -> str:
    return safe_file_name("x" + path.suffix, limit=32)[1:]
