"""The connected websockets, and which of them gets a frame.

Frames may be sent from any thread; they leave in the order in which they were sent, and the receiver is
looked up when a frame leaves. Two sockets with one client id: the newer takes the place, and when the
older one closes later it takes the newer's place away too. That is what a real server does.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from video_queue.simulator.frames import text_frame

Payload = str | bytes


class Hub:
    """Sockets by client id, and the outgoing frames. While `silent()` frames are dropped."""

    def __init__(self, silent: Callable[[], bool]) -> None:
        self.sockets: dict[str, WebSocket] = {}
        self.flags: dict[str, dict[str, Any]] = {}
        self._silent = silent
        self._outgoing: deque[tuple[Payload, str | None]] = deque()
        self._waking = threading.Lock()
        self._awake = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready: asyncio.Event | None = None
        self._sender: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin sending, on the running event loop."""
        self._loop, self._ready = asyncio.get_running_loop(), asyncio.Event()
        self._sender = self._loop.create_task(self._send_all())

    async def close(self) -> None:
        if self._sender:
            self._sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sender

    def join(self, client_id: str, socket: WebSocket) -> None:
        self.sockets[client_id] = socket
        self.flags[client_id] = {}

    def leave(self, client_id: str) -> None:
        """Forget the socket that is registered under the id, even a newer one."""
        self.sockets.pop(client_id, None)
        self.flags.pop(client_id, None)

    def supports(self, client_id: str | None, flag: str) -> bool:
        return client_id is not None and bool(self.flags.get(client_id, {}).get(flag))

    def send(self, kind: str, data: dict[str, Any], client_id: str | None) -> None:
        """Send a text frame to one client, or to all when `client_id` is None."""
        self.send_raw(text_frame(kind, data), client_id)

    def send_raw(self, payload: Payload, client_id: str | None) -> None:
        if self._silent() or self._loop is None:
            return
        self._outgoing.append((payload, client_id))
        with self._waking:
            if self._awake:
                return
            self._awake = True
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it every socket
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        if self._ready:
            self._ready.set()

    async def _send_all(self) -> None:
        assert self._ready is not None
        while True:
            await self._ready.wait()
            self._ready.clear()
            with self._waking:
                self._awake = False
            while self._outgoing:
                payload, client_id = self._outgoing.popleft()
                if client_id is None:
                    for socket in list(self.sockets.values()):
                        await _deliver(socket, payload)
                elif client_id in self.sockets:
                    await _deliver(self.sockets[client_id], payload)


async def _deliver(socket: WebSocket, payload: Payload) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, OSError):
        if isinstance(payload, str):
            await socket.send_text(payload)
        else:
            await socket.send_bytes(payload)
