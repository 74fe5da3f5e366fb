"""Workflows over HTTP: the list with problems, one definition, the form of its parameters, its presets."""

from __future__ import annotations

import asyncio
import shutil
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import Path as PathParameter
from fastapi import Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from video_queue.api.bodies import IMPORT_SCHEMA, ImportBody
from video_queue.api.deps import (
    AskerDep,
    ComfyChecksDep,
    ImportsDep,
    PresetsDep,
    SettingsDep,
    WorkflowServiceDep,
)
from video_queue.api.resource import resource_router
from video_queue.api.uploads import UPLOAD_FORM, receive_upload
from video_queue.domain.views import Page
from video_queue.services.asker import Asker
from video_queue.services.submission.presets import Preset, PresetValues
from video_queue.services.workflows.importing.imports import ImportedWorkflow, Imports
from video_queue.services.workflows.workflow_service import WorkflowInfo

router = resource_router("workflows", "/workflows")

WorkflowName = Annotated[str, PathParameter(max_length=300)]
PresetName = Annotated[str, PathParameter(max_length=300)]
_IMPORT_BODY = {
    "required": True,
    "content": {**UPLOAD_FORM, "application/json": {"schema": IMPORT_SCHEMA}},
}


@router.get("", summary="All workflows, broken ones with their problems")
async def list_workflows(workflows: WorkflowServiceDep, checks: ComfyChecksDep) -> Page[WorkflowInfo]:
    """By name; the artist's own win over shipped ones of the same name. `warnings`: what ComfyUI would refuse."""
    return Page[WorkflowInfo](items=await asyncio.to_thread(lambda: checks.with_warnings(workflows.list())))


@router.post("/import", summary="A ComfyUI workflow as a draft", openapi_extra={"requestBody": _IMPORT_BODY})
async def import_workflow(
    request: Request,
    imports: ImportsDep,
    settings: SettingsDep,
    asker: AskerDep,
    save: Annotated[str | None, Query(max_length=100, description="Store it under this name")] = None,
    force: Annotated[bool, Query(description="In place of a workflow of that name")] = False,
) -> ImportedWorkflow:
    """From `file` (a form), or `path`, `text` or a changed `draft` (JSON). It is only read; nothing of it is run."""
    await imports.learn_nodes()
    content_type = request.headers.get("content-type", "")
    if content_type.lower().startswith("multipart/"):
        upload = await receive_upload(content_type, request.stream(), settings.cache_dir / "imports")
        try:
            imported = await asyncio.to_thread(imports.read_upload, Path(upload.path), save)
        finally:
            await asyncio.to_thread(shutil.rmtree, Path(upload.path).parent, True)
    else:
        imported = await asyncio.to_thread(_read_body, await request.body(), imports, asker, save)
    return (
        await asyncio.to_thread(partial(imports.save, imported, force=force, asker=asker))
        if save
        else imported
    )


def _read_body(text: bytes, imports: Imports, asker: Asker, name: str | None) -> ImportedWorkflow:
    try:
        body = ImportBody.model_validate_json(text)
    except ValidationError as error:
        errors = [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        raise RequestValidationError(errors) from None
    if body.path is not None:
        return imports.read_file(body.path, asker, name)
    return imports.revise(body.draft, name) if body.draft else imports.read_pasted(body.text or "", name)


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


@router.get("/{name}/presets/{preset:path}", summary="One preset")
async def get_preset(name: WorkflowName, preset: PresetName, presets: PresetsDep) -> Preset:
    """The values to put into a submission."""
    return await asyncio.to_thread(presets.get, name, preset)


@router.put("/{name}/presets/{preset:path}", summary="Keep a preset")
async def put_preset(
    name: WorkflowName, preset: PresetName, values: PresetValues, presets: PresetsDep
) -> Preset:
    """In place of one of the same name. Values that the workflow does not take are refused, all at once."""
    return await asyncio.to_thread(presets.put, name, preset, values)


@router.delete("/{name}/presets/{preset:path}", status_code=204, summary="Take a preset away")
async def delete_preset(name: WorkflowName, preset: PresetName, presets: PresetsDep) -> Response:
    """204, or 404 where there is none."""
    await asyncio.to_thread(presets.delete, name, preset)
    return Response(status_code=204)
