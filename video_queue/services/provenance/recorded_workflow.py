"""The workflow of a recorded render as it was: the one that this home keeps, else the one that the record holds.

A definition may hold filters and commands, so it is taken from a record only for callers that may import any file.
"""

from __future__ import annotations

from typing import Any

from video_queue.db import documents
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.snapshot import LoadedWorkflow, written_out
from video_queue.outputs.manifest import Manifest, ManifestWorkflow
from video_queue.services.asker import Asker

# From here on manifests have whole numbers as text.
_LONG = 16


async def workflow_of(db: QueueDB, record: Manifest, asker: Asker) -> LoadedWorkflow:
    """The workflow that the render was made with, whatever became of its file.

    Raises:
        VqError: `unknown_workflow.recorded` where this home does not know it and the caller is not trusted,
            `validation.manifest_workflow` where the record's own is not the one that its hash names.
    """
    recorded = record.workflow
    kept = await db.read(documents.find_workflow, recorded.hash)
    if kept is not None:
        return kept
    if asker.guard is not None or not recorded.snapshot:
        raise fail("unknown_workflow.recorded", name=recorded.name, hash=recorded.hash[:12])
    return _written_out(recorded)


def _written_out(recorded: ManifestWorkflow) -> LoadedWorkflow:
    try:
        for snapshot in (recorded.snapshot, _with_numbers(recorded.snapshot)):
            workflow = written_out(snapshot["definition"], snapshot.get("graphs") or {}, recorded.hash)
            if workflow is not None:
                return workflow
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        detail = str(error).splitlines()[0]
        raise fail("validation.manifest_workflow", name=recorded.name, detail=detail) from error
    detail = "its contents have another hash"
    raise fail("validation.manifest_workflow", name=recorded.name, detail=detail)


def _with_numbers(value: Any) -> Any:
    """`value` with the whole numbers that a manifest has as text, since other readers would round them."""
    if isinstance(value, dict):
        return {key: _with_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_numbers(inner) for inner in value]
    if isinstance(value, str) and len(value) >= _LONG and value.removeprefix("-").isdecimal():
        return int(value) if value.isascii() and len(value) < 2 * _LONG else value
    return value
