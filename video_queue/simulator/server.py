"""The simulator put together: its state, its listening socket, its start and its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from video_queue.simulator.executor import Executor
from video_queue.simulator.routes import all_routes
from video_queue.simulator.routes.answers import SameOrigin, not_found
from video_queue.simulator.settings import SimulatorSettings
from video_queue.simulator.state import SimulatorState

_LOG = logging.getLogger("video_queue.simulator")


class ComfySimulator:
    """One simulated ComfyUI in this process. `await start()` gives its URL; `await stop()` ends it.

    `on_death` is called, from the worker thread, when the `die_in_prompt` fault strikes; without it the
    server cuts all connections and refuses new ones, which is what clients of a dead process see.
    """

    def __init__(self, settings: SimulatorSettings, on_death: Callable[[], None] | None = None) -> None:
        self.settings = settings
        self.state = SimulatorState(settings, die=on_death or self._play_dead)
        self._executor = Executor(self.state)
        self.port = settings.port
        self._app = Starlette(
            routes=all_routes(self.state, self.set_fault),
            middleware=[Middleware(SameOrigin)],
            exception_handlers={404: not_found},
        )
        self._app.router.redirect_slashes = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: _QuietServer | None = None
        self._serving: asyncio.Task[None] | None = None
        self._coming_back: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.settings.host}:{self.port}"

    async def start(self) -> str:
        """Listen and work; returns the URL. Raises OSError when the port is taken."""
        self._loop = asyncio.get_running_loop()
        self.state.hub.open()
        await self._listen()
        for name, value in self.settings.faults.items():
            self.set_fault(name, value)
        self._executor.start()
        _LOG.warning("simulated ComfyUI %s on %s (no model is loaded)", self.settings.version, self.url)
        return self.url

    async def stop(self) -> None:
        """End: connections are cut, the worker gives up what it runs."""
        if self._coming_back:
            self._coming_back.cancel()
        await self._hang_up()
        await asyncio.to_thread(self._executor.stop)
        await self.state.hub.close()
        self.state.executions.close()

    def set_fault(self, name: str, value: Any) -> None:
        """Set or end a fault; those that happen once happen now. Raises UnknownFaultError.

        Call it on the event loop the simulator runs in.
        """
        state, faults = self.state, self.state.faults
        faults.set(name, value)
        if name == "zombie":
            state.queue.hold(bool(faults.get(name)))
        if name in ("hold_nodes", "hold_steps"):
            state.gate.set_closed(bool(faults.get("hold_nodes") or faults.get("hold_steps")))
        if faults.take("forget"):
            state.forget()
        if faults.take("drop_sockets"):
            self._cut(only_sockets=True)
        seconds = faults.take("down")
        if seconds and self._loop:
            self._coming_back = self._loop.create_task(self._away(float(seconds)))

    async def _listen(self) -> None:
        # Naming the protocol matters: asyncio sets TCP_NODELAY only then, and without it answers take 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":  # there the option would let two servers share one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.settings.host, self.port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            log_config=None,
            access_log=False,
            ws="websockets-sansio",
            ws_ping_interval=None,
            ws_max_size=2**30,
            timeout_graceful_shutdown=1,
        )
        self._server = _QuietServer(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not (self._server.started or self._serving.done()):  # noqa: ASYNC110 -- uvicorn sets no event
            await asyncio.sleep(0.002)

    async def _hang_up(self) -> None:
        """Refuse new connections and cut those there are."""
        if self._server is None or self._serving is None:
            return
        server, serving, self._server = self._server, self._serving, None
        for listener in server.servers:
            listener.close()
        self._cut(server=server)
        server.should_exit = server.force_exit = True
        await serving

    def _cut(self, only_sockets: bool = False, server: _QuietServer | None = None) -> None:
        """Abort connections without a goodbye: clients see close code 1006."""
        server = server or self._server
        for connection in list(server.server_state.connections) if server else []:
            is_websocket = "websocket" in type(connection).__name__.lower()
            transport = getattr(connection, "transport", None)
            if transport is not None and (is_websocket or not only_sockets):
                transport.abort()

    async def _away(self, seconds: float) -> None:
        await asyncio.sleep(0.02)  # lets the answer to the request that asked for this out
        await self._hang_up()
        await asyncio.sleep(seconds)
        await self._listen()

    def _play_dead(self) -> None:
        if self._loop:
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop)


class _QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers: the process that embeds the simulator keeps its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
