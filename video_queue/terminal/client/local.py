"""The transport without a server: the app in this process, for as long as one command takes. No worker is started.

Reading opens the database without the lock. Writing takes the lock, waiting up to ten seconds for another process.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from video_queue.db.connection import Connection as DbConnection
from video_queue.db.db_thread import DbThread
from video_queue.db.migrate import schema_version, shipped_migrations
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.services.clock import Clock
from video_queue.settings import Settings
from video_queue.terminal.client.client import Transport
from video_queue.terminal.client.connection import Connection
from video_queue.wiring import Services, build_services, close_services, open_services

T = TypeVar("T")
_LOCK_SECONDS = 10.0
_TRY_SECONDS = 0.25
Leave = Callable[[], Coroutine[Any, Any, None]]


def open_reading(settings: Settings) -> LocalApp:
    """The app for commands that only read; it takes no lock.

    Raises:
        VqError: `locked` when the database belongs to a newer version or is damaged.
    """
    runner = asyncio.Runner()
    try:
        return LocalApp(runner, *runner.run(_open_reading(settings)))
    except BaseException:
        runner.close()
        raise


def open_writing(settings: Settings, find_server: Callable[[], Connection | None]) -> Transport:
    """The app with the home's lock, or the server that came up while the lock was waited for.

    Raises:
        VqError: `locked` after ten seconds.
    """
    runner = asyncio.Runner()
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            return LocalApp(runner, *runner.run(_open_writing(settings)))
        except VqError as error:
            held_by_another = error.code == "locked" and "pid" in error.details
            server = find_server() if held_by_another else None
            if server is None and held_by_another and time.monotonic() < deadline:
                continue
            runner.close()
            if server is not None:
                return server
            raise


def read_database(settings: Settings, fn: Callable[[DbConnection], T]) -> T:
    """What a statement of db/ returns on the home's database, beside a running server too."""

    async def read() -> T:
        services, leave = await _open_reading(settings)
        try:
            return await services.db.read(fn)
        finally:
            await leave()

    return asyncio.run(read())


class LocalApp:
    """The app over services of this process; `leave` closes what they were opened on."""

    url = "this process"
    serves = False

    def __init__(self, runner: asyncio.Runner, services: Services, leave: Leave) -> None:
        from video_queue.app import local_app

        self._runner, self._leave = runner, leave
        self._app = local_app(services)

    def request(self, method: str, path: str, content: bytes | None = None) -> tuple[int, str]:
        """The status and the text of the answer."""
        status, body = self._runner.run(_call(self._app, method, path, content or b""))
        return status, body.decode("utf-8", "surrogateescape")

    def close(self) -> None:
        """Close the database and release the lock."""
        try:
            self._runner.run(self._leave())
        finally:
            self._runner.close()


async def _call(app: Any, method: str, path: str, content: bytes) -> tuple[int, bytes]:
    """One request to an ASGI app: https://asgi.readthedocs.io/en/latest/specs/www.html"""
    plain, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(plain),
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"content-length", str(len(content)).encode()), (b"content-type", b"application/json")],
    }
    requests: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    requests.put_nowait({"type": "http.request", "body": content, "more_body": False})
    answer: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        answer.append(message)

    await app(scope, requests.get, send)
    return answer[0]["status"], b"".join(message.get("body", b"") for message in answer[1:])


async def _open_writing(settings: Settings) -> tuple[Services, Leave]:
    services = await open_services(settings, lock_seconds=_TRY_SECONDS)
    return services, partial(close_services, services)


async def _open_reading(settings: Settings) -> tuple[Services, Leave]:
    db, leave = await (_open_readers(settings.db_path) if settings.db_path.exists() else _open_nothing())
    # An older home: bring it up to date, with the lock.
    if await db.read(schema_version) < len(shipped_migrations()):
        await leave()
        return await _open_writing(settings)
    return build_services(settings, db, Clock()), leave


async def _open_readers(path: Path) -> tuple[QueueDB, Leave]:
    """A QueueDB whose writer is never started."""
    db = QueueDB(path, DbThread(path, read_only=True), (DbThread(path, read_only=True),))
    await db.start_readers()
    version, known = await db.read(schema_version), len(shipped_migrations())
    if version > known:
        await db.close()
        raise fail("locked.newer_schema", found=version, known=known)
    return db, db.close


async def _open_nothing() -> tuple[QueueDB, Leave]:
    """An empty database of its own, for a home that has none yet: reading must not make one."""
    folder = tempfile.TemporaryDirectory(prefix="vq-")
    db = await QueueDB.open(Path(folder.name) / "vq.db", backups=None, now=Clock().iso())

    async def leave() -> None:
        await db.close()
        folder.cleanup()

    return db, leave
