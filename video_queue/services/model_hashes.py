"""The sha256 of model files that renders loaded, for their manifests: taken while nothing runs, once for each file.

They are many gigabytes: as soon as there is work the reading stops, and begins again when that is done.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

from video_queue.db import claims, model_files, queue_state
from video_queue.db.connection import Connection
from video_queue.db.model_files import FileState
from video_queue.db.queue_db import QueueDB
from video_queue.domain.events import Event
from video_queue.domain.states import QueueState
from video_queue.system.processes.cancellation import in_thread

_CHUNK = 8 * 2**20
# Between two checks whether there is work.
_PAUSE = 0.5
_LONGEST_WAIT = 600.0


class ModelHashes:
    """Hashes the files that manifests asked for."""

    def __init__(self, db: QueueDB) -> None:
        self._db = db

    async def run(self) -> None:
        """Until cancelled."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def on_commit(_: tuple[Event, ...]) -> None:
            loop.call_soon_threadsafe(changed.set)

        unsubscribe = self._db.subscribe(on_commit)
        hashing: asyncio.Task[None] | None = None
        try:
            while True:
                changed.clear()
                files = await self._db.read(_files_due)
                if hashing and (hashing.done() or not files):
                    await _end(hashing)
                    hashing = None
                if files and not hashing:
                    hashing = asyncio.create_task(self.hash_all(files))
                await asyncio.sleep(_PAUSE)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LONGEST_WAIT):
                        await changed.wait()
        finally:
            unsubscribe()
            if hashing:
                await _end(hashing)

    async def hash_all(self, files: list[FileState]) -> None:
        """Hash these files, one after the other; one that has changed or gone is left out until a render loads it."""
        for file in files:
            sha256 = await in_thread(partial(_hash, file))
            if sha256 is None:
                await self._db.transact(model_files.forget_file, file.path)
            else:
                await self._db.transact(model_files.store_hash, file, sha256)


def _files_due(conn: Connection) -> list[FileState]:
    """What is to be hashed; nothing while there is work."""
    files = model_files.unhashed(conn)
    paused = files and queue_state.read_queue(conn)["state"] == QueueState.PAUSED
    return files if paused or (files and not claims.has_work(conn)) else []


def _hash(file: FileState, stop: threading.Event) -> str | None:
    """The sha256 of a file; None where it is not what it was, cannot be read, or `stop` was set."""
    path, digest = Path(file.path), hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as reader:
            while chunk := reader.read(_CHUNK):
                digest.update(chunk)
                if stop.is_set():
                    return None
        stat = path.stat()
    except OSError:
        return None
    return digest.hexdigest() if (stat.st_size, stat.st_mtime_ns) == file[1:] else None


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
