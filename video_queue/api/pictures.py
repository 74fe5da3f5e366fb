"""Small pictures as answers: kept by the browser, and on request an empty answer where there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Response

from video_queue.api.ranges import FileAnswer
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.system.processes.cancellation import in_thread

MONTH = {"Cache-Control": "private, max-age=2592000, immutable"}
WEBP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/webp": {}}, "description": "A picture that fits into 320 x 180"}
}
Blank = Annotated[bool, Query(description="204 instead of 404 where there is no picture")]


async def small_picture(
    make: Callable[[], Path], name: str, headers: dict[str, str], blank: bool
) -> Response:
    """The WebP that `make` finds or makes, in a thread.

    Raises:
        VqError: `not_found.preview` where there is none and `blank` is not wanted.
    """
    try:
        small = await in_thread(lambda _stop: make())
        return FileAnswer(small, small.stat(), media_type="image/webp", headers=headers)
    except (VqError, OSError):
        if blank:
            return Response(status_code=204, headers={"Cache-Control": "private, max-age=60"})
        raise fail("not_found.preview", name=name, form="thumbnail") from None
