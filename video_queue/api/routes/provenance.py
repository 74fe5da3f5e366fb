"""Where outputs come from, over HTTP: are they still what was published, the same once more, their settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from video_queue.api.deps import AskerDep, RecordsDep, ReplaysDep, VerifierDep, WorkflowServiceDep
from video_queue.api.resource import resource_router
from video_queue.domain.verification import Verification
from video_queue.domain.views import SubmittedJob
from video_queue.outputs.manifest import Manifest
from video_queue.services.asker import Asker
from video_queue.services.provenance.records import Records
from video_queue.services.provenance.replaying import ReplayOptions
from video_queue.services.provenance.restoring import Restored, restore

router = resource_router("outputs")

_Path = Annotated[str, Field(max_length=4096)]
_Id = Annotated[str, Field(max_length=40)]


class VerifyBody(BaseModel):
    """What to verify: a job or prompt (`id`), or a folder, manifest or output (`path`).

    With `seconds` the answer comes after that time, and its `cursor` goes on.
    """

    model_config = ConfigDict(extra="forbid")

    id: _Id | None = None
    path: _Path | None = None
    cursor: _Path | None = None
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> VerifyBody:
        if (self.id is None) == (self.path is None):
            raise ValueError("give either id or path")
        return self


class ReplayBody(ReplayOptions):
    """Which render: an output or manifest (`path`), or a prompt (`id`, `12.3`); and what may be another."""

    id: _Id | None = None
    path: _Path | None = None

    @model_validator(mode="after")
    def _names_one(self) -> ReplayBody:
        if (self.id is None) == (self.path is None):
            raise ValueError("give either id or path")
        return self


class RestoreBody(BaseModel):
    """Whose settings: an output or manifest (`path`), a prompt (`id`), or the `text` of a manifest or inside an output.

    With `name` and `bytes` the output that the text is from is looked for among those of this home.
    """

    model_config = ConfigDict(extra="forbid")

    id: _Id | None = None
    path: _Path | None = None
    text: str | None = None
    name: Annotated[str, Field(max_length=300)] | None = None
    bytes: Annotated[int, Field(ge=0, lt=2**63)] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> RestoreBody:
        if sum(value is not None for value in (self.id, self.path, self.text)) != 1:
            raise ValueError("give one of id, path and text")
        return self


@router.post("/verify", summary="Compare outputs with what was published")
async def verify(body: VerifyBody, verifier: VerifierDep, asker: AskerDep) -> Verification:
    """By size and sha256; missing, changed and unreadable files are named, and manifests that cannot be read."""
    if body.id is not None:
        return await verifier.verify_id(body.id, body.cursor, body.seconds)
    return await verifier.verify_path(body.path or "", asker, body.cursor, body.seconds)


@router.post("/replay", status_code=201, summary="Render an output once more")
async def replay(body: ReplayBody, records: RecordsDep, replays: ReplaysDep, asker: AskerDep) -> SubmittedJob:
    """A new job with the workflow, values and inputs of then; `warnings` say what is another now."""
    record = await _record(records, asker, body.id, body.path)
    return await replays.replay(record, body, asker)


@router.post("/restore", summary="The settings of an output as a submission")
async def restore_settings(
    body: RestoreBody, records: RecordsDep, workflows: WorkflowServiceDep, asker: AskerDep
) -> Restored:
    """To be changed and submitted; writes nothing. `warnings` say what has no place in the workflow of today."""
    if body.text is not None:
        record = await records.of_dropped(body.text, body.name, body.bytes)
    else:
        record = await _record(records, asker, body.id, body.path)
    return await restore(record, workflows, asker)


async def _record(records: Records, asker: Asker, reference: str | None, path: str | None) -> Manifest:
    if reference is not None:
        return await records.of_prompt(reference)
    return await records.at_path(path or "", asker)
