"""`vq serve`: settings, port, lock, services, worker and web server, begun and ended in a fixed order.

The port is taken before anything is written, so that a mistyped one leaves no trace. At the end the worker stops
claiming and drains first; the database is closed last, by the loop that opened it.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import signal
import socket
import webbrowser
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from types import FrameType
from typing import TYPE_CHECKING

from video_queue.api.server import ApiServer, listen
from video_queue.app import create_app
from video_queue.domain.catalogue import fail
from video_queue.settings import Settings, write_setting
from video_queue.system.home.server_info import (
    ServerInfo,
    read_server_info,
    remove_server_info,
    write_server_info,
)
from video_queue.terminal import exit_codes
from video_queue.terminal.keys import KeyWatch
from video_queue.terminal.serving.log_file import logging_to
from video_queue.terminal.serving.pairing import new_token, page_link, print_pairing
from video_queue.terminal.serving.start import set_queue_going
from video_queue.wiring import (
    Services,
    beside_worker,
    close_services,
    make_worker,
    open_services,
)

if TYPE_CHECKING:
    from video_queue.services.clock import Clock
    from video_queue.terminal.console import Console
    from video_queue.terminal.session import Session
    from video_queue.worker.thread import WorkerThread

_LOCK_SECONDS = 3.0  # a command without a server may hold the lock for a moment


def serve(
    session: Session,
    flags: dict[str, object],
    *,
    open_browser: bool,
    paused: bool,
    watching: bool = True,
    lan: bool = False,
    clock: Clock | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM. With `lan` on every address, with a token that is kept in vq.toml.

    Raises:
        VqError: `locked` (exit 6) when the port or the home is taken, `forbidden_origin` for an address that needs
            a token, `validation` for settings and addresses that are none, `internal` when the worker or the
            database died.
    """
    settings = session.settings(**flags)
    token = new_token(settings) if lan else None
    if token is not None:
        settings = session.settings(**flags, **{"server.token": token})
    if running := read_server_info(settings.home):
        raise fail("locked.home", pid=running.pid, home=str(settings.home))
    with listening(settings) as listener:
        settings.ensure_home()
        if token is not None:
            write_setting(settings.settings_path, "server.token", token)
        with logging_to(settings.logs_dir, quiet=session.console.quiet):
            work = _serve(
                settings,
                listener,
                session.console,
                clock,
                open_browser=open_browser,
                paused=paused,
                watching=watching,
            )
            asyncio.run(work)
    return exit_codes.OK


async def _serve(
    settings: Settings,
    listener: socket.socket,
    console: Console,
    clock: Clock | None,
    *,
    open_browser: bool,
    paused: bool,
    watching: bool,
) -> None:
    services = await open_services(settings, lock_seconds=_LOCK_SECONDS, clock=clock)
    try:
        await set_queue_going(services, paused=paused)
        url = url_of(listener)

        def announce() -> None:
            info = ServerInfo(pid=os.getpid(), url=url, started_at=services.clock.iso())
            write_server_info(settings.home, info)
            console.answer(asdict(info), [f"listening on {url}"])
            if not settings.server.is_local:
                print_pairing(console, settings, listener.getsockname()[1])
            if open_browser:
                link = page_link(url, settings.server.token)
                asyncio.get_running_loop().run_in_executor(None, webbrowser.open, link)

        try:
            await run_server(services, listener, announce, watching=watching)
        finally:
            remove_server_info(settings.home)
    finally:
        await close_services(services)


async def run_server(
    services: Services,
    listener: socket.socket,
    announce: Callable[[], None],
    alongside: Callable[[], Coroutine[None, None, bool]] | None = None,
    *,
    watching: bool = False,
) -> None:
    """The web server with its worker, and the watch folders if `watching`, until it is to stop or something dies.

    `announce` is called when it really listens. `alongside` runs beside it from then on; the server ends with it if
    it returns True.

    Raises:
        VqError: `internal` when the worker or the database died.
    """
    loop = asyncio.get_running_loop()
    deaths: list[BaseException] = []

    def died(error: BaseException | None) -> None:
        if error is not None:
            deaths.append(error)
            server.should_exit = True

    def worker_ended(error: BaseException | None) -> None:
        loop.call_soon_threadsafe(died, error)

    worker = make_worker(services, on_end=worker_ended)
    server = _Server(services, worker, announce)
    services.when_done.listeners.append(KeyWatch(lambda: services.when_done.cancel("a key")))
    tasks = [asyncio.create_task(_until_done(server, alongside))] if alongside else []
    try:
        async with beside_worker(
            services, watching=watching, on_dead=lambda: died(fail("internal.database"))
        ):
            await server.serve(sockets=[listener])
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        deaths += [end for end in ends if isinstance(end, Exception)]
    if deaths:
        raise deaths[0]
    if not server.started:
        raise fail("internal.bug", detail="the web server did not start")


async def _until_done(server: _Server, alongside: Callable[[], Coroutine[None, None, bool]]) -> None:
    """Run `alongside` once the server listens; end the server if it says so, or if it fails."""
    await server.listening.wait()
    ends = True
    try:
        ends = await alongside()
    finally:
        if ends:
            server.should_exit = True


class _Server(ApiServer):
    """Announces when it really listens; SIGINT and SIGTERM end it in order."""

    def __init__(self, services: Services, worker: WorkerThread, announce: Callable[[], None]) -> None:
        super().__init__(create_app(services, worker=worker))
        self._announce = announce
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then announce it."""
        await super().startup(sockets)
        if self.started:
            self._announce()
            self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn raises the signals again at its end, which would skip everything that is still to be closed."""
        wanted = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._stop) for number in wanted}
        try:
            yield
        finally:
            for number, previous in before.items():
                signal.signal(number, previous)

    def _stop(self, number: int, _: FrameType | None) -> None:
        if self.should_exit and number == signal.SIGINT:
            self.force_exit = True  # a second Ctrl-C does not wait for connections
        self.should_exit = True


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """A socket that listens where the settings say.

    Raises:
        VqError: `forbidden_origin.not_loopback` where others could come in without a token, `locked.port`
            the port is taken, `validation.port` for an address that is none of this machine.
    """
    _require_token(settings)
    host, port = settings.server.host, settings.server.port
    try:
        listener = listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise fail("locked.port", host=host, port=port) from error
        raise fail("validation.port", host=host, port=port, detail=error.strerror or str(error)) from error
    with listener:
        yield listener


def _require_token(settings: Settings) -> None:
    """Only this machine may come in without one."""
    if not settings.server.is_local and settings.server.token is None:
        raise fail("forbidden_origin.not_loopback", host=settings.server.host)


def url_of(listener: socket.socket) -> str:
    """How this machine reaches the socket."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
