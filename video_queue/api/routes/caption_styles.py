"""Caption styles over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Path as PathParameter
from fastapi import Response

from video_queue.api.deps import AskerDep, CaptionStylesDep
from video_queue.api.resource import resource_router
from video_queue.domain.media.captions import CaptionStyle, NamedStyle
from video_queue.domain.views import Page

router = resource_router("caption styles", "/caption-styles")

_Name = Annotated[str, PathParameter(max_length=300)]


@router.get("", summary="Caption styles, those of vq and the artist's own")
async def list_caption_styles(styles: CaptionStylesDep) -> Page[NamedStyle]:
    """Whole. A file that is no style has no `style` but a `problem`."""
    return Page[NamedStyle](items=await asyncio.to_thread(styles.list))


@router.get("/{name:path}", summary="One caption style")
async def get_caption_style(name: _Name, styles: CaptionStylesDep) -> NamedStyle:
    """404 where there is none."""
    return await asyncio.to_thread(styles.get, name)


@router.put("/{name:path}", summary="Keep a caption style")
async def put_caption_style(
    name: _Name, style: CaptionStyle, styles: CaptionStylesDep, asker: AskerDep
) -> NamedStyle:
    """In place of one of the same name. What is left out is as in `plain`."""
    return await asyncio.to_thread(styles.put, name, style, asker.guard)


@router.delete("/{name:path}", status_code=204, summary="Take a caption style away")
async def delete_caption_style(name: _Name, styles: CaptionStylesDep) -> Response:
    """204, or 404 where there is none of the artist's own."""
    await asyncio.to_thread(styles.delete, name)
    return Response(status_code=204)
