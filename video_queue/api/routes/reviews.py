"""What waits for a review, over HTTP: what it is of, as a clip that plays, frame by frame, as the outline of its sound.

Decisions are actions of the prompt (`routes/prompts.py`).
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Path as PathParameter
from fastapi import Query, Request, Response
from fastapi.responses import FileResponse

from video_queue.api.clips import CLIP, HOUR, PICTURE, Frame, playable_clip
from video_queue.api.deps import AskerDep, PromptRef, ProxiesDep, ReviewMediaDep
from video_queue.api.resource import resource_router
from video_queue.domain.reviewing import ReviewView
from video_queue.domain.viewing import Proxy
from video_queue.media.peaks import Peaks

router = resource_router("reviews", "/prompts")

_Item = Annotated[
    int, PathParameter(ge=0, le=100_000, description="From 1; 0 is what all items are parts of")
]


@router.get("/{id}/review", summary="What waits for a review, and the files to be seen")
async def get_review(prompt: PromptRef, media: ReviewMediaDep, asker: AskerDep) -> ReviewView:
    """409 `invalid_state` where it is not in review."""
    return await media.view(prompt, asker)


@router.get(
    "/{id}/review/{item}/picture", summary="One frame of it", response_class=Response, responses=PICTURE
)
async def get_review_picture(
    prompt: PromptRef,
    item: _Item,
    media: ReviewMediaDep,
    asker: AskerDep,
    frame: Frame = 0,
    small: Annotated[bool, Query(description="At most 320 pixels a side, not 1920")] = False,
) -> Response:
    """Exactly that frame as WebP."""
    picture = await media.frame(prompt, item, frame, asker, small=small)
    # What an item is changes when it is split; addresses carry `key` then.
    return Response(picture, media_type="image/webp", headers=HOUR)


@router.get("/{id}/review/{item}/peaks", summary="The outline of its sound")
async def get_review_peaks(prompt: PromptRef, item: _Item, media: ReviewMediaDep, asker: AskerDep) -> Peaks:
    """Read with the first call, and kept."""
    return await media.peaks(prompt, item, asker)


@router.get("/{id}/review/{item}/proxy", summary="How far the form of it is that browsers can play")
async def get_review_proxy(prompt: PromptRef, item: _Item, media: ReviewMediaDep, asker: AskerDep) -> Proxy:
    """As `/artifacts/{id}/proxy`."""
    return (await media.proxy(prompt, item, asker))[0]


@router.get(
    "/{id}/review/{item}/file",
    summary="A form of it that browsers can play",
    response_class=FileResponse,
    responses=CLIP,
)
async def get_review_file(
    prompt: PromptRef,
    item: _Item,
    media: ReviewMediaDep,
    proxies: ProxiesDep,
    asker: AskerDep,
    request: Request,
) -> Response:
    """The file itself where browsers can play it, else an H.264 proxy; answers once that is made."""
    return await playable_clip(partial(media.proxy, prompt, item, asker), proxies, request, f"item {item}")
