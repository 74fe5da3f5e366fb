"""A graph becomes a draft: converted where it is an editor's, read for its parameters, compared with what ComfyUI has.

Loaded with the first import: no start of a server waits for it.
"""

from __future__ import annotations

from video_queue.comfy.conversion.convert import convert
from video_queue.comfy.importing.draft import RENDER, Draft, make_draft
from video_queue.comfy.importing.source import GraphSource
from video_queue.comfy.node_catalogue import ObjectInfo
from video_queue.comfy.preflight import preflight
from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import Problem
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.services.workflows.workflow_files import WorkflowFile


def draft_from(source: GraphSource, info: ObjectInfo | None, name: str) -> tuple[Draft, list[Problem]]:
    """The draft, and what could not be read; what ran is believed before what the editor showed."""
    if info is None and not source.api:
        raise fail("validation.import_no_catalogue")
    converted = convert(source.editor, info) if source.editor and info else None
    graph = source.api or (converted.graph if converted else {})
    if not graph:
        details = "; ".join(item.message for item in converted.problems) if converted else "it is empty"
        raise fail("validation.import_graph", detail=details or "it has no nodes")
    titles = converted.titles if converted else {}
    draft = make_draft(name, graph, info, titles, converted.groups if converted else {})
    warnings = [] if info else [problem("validation.import_blind", (RENDER,))]
    for item in converted.problems if converted and not source.api else ():
        where = f"{item.title or item.class_type} ({item.node_id})" if item.node_id else "the workflow"
        warnings.append(
            problem("validation.import_node", (RENDER, item.node_id), where=where, detail=item.message)
        )
    return draft, warnings


def refused_by_comfy(file: WorkflowFile, draft: Draft, info: ObjectInfo | None) -> list[Problem]:
    """What this ComfyUI would refuse: nodes and models that it does not have."""
    if file.definition is None or info is None:
        return []
    values = {name: [value] for name, value in draft.values.items()}
    return preflight(LoadedWorkflow(file.definition, file.graphs), values, info)
