"""The ComfyUI that runs, asked for one thing beside the worker's own connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from video_queue.comfy.client import DEFAULT_URLS, ComfyAnswerError, ComfyClient, ComfyGoneError, find_comfy
from video_queue.comfy.node_catalogue import ComfyCatalogue, ObjectInfo
from video_queue.comfy.process import address_of
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.settings import Settings


def catalogue_of_all(settings: Settings) -> ComfyCatalogue:
    """What all ComfyUIs of a home offer together."""
    first, *others = map(settings.catalogue_dir, settings.instance_names)
    return ComfyCatalogue(first, others)


@asynccontextmanager
async def running_comfy(settings: Settings, instance: str | None = None) -> AsyncIterator[ComfyClient]:
    """A client of it (of the first without `instance`), for as long as the block.

    Raises:
        VqError: comfy_unreachable, when none answers, or when it does not answer in the block.
    """
    url = address_of(settings.comfy_of(instance or settings.instance_names[0]))
    client = await find_comfy(url)
    if client is None:
        raise fail("comfy_unreachable.none", urls=url or " and ".join(DEFAULT_URLS))
    try:
        yield client
    except (ComfyGoneError, ComfyAnswerError) as error:
        raise fail("comfy_unreachable.none", urls=client.url) from error
    finally:
        await client.close()


async def find_object_info(settings: Settings) -> ObjectInfo:
    """What ComfyUI last told this home of its node classes, else what the ComfyUI that runs says of them.

    Raises:
        VqError: `comfy_unreachable` when there is neither.
    """
    stored = catalogue_of_all(settings).load()
    if stored:
        return stored
    try:
        async with running_comfy(settings) as client:
            return await client.object_info()
    except VqError as error:
        raise fail("comfy_unreachable.no_object_info") from error
