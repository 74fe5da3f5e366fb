"""What forms can offer, over HTTP. What only ComfyUI knows is empty and stale while it is away."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import Path as PathParameter
from fastapi import Query
from fastapi.responses import FileResponse

from video_queue.api.bodies import Choices, OptionsFeed
from video_queue.api.deps import (
    CaptionStylesDep,
    CatalogueDep,
    DatabaseDep,
    ModelDetailsDep,
    PresetsDep,
    SettingsDep,
    WorkflowServiceDep,
)
from video_queue.api.ranges import FileAnswer
from video_queue.api.resource import resource_router
from video_queue.comfy.model_files import find_preview, is_model_source
from video_queue.comfy.node_catalogue import COMFY_INPUT, SOURCES, ComfyCatalogue, is_source
from video_queue.db import job_lists, queue_state
from video_queue.domain.actions import JOB_ACTIONS, PROMPT_ACTIONS
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.states import Lane
from video_queue.media import ffmpeg_binary
from video_queue.media.thumbnails import thumbnail
from video_queue.services.comfyui import comfy_is_connected
from video_queue.services.submission.style_checks import CAPTION_STYLES
from video_queue.settings import Settings

router = resource_router("options", "/options")

_CHECK_AGAIN = {"Cache-Control": "private, no-cache"}
_DESCRIBED = 100
TAGS = "tags"
LOCAL_SOURCES = ("encoders", CAPTION_STYLES)


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
        sources=[*SOURCES, *LOCAL_SOURCES, TAGS, f"{COMFY_INPUT}Class.input"],
    )


@router.get("/{source}", summary="The values of one option source", response_model_exclude_unset=True)
async def get_choices(
    source: Annotated[str, PathParameter(max_length=300)],
    settings: SettingsDep,
    catalogue: CatalogueDep,
    details: ModelDetailsDep,
    db: DatabaseDep,
    styles: CaptionStylesDep,
    q: Annotated[str, Query(max_length=300)] = "",
) -> Choices:
    """Those that hold every word of `q`, case ignored; in no order but ComfyUI's.

    Of models, title, base model and trigger words count too, where they are known.
    """
    stale, words = False, q.casefold().split()
    if is_source(source):
        items = await asyncio.to_thread(catalogue.options, source)
        stale = not comfy_is_connected(await db.read(queue_state.read_lanes))
    elif source == TAGS:
        items = await db.read(job_lists.list_tags)
    elif source in LOCAL_SOURCES:
        items = await asyncio.to_thread(
            styles.names if source == CAPTION_STYLES else lambda: _encoders(settings)
        )
    else:
        raise fail("not_found.source", name=source)
    known = {}
    if words and is_model_source(source):
        models = await details.describe(source, items, connected=False)
        known = {
            model.value: f"{model.title} {model.base_model} {' '.join(model.trigger_words)}"
            for model in models
        }
    items = [
        item for item in items if all(word in f"{item} {known.get(item, '')}".casefold() for word in words)
    ]
    choices = Choices(items=items, next_cursor=None, stale=stale)
    if items and is_model_source(source):
        choices.models = await details.describe(source, items[:_DESCRIBED], connected=not stale)
    return choices


@router.get(
    "/{source}/preview",
    summary="The picture beside a model, as a small WebP",
    response_class=FileResponse,
    responses={200: {"content": {"image/webp": {}}, "description": "A picture that fits into 320 x 180"}},
)
async def get_model_preview(
    source: Annotated[str, PathParameter(max_length=300)],
    name: Annotated[str, Query(max_length=1000)],
    settings: SettingsDep,
    catalogue: CatalogueDep,
) -> FileAnswer:
    """`NAME.preview.png`, `NAME.png` and the like, for models that ComfyUI lists; 404 without one."""
    small = await asyncio.to_thread(_preview, source, name, settings, catalogue)
    if small is None:
        raise fail("not_found.preview", name=name, form="picture")
    return FileAnswer(small, small.stat(), media_type="image/webp", headers=_CHECK_AGAIN)


def _preview(source: str, name: str, settings: Settings, catalogue: ComfyCatalogue) -> Path | None:
    if not is_model_source(source) or name not in catalogue.options(source):
        return None
    picture = find_preview(source, name, catalogue.offer().folders)
    try:
        return thumbnail(picture, settings.cache_dir) if picture else None
    except (VqError, OSError):
        return None


def _encoders(settings: Settings) -> list[str]:
    """The video encoders that this ffmpeg lists and video_queue knows."""
    try:
        listed = ffmpeg_binary.encoders(ffmpeg_binary.locate(settings.ffmpeg))
    except VqError:
        return []
    known = dict.fromkeys(name for names in ffmpeg_binary.ENCODERS.values() for name in names)
    return [name for name in known if name in listed]
