"""What forms can offer, over HTTP. What only ComfyUI knows is empty and stale while it is away."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as PathParameter

from video_queue.api.bodies import Choices, OptionsFeed
from video_queue.api.deps import SettingsNow, Workflows
from video_queue.domain.actions import JOB_ACTIONS, PROMPT_ACTIONS
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.states import Lane
from video_queue.services import ffmpeg_binary
from video_queue.settings import Settings

router = APIRouter(prefix="/options", tags=["options"])

COMFY_SOURCES = ("loras", "checkpoints", "vaes", "upscalers", "samplers", "schedulers")
LOCAL_SOURCES = ("encoders", "caption_styles")
_COMFY_INPUT = "comfy:"


@router.get("", summary="What a form for jobs can offer")
async def get_options(workflows: Workflows, settings: SettingsNow) -> OptionsFeed:
    """Workflows that can be run, encoders of this ffmpeg, lanes, actions and the option sources."""
    found = await asyncio.to_thread(workflows.list)
    return OptionsFeed(
        workflows=[info.name for info in found if not info.problems],
        presets=[],
        encoders=await asyncio.to_thread(_encoders, settings),
        lanes=[lane.value for lane in Lane],
        actions={"job": list(JOB_ACTIONS), "prompt": list(PROMPT_ACTIONS)},
        sources=[*COMFY_SOURCES, *LOCAL_SOURCES, f"{_COMFY_INPUT}Class.input"],
    )


@router.get("/{source}", summary="The values of one option source")
async def get_choices(
    source: Annotated[str, PathParameter(max_length=300)],
    settings: SettingsNow,
    q: Annotated[str, Query(max_length=300)] = "",
) -> Choices:
    """Those that hold `q`, case ignored."""
    if source in COMFY_SOURCES or _names_input(source):
        return Choices(items=[], stale=True)
    if source not in LOCAL_SOURCES:
        raise fail("not_found.source", name=source)
    items = await asyncio.to_thread(_encoders, settings) if source == "encoders" else []
    return Choices(items=[item for item in items if q.casefold() in item.casefold()])


def _names_input(source: str) -> bool:
    class_, dot, name = source.removeprefix(_COMFY_INPUT).rpartition(".")
    return source.startswith(_COMFY_INPUT) and bool(class_ and dot and name)


def _encoders(settings: Settings) -> list[str]:
    """The video encoders that this ffmpeg lists and video_queue knows."""
    try:
        listed = ffmpeg_binary.encoders(ffmpeg_binary.locate(settings.ffmpeg))
    except VqError:
        return []
    known = dict.fromkeys(name for names in ffmpeg_binary.ENCODERS.values() for name in names)
    return [name for name in known if name in listed]
