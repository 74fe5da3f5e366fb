"""What forms can offer, over HTTP. What only ComfyUI knows is empty and stale while it is away."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Path as PathParameter
from fastapi import Query

from video_queue.api.bodies import Choices, OptionsFeed
from video_queue.api.deps import CatalogueDep, DatabaseDep, PresetsDep, SettingsDep, WorkflowServiceDep
from video_queue.api.resource import resource_router
from video_queue.comfy.node_catalogue import COMFY_INPUT, SOURCES, is_source
from video_queue.db import queue_state
from video_queue.domain.actions import JOB_ACTIONS, PROMPT_ACTIONS
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.states import Lane
from video_queue.media import ffmpeg_binary
from video_queue.services.comfyui import comfy_is_connected
from video_queue.settings import Settings

router = resource_router("options", "/options")

LOCAL_SOURCES = ("encoders", "caption_styles")


@router.get("", summary="What a form for jobs can offer")
async def get_options(
    workflows: WorkflowServiceDep, presets: PresetsDep, settings: SettingsDep
) -> OptionsFeed:
    """Workflows that can be run, presets (`WORKFLOW/NAME`), this ffmpeg's encoders, lanes, actions, sources."""
    infos = await asyncio.to_thread(workflows.list)
    return OptionsFeed(
        workflows=[info.name for info in infos if not info.problems],
        presets=await asyncio.to_thread(presets.names),
        encoders=await asyncio.to_thread(_encoders, settings),
        lanes=[lane.value for lane in Lane],
        actions={"job": list(JOB_ACTIONS), "prompt": list(PROMPT_ACTIONS)},
        sources=[*SOURCES, *LOCAL_SOURCES, f"{COMFY_INPUT}Class.input"],
    )


@router.get("/{source}", summary="The values of one option source")
async def get_choices(
    source: Annotated[str, PathParameter(max_length=300)],
    settings: SettingsDep,
    catalogue: CatalogueDep,
    db: DatabaseDep,
    q: Annotated[str, Query(max_length=300)] = "",
) -> Choices:
    """Those that hold `q`, case ignored."""
    stale = False
    if is_source(source):
        items = await asyncio.to_thread(catalogue.options, source)
        stale = not comfy_is_connected(await db.read(queue_state.read_lanes))
    elif source in LOCAL_SOURCES:
        items = await asyncio.to_thread(_encoders, settings) if source == "encoders" else []
    else:
        raise fail("not_found.source", name=source)
    return Choices(items=[item for item in items if q.casefold() in item.casefold()], stale=stale)


def _encoders(settings: Settings) -> list[str]:
    """The video encoders that this ffmpeg lists and video_queue knows."""
    try:
        listed = ffmpeg_binary.encoders(ffmpeg_binary.locate(settings.ffmpeg))
    except VqError:
        return []
    known = dict.fromkeys(name for names in ffmpeg_binary.ENCODERS.values() for name in names)
    return [name for name in known if name in listed]
