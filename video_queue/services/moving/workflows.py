"""The workflows of a queue file: those that this home keeps already, else those that the file brings.

What the file brings is checked as a workflow file is; the files that it names are those that the asker may name.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from video_queue.db import documents
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.snapshot import LoadedWorkflow, from_snapshot
from video_queue.services.asker import PathGuard
from video_queue.services.moving.archive import Archive
from video_queue.services.workflows.definition_checks import check_definition
from video_queue.services.workflows.named_paths import require_allowed_literals


async def workflows_of(
    db: QueueDB, archive: Archive, hashes: Collection[str], guard: PathGuard | None
) -> dict[str, LoadedWorkflow]:
    """Each workflow by its hash.

    Raises:
        VqError: `validation.queue_file` where the file lacks one, or brings one that would not work.
        ProblemsError: `path_not_allowed`.
    """
    workflows = {}
    for hash_ in sorted(hashes):
        kept = await db.read(documents.find_workflow, hash_)
        workflows[hash_] = kept or _brought(archive, hash_)
        if not kept:
            require_allowed_literals(workflows[hash_].definition.model_dump(), guard)
    return workflows


def _brought(archive: Archive, hash_: str) -> LoadedWorkflow:
    text = archive.documents([hash_]).get(hash_)
    if text is None:
        raise _refused(archive, hash_, "it is not in the file")
    try:
        graphs: Mapping[str, str] = json.loads(text).get("graphs", {})
        texts = archive.documents(graphs.values())
        workflow = from_snapshot(text, {phase: texts[graph] for phase, graph in graphs.items()})
        # What was read is written again when the job is: the same, so that the hash names it.
        if workflow.hash != hash_:
            raise _refused(archive, hash_, "it has another hash")
        findings = check_definition(workflow.definition, workflow.graphs)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _refused(archive, hash_, str(error).splitlines()[0]) from error
    if findings:
        where = ".".join(str(step) for step in findings[0].where)
        raise _refused(archive, hash_, f"{where}: {findings[0].detail}")
    return workflow


def _refused(archive: Archive, hash_: str, detail: str) -> Exception:
    detail = f"its workflow {hash_[:12]} cannot be used: {detail}"[:300]
    return fail("validation.queue_file", path=str(archive.path), detail=detail)
