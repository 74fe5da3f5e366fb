"""Frames and clips as answers, of outputs and of what waits for a review: clips in a form that browsers play."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request, Response

from video_queue.api.ranges import FileAnswer
from video_queue.domain.catalogue import fail
from video_queue.domain.viewing import Proxy
from video_queue.media.browser import playable_type, shown_type
from video_queue.services.viewing.proxies import Proxies

HOUR = {"Cache-Control": "private, max-age=3600"}
PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/webp": {}}, "description": "A picture"}}
CLIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "The file"},
    206: {"description": "A part of it"},
}
Frame = Annotated[int, Query(ge=0, lt=10**9, description="From 0; beyond the end the last one")]

_CHECK_AGAIN = {"Cache-Control": "private, no-cache"}
_POLL_SECONDS = 0.5


async def playable_clip(
    ask: Callable[[], Awaitable[tuple[Proxy, Path | None]]], proxies: Proxies, request: Request, name: str
) -> Response:
    """The file itself where browsers can play it, else its proxy, once that is made; `ask` says how far it is.

    Raises:
        VqError: `not_found.preview` where there is neither.
    """
    while True:
        proxy, path = await ask()
        if path is not None:
            break
        if proxy.state == "failed" or not proxies.at_work or await request.is_disconnected():
            raise fail("not_found.preview", name=name, form="preview")
        await asyncio.sleep(_POLL_SECONDS)
    type_ = await asyncio.to_thread(playable_type, path)
    if type_ is None and shown_type(path) != "video/mp4":
        raise fail("not_found.preview", name=name, form="preview")
    status = await asyncio.to_thread(path.stat)
    return FileAnswer(path, status, media_type=type_ or "video/mp4", headers=_CHECK_AGAIN)
