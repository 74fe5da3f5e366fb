"""The sha256 of model files that renders loaded, for their manifests: taken while nothing runs, once for each file.

They are many gigabytes: as soon as there is work the reading stops, and begins again when that is done.
"""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from pathlib import Path

from video_queue.db import claims, model_files, queue_state
from video_queue.db.connection import Connection
from video_queue.db.model_files import FileState
from video_queue.db.queue_db import QueueDB
from video_queue.domain.states import QueueState
from video_queue.services.while_due import keep_while
from video_queue.system.processes.cancellation import in_thread

_CHUNK = 8 * 2**20


async def hash_models(db: QueueDB) -> None:
    """Hash the files that manifests asked for, while nothing runs; until cancelled."""
    await keep_while(db, _files_due, partial(hash_files, db))


async def hash_files(db: QueueDB, files: list[FileState]) -> None:
    """Hash these files, one after the other; one that has changed or gone is left out until a render loads it."""
    for file in files:
        sha256 = await in_thread(partial(_hash, file))
        if sha256 is None:
            await db.transact(model_files.forget_file, file.path)
        else:
            await db.transact(model_files.store_hash, file, sha256)


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
    except OSError:
        return None
    return digest.hexdigest() if FileState.of(path) == file else None
