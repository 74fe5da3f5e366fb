"""Shared presets over HTTP: values that every workflow takes as far as they fit it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Path as PathParameter
from fastapi import Response

from video_queue.api.deps import PresetsDep
from video_queue.api.resource import resource_router
from video_queue.domain.views import Page
from video_queue.services.submission.presets import PresetValues, SharedPreset

router = resource_router("presets", "/presets")

_Name = Annotated[str, PathParameter(max_length=300)]


@router.get("", summary="The presets that all workflows share")
async def list_shared_presets(presets: PresetsDep) -> Page[SharedPreset]:
    """By name, whole. What a workflow takes of them: `GET /workflows/{name}/presets`."""
    return Page[SharedPreset](items=await asyncio.to_thread(presets.list_shared))


@router.put("/{name:path}", summary="Keep a preset for all workflows")
async def put_shared_preset(name: _Name, values: PresetValues, presets: PresetsDep) -> SharedPreset:
    """In place of one of the same name. Parameters that no workflow has are refused."""
    return await asyncio.to_thread(presets.put_shared, name, values)


@router.delete("/{name:path}", status_code=204, summary="Take a shared preset away")
async def delete_shared_preset(name: _Name, presets: PresetsDep) -> Response:
    """204, or 404 where there is none."""
    await asyncio.to_thread(presets.delete_shared, name)
    return Response(status_code=204)
