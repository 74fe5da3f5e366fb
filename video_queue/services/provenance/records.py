"""What is on record of a render, as a manifest: beside an output, inside it, or in the rows of a prompt."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from video_queue.db import records
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.plan import PromptPlan
from video_queue.outputs.embed import OWN, read_embedded
from video_queue.outputs.manifest import MANIFEST_SUFFIX, Manifest, manifest_path, read_manifest, with_slots
from video_queue.services.asker import Asker
from video_queue.services.jobs.lookup import Lookup
from video_queue.system.files.path_utils import normalize_input_path
from video_queue.system.files.sequences import run_images


class Records:
    """Finds the record of a render by what a caller names."""

    def __init__(self, db: QueueDB, lookup: Lookup) -> None:
        self._db, self._lookup = db, lookup

    async def at_path(self, text: str, asker: Asker) -> Manifest:
        """The record of a manifest, or of an output: beside it, else inside it.

        Raises:
            VqError: `path_not_allowed`, `not_found.file`, `not_found.record`, `validation.manifest`.
        """
        path = normalize_input_path(text).absolute()
        if asker.guard:
            asker.guard(path)
        return await asyncio.to_thread(record_at, path)

    async def of_prompt(self, reference: str) -> Manifest:
        """The record of a prompt (`12.3`): the manifest of its output, else what its rows say.

        Raises:
            VqError: `not_found`, `validation.id`.
        """
        prompt = await self._lookup.prompt(reference)
        outputs = [Path(file.path) for file in prompt.artifacts if file.role == "output"]
        if outputs and (manifest := await asyncio.to_thread(_published, outputs[-1], prompt.id)):
            return manifest
        row = await self._db.read(records.read_record, prompt.id)
        if row is None:
            raise fail("not_found.prompt", id=reference)
        return await asyncio.to_thread(_of_rows, row)

    async def of_dropped(self, text: str, name: str | None, size: int | None) -> Manifest:
        """The record in a text; the manifest of the same render where a file of this name and size has one here.

        What is embedded in an output does not name its inputs; its manifest does.

        Raises:
            VqError: `validation.manifest`.
        """
        record = parsed_record(text, name or "the text")
        if record.inputs or name is None or size is None:
            return record
        paths = await self._db.read(records.published_as, name, size)
        return await asyncio.to_thread(_same_render, record, paths) or record

    async def parent_of(self, record: Manifest) -> int | None:
        """The job of this home that made the render, if it did."""
        prompt_id, job_id = record.prompt.get("id"), record.job.get("id")
        if not (isinstance(prompt_id, int) and isinstance(job_id, int)):
            return None
        for file in record.artifacts[:1]:
            return await self._db.read(records.published_by, prompt_id, job_id, file.sha256)
        row = await self._db.read(records.read_record, prompt_id)
        same = row is not None and (row["job_id"], row["workflow_hash"]) == (job_id, record.workflow.hash)
        return job_id if same else None


def manifest_of(path: Path) -> Path:
    """The manifest of an output: beside it, or, of a file of a set, beside its folder."""
    beside = manifest_path(path)
    of_set = manifest_path(path.parent)
    return of_set if not beside.exists() and of_set.exists() else beside


def record_at(path: Path) -> Manifest:
    """The record of the manifest or output at `path`. Raises as `Records.at_path`."""
    if not path.exists():
        raise fail("not_found.file", path=str(path))
    if path.name.endswith(MANIFEST_SUFFIX) or path.suffix.lower() == ".json":
        return _required(read_manifest(path), str(path))
    beside = manifest_of(path)
    if beside.is_file():
        return _required(read_manifest(beside), str(beside))
    text = None if path.is_dir() else read_embedded(path).get(OWN)
    if text is None:
        raise fail("not_found.record", path=str(path))
    return parsed_record(text, str(path))


def parsed_record(text: str, where: str) -> Manifest:
    """The record that a text holds.

    Raises:
        VqError: `validation.manifest`.
    """
    try:
        return _required(Manifest.model_validate_json(text), where)
    except ValidationError as error:
        raise fail("validation.manifest", path=where, detail=error.errors()[0]["msg"]) from error


def _required(record: Manifest, where: str) -> Manifest:
    """The record if it says how something was rendered: every JSON object reads as a manifest."""
    if not (record.workflow.name and record.workflow.hash):
        raise fail("validation.manifest", path=where, detail="it names no workflow")
    return record


def _published(output: Path, prompt_id: int) -> Manifest | None:
    """The manifest of an output if it is there and of this prompt."""
    try:
        record = record_at(manifest_of(output))
    except VqError:
        return None
    return record if record.prompt.get("id") == prompt_id else None


def _same_render(record: Manifest, outputs: list[str]) -> Manifest | None:
    for output in outputs:
        try:
            candidate = record_at(manifest_of(Path(output)))
        except VqError:
            continue
        if _made_from(candidate) == _made_from(record):
            return candidate
    return None


def _made_from(record: Manifest) -> tuple[Any, ...]:
    return record.workflow.hash, record.params, record.seed, record.resolution


def _of_rows(row: dict[str, Any]) -> Manifest:
    plan = PromptPlan.from_json(row["plan"])
    return Manifest.model_validate(
        {
            "job": {"id": row["job_id"], "name": row["job_name"]},
            "prompt": {"id": row["prompt_id"], **plan.place},
            "workflow": {"name": row["workflow"], "hash": row["workflow_hash"]},
            "submission": json.loads(row["submission"]),
            "params": {**json.loads(row["params"]), **plan.values},
            "seed": row["seed"],
            "resolution": row["resolution"],
            "inputs": _inputs(plan, json.loads(row["files"] or "[]")),
        }
    )


def _inputs(plan: PromptPlan, taken: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As they were at their first use; before that as they were named."""
    paths = [image["path"] for image in run_images(plan.sequence)] if plan.sequence else plan.paths
    known = {file["path"]: {"bytes": file["mark"][0], "sha256": file["sha256"]} for file in taken}
    entries = [{"path": path, **known.get(path, {})} for path in paths]
    return with_slots(entries, plan.slot_names)
