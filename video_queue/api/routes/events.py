"""Events over HTTP: server-sent events for programs, a WebSocket for the page. Same events, same order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header, Query, WebSocket
from fastapi.responses import StreamingResponse
from starlette.websockets import WebSocketDisconnect

from video_queue.api.deps import StreamsDep
from video_queue.api.resource import resource_router
from video_queue.domain.events import Event
from video_queue.services.event_feed import FeedItem, Preview

router = resource_router("events")

# Proxies cut connections that send nothing for a minute.
_QUIET_SECONDS = 15.0
# A reader that takes nothing for so long is disconnected; it connects again and replays.
_STUCK_SECONDS = 30.0
_EventId = Annotated[int | None, Query(ge=0, le=2**63 - 1, description="Replay what came after this event")]


@router.get(
    "/events",
    summary="Server-sent events: hello, what came after `after` (or Last-Event-ID), then live",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "`id`, `event` and `data` (an Event)"}
    },
)
async def stream_events(
    streams: StreamsDep,
    after: _EventId = None,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> StreamingResponse:
    """Previews are left out; comments keep the connection alive."""
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        after = min(int(last_event_id), 2**63 - 1)
    items = streams.follow(after, quiet_seconds=_QUIET_SECONDS)
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(items), media_type="text/event-stream", headers=headers)


@router.websocket("/ws")
async def socket(websocket: WebSocket, streams: StreamsDep, after: _EventId = None) -> None:
    """One Event per text frame, previews as binary frames. What the client sends is not read."""
    await websocket.accept()
    sending = asyncio.create_task(_send_all(websocket, streams.follow(after)))
    disconnected = asyncio.create_task(_until_disconnected(websocket))
    try:
        await asyncio.wait({sending, disconnected}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, disconnected):
            task.cancel()
        ended = await asyncio.gather(sending, disconnected, return_exceptions=True)
    # A connection that breaks while something is sent is no error; anything else is, and must be seen.
    for error in ended:
        if isinstance(error, Exception) and not isinstance(
            error, WebSocketDisconnect | TimeoutError | OSError
        ):
            raise error


async def _send_all(websocket: WebSocket, items: AsyncIterator[FeedItem | None]) -> None:
    async for item in items:
        if item is not None:
            async with asyncio.timeout(_STUCK_SECONDS):
                await _send(websocket, item)
    await websocket.close(1001, "the server stops")


async def _send(websocket: WebSocket, item: FeedItem) -> None:
    if isinstance(item, Event):
        await websocket.send_text(item.model_dump_json())
    else:
        await websocket.send_bytes(preview_frame(item))


def preview_frame(preview: Preview) -> bytes:
    """4 bytes big-endian length, JSON `{prompt_id, mime}`, the picture."""
    head = json.dumps({"prompt_id": preview.prompt_id, "mime": preview.mime}).encode()
    return len(head).to_bytes(4, "big") + head + preview.data


async def _until_disconnected(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _lines(items: AsyncIterator[FeedItem | None]) -> AsyncIterator[str]:
    async for item in items:
        if item is None:
            yield ": still here\n\n"
        elif isinstance(item, Event):
            number = "" if item.id is None else f"id: {item.id}\n"
            yield f"{number}event: {item.type}\ndata: {item.model_dump_json()}\n\n"
