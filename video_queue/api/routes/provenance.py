"""Where outputs come from, over HTTP: are they still what was published."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from video_queue.api.deps import AskerDep, VerifierDep
from video_queue.api.resource import resource_router
from video_queue.domain.verification import Verification

router = resource_router("outputs")

_Path = Annotated[str, Field(max_length=4096)]


class VerifyBody(BaseModel):
    """What to verify: a job or prompt (`id`), or a folder, manifest or output (`path`).

    With `seconds` the answer comes after that time, and its `cursor` goes on.
    """

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(max_length=40)] | None = None
    path: _Path | None = None
    cursor: _Path | None = None
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> VerifyBody:
        if (self.id is None) == (self.path is None):
            raise ValueError("give either id or path")
        return self


@router.post("/verify", summary="Compare outputs with what was published")
async def verify(body: VerifyBody, verifier: VerifierDep, asker: AskerDep) -> Verification:
    """By size and sha256; missing, changed and unreadable files are named, and manifests that cannot be read."""
    if body.id is not None:
        return await verifier.verify_id(body.id, body.cursor, body.seconds)
    return await verifier.verify_path(body.path or "", asker, body.cursor, body.seconds)
