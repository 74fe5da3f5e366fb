"""The websocket to ComfyUI: a client id of its own for each connection, frames until it closes.

A client id is never used twice: when an older socket with the same id closes late, ComfyUI silently stops sending
to the newer one.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from video_queue.comfy.client.answers import ComfyGoneError
from video_queue.comfy.client.frames import Frame, parse_frame

_OPEN_SECONDS = 5.0
# ComfyUI answers pings, but not while a node holds the interpreter: only a peer that is silent for long is gone.
_PING_SECONDS, _PONG_SECONDS = 20.0, 120.0
_HELLO = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})


@dataclass(frozen=True, slots=True)
class ComfySocket:
    """One open connection. Prompts sent with its `client_id` report here."""

    client_id: str
    connection: ClientConnection

    async def frames(self) -> AsyncIterator[Frame]:
        """Every frame that can be read; ends when the connection does."""
        try:
            async for message in self.connection:
                if frame := parse_frame(message):
                    yield frame
        except ConnectionClosed:
            return

    async def close(self) -> None:
        """Close it; ComfyUI's work goes on."""
        await self.connection.close()


async def connect_socket(url: str, client_id: str = "") -> ComfySocket:
    """A new connection to the ComfyUI at `url` (http://...), announced as one that reads preview metadata.

    With the `client_id` of one that is gone it gets the frames of what was sent with that.

    Raises:
        ComfyGoneError: nothing answers there.
    """
    client_id = client_id or uuid.uuid4().hex
    address = "ws" + url.removeprefix("http") + f"/ws?clientId={client_id}"
    try:
        connection = await connect(
            address,
            proxy=None,
            max_size=None,
            compression=None,
            open_timeout=_OPEN_SECONDS,
            close_timeout=1.0,
            ping_interval=_PING_SECONDS,
            ping_timeout=_PONG_SECONDS,
        )
        await connection.send(_HELLO)
    except (OSError, WebSocketException) as error:
        raise ComfyGoneError(str(error) or type(error).__name__) from error
    return ComfySocket(client_id, connection)
