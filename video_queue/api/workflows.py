"""Workflows over HTTP: the list with problems, one definition, the form of its parameters."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as PathParameter

from video_queue.api.deps import Workflows
from video_queue.domain.views import Page
from video_queue.services.workflow_service import WorkflowInfo

router = APIRouter(prefix="/workflows", tags=["workflows"])

WorkflowName = Annotated[str, PathParameter(max_length=300)]


@router.get("", summary="All workflows, broken ones with their problems")
async def list_workflows(workflows: Workflows) -> Page[WorkflowInfo]:
    """By name; the artist's own win over shipped ones of the same name."""
    return Page[WorkflowInfo](items=await asyncio.to_thread(workflows.list))


@router.get("/{name}", summary="One workflow's definition")
async def get_workflow(name: WorkflowName, workflows: Workflows) -> dict[str, Any]:
    """The definition's keys, with `source`, `shipped` and `problems` beside them."""
    info = await asyncio.to_thread(workflows.info, name)
    definition = info.definition.model_dump(mode="json", by_alias=True) if info.definition else {}
    return {**definition, **info.model_dump(mode="json", exclude={"definition"})}


@router.get("/{name}/schema", summary="JSON Schema of a workflow's parameters, with x-ui")
async def get_workflow_schema(name: WorkflowName, workflows: Workflows) -> dict[str, Any]:
    """What a form is drawn from."""
    return await asyncio.to_thread(workflows.schema, name)
