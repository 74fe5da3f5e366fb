"""The news over HTTP: server-sent events for programs, a WebSocket for the page. Same events, same order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, WebSocket
from fastapi.responses import StreamingResponse
from starlette.websockets import WebSocketDisconnect

from video_queue.api.deps import StreamsDep
from video_queue.domain.events import Event
from video_queue.services.event_feed import News as Piece
from video_queue.services.event_feed import Preview

router = APIRouter(tags=["events"])

_QUIET_SECONDS = 15.0  # proxies cut connections that say nothing for a minute
_STUCK_SECONDS = 30.0  # a reader that takes nothing for so long is let go; it comes back and replays
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
    news: StreamsDep,
    after: _EventId = None,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> StreamingResponse:
    """Previews are left out; comments keep the connection alive."""
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        after = min(int(last_event_id), 2**63 - 1)
    pieces = news.follow(after, quiet_seconds=_QUIET_SECONDS)
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(pieces), media_type="text/event-stream", headers=headers)


@router.websocket("/ws")
async def socket(websocket: WebSocket, news: StreamsDep, after: _EventId = None) -> None:
    """One Event per text frame, previews as binary frames. What the client sends is not read."""
    await websocket.accept()
    sending = asyncio.create_task(_send_all(websocket, news.follow(after)))
    hung_up = asyncio.create_task(_until_gone(websocket))
    try:
        await asyncio.wait({sending, hung_up}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, hung_up):
            task.cancel()
        ended = await asyncio.gather(sending, hung_up, return_exceptions=True)
    # A connection that breaks while something is sent is no error; anything else is, and must be seen.
    for error in ended:
        if isinstance(error, Exception) and not isinstance(
            error, WebSocketDisconnect | TimeoutError | OSError
        ):
            raise error


async def _send_all(websocket: WebSocket, pieces: AsyncIterator[Piece | None]) -> None:
    async for piece in pieces:
        if piece is not None:
            await asyncio.wait_for(_send(websocket, piece), _STUCK_SECONDS)
    await websocket.close(1001, "the server stops")


async def _send(websocket: WebSocket, piece: Piece) -> None:
    if isinstance(piece, Event):
        await websocket.send_text(piece.model_dump_json())
    else:
        await websocket.send_bytes(preview_frame(piece))


def preview_frame(preview: Preview) -> bytes:
    """4 bytes big-endian length, JSON `{prompt_id, mime}`, the picture."""
    head = json.dumps({"prompt_id": preview.prompt_id, "mime": preview.mime}).encode()
    return len(head).to_bytes(4, "big") + head + preview.data


async def _until_gone(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _lines(pieces: AsyncIterator[Piece | None]) -> AsyncIterator[str]:
    async for piece in pieces:
        if piece is None:
            yield ": still here\n\n"
        elif isinstance(piece, Event):
            number = "" if piece.id is None else f"id: {piece.id}\n"
            yield f"{number}event: {piece.type}\ndata: {piece.model_dump_json()}\n\n"
