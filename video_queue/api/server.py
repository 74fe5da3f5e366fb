"""The web server around the app: where it listens, and an end that does not wait for open streams."""

from __future__ import annotations

import socket
import sys

import uvicorn
from fastapi import FastAPI

_MOST_FROM_CLIENT = 65536  # bytes of a socket message; nothing a client sends is read


class ApiServer(uvicorn.Server):
    """uvicorn for an app made by `create_app`. `await serve(sockets=[...])` runs it until `should_exit`."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                ws="websockets-sansio",
                ws_max_size=_MOST_FROM_CLIENT,
                # Events are small and the other side is mostly this machine: compressing costs more than it saves.
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=5,
            )
        )
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams first: a stream never ends by itself, and uvicorn waits for its connections."""
        self._app.state.streams.end()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket at `host` and `port` (0: any free one).

    Raises:
        OSError: the port is taken, the host is not of this machine.
    """
    # IPPROTO_TCP said outright: only then asyncio sets TCP_NODELAY on what it accepts, and answers in two writes
    # (head and body) are not held back for 40 ms by the other side's delayed acknowledgement.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there the option would let two servers share one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except BaseException:
        listener.close()
        raise
    return listener
