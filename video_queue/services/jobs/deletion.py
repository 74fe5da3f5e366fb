"""Deleting a finished job: its rows, those of a large one in parts, then its files, in a thread."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from video_queue.db import artifacts, jobs
from video_queue.db.artifacts import OutputFile
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.views import KeptOutput
from video_queue.outputs.removal import OwnOutput, remove_outputs
from video_queue.services.clock import Clock
from video_queue.settings import Settings

# Prompts whose rows go in one transaction, which takes about a millisecond: the longest that a claim waits for it.
_ROWS_AT_ONCE = 8
# The pause after a transaction, as a share of what it took: most claims find no deletion before them.
_PAUSE = 1.0


class Deletion:
    """Deletes jobs. A crash between rows and files leaves files, never a row without its files."""

    def __init__(self, db: QueueDB, settings: Settings, clock: Clock) -> None:
        self._db, self._settings, self._clock = db, settings, clock

    async def delete(self, job_id: int, *, outputs: bool) -> list[KeptOutput]:
        """Delete a job with its events, logs and working files; with `outputs` also what it published.

        Only files that it published itself and that still equal their manifest are removed; the others are returned.

        Raises:
            VqError: `unknown_job`, or `invalid_state` while it is not finished.
        """
        files = await self._db.read(artifacts.output_files, job_id) if outputs else []
        while await self._in_turn(lambda conn: jobs.delete_part(conn, job_id, _ROWS_AT_ONCE)):
            pass
        await self._in_turn(lambda conn: jobs.delete_job(conn, job_id, self._clock.iso()))
        settings = self._settings
        folders = [settings.work_root / str(job_id), settings.logs_dir / "prompts" / str(job_id)]
        return await asyncio.to_thread(partial(_remove_files, job_id, files, folders))

    async def _in_turn(self, write: Callable[[Connection], bool | None]) -> bool | None:
        """What one transaction returns; others have their turn before the next."""
        begun = self._clock.monotonic()
        result = await self._db.transact(write)
        await asyncio.sleep((self._clock.monotonic() - begun) * _PAUSE)
        return result


def _remove_files(job_id: int, files: list[OutputFile], folders: list[Path]) -> list[KeptOutput]:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    kept = [KeptOutput(path=file.path, reason=reason) for file in files if (reason := _not_ours(file))]
    own = [
        OwnOutput(Path(file.path), job_id, file.prompt_id, file.sha256)
        for file in files
        if not _not_ours(file)
    ]
    return kept + remove_outputs(own)


def _not_ours(file: OutputFile) -> str:
    """Why a file is not the job's to remove; empty where it is."""
    if file.skipped:
        return "an earlier render published it"
    return f"job {file.shared} shows it too" if file.shared else ""
