"""Workflows over HTTP: the list with problems, one definition, the form of its parameters, its presets."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path as PathParameter
from fastapi import Response

from video_queue.api.deps import ComfyChecksDep, PresetsDep, WorkflowServiceDep
from video_queue.api.resource import resource_router
from video_queue.domain.views import Page
from video_queue.services.submission.presets import Preset, PresetValues
from video_queue.services.workflows.workflow_service import WorkflowInfo

router = resource_router("workflows", "/workflows")

WorkflowName = Annotated[str, PathParameter(max_length=300)]
PresetName = Annotated[str, PathParameter(max_length=300)]


@router.get("", summary="All workflows, broken ones with their problems")
async def list_workflows(workflows: WorkflowServiceDep, checks: ComfyChecksDep) -> Page[WorkflowInfo]:
    """By name; the artist's own win over shipped ones of the same name. `warnings`: what ComfyUI would refuse."""
    return Page[WorkflowInfo](items=await asyncio.to_thread(lambda: checks.with_warnings(workflows.list())))


@router.get("/{name}", summary="One workflow's definition")
async def get_workflow(
    name: WorkflowName, workflows: WorkflowServiceDep, checks: ComfyChecksDep
) -> dict[str, Any]:
    """The definition's keys, with `source`, `shipped`, `problems` and `warnings` beside them."""
    [info] = await asyncio.to_thread(lambda: checks.with_warnings([workflows.info(name)]))
    definition = info.definition.model_dump(mode="json", by_alias=True) if info.definition else {}
    return {**definition, **info.model_dump(mode="json", exclude={"definition"})}


@router.get("/{name}/schema", summary="JSON Schema of a workflow's parameters, with x-ui")
async def get_workflow_schema(name: WorkflowName, workflows: WorkflowServiceDep) -> dict[str, Any]:
    """What a form is drawn from."""
    return await asyncio.to_thread(workflows.schema, name)


@router.get("/{name}/presets", summary="A workflow's presets")
async def list_presets(name: WorkflowName, presets: PresetsDep) -> Page[Preset]:
    """By name."""
    return Page[Preset](items=await asyncio.to_thread(presets.list_presets, name))


@router.get("/{name}/presets/{preset}", summary="One preset")
async def get_preset(name: WorkflowName, preset: PresetName, presets: PresetsDep) -> Preset:
    """The values to put into a submission."""
    return await asyncio.to_thread(presets.get, name, preset)


@router.put("/{name}/presets/{preset}", summary="Keep a preset")
async def put_preset(
    name: WorkflowName, preset: PresetName, values: PresetValues, presets: PresetsDep
) -> Preset:
    """In place of one of the same name. Values that the workflow does not take are refused, all at once."""
    return await asyncio.to_thread(presets.put, name, preset, values)


@router.delete("/{name}/presets/{preset}", status_code=204, summary="Take a preset away")
async def delete_preset(name: WorkflowName, preset: PresetName, presets: PresetsDep) -> Response:
    """204, or 404 where there is none."""
    await asyncio.to_thread(presets.delete, name, preset)
    return Response(status_code=204)
