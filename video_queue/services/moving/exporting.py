"""Export: what waits in this home into one file, and on request held or cancelled here once the file is complete.

What runs stays and ends here. Watched folders stay, too; the jobs that they made are jobs like others.
"""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from video_queue.db import moving
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.moving import Exported, ExportOptions, QueueFile
from video_queue.outputs.publish_method import publish_file, publish_method
from video_queue.services.asker import Asker
from video_queue.services.clock import Clock
from video_queue.services.moving.archive import ToPack, write_archive
from video_queue.services.moving.contents import Contents, Selection, packed, read_contents, with_styles
from video_queue.services.roots import UPLOADS
from video_queue.settings import Settings
from video_queue.system.files.durable import sync_file, sync_folder, writing_to
from video_queue.system.files.path_utils import normalize_input_path
from video_queue.system.processes.cancellation import in_thread

_SUFFIX = ".zip"


class QueueExports:
    """Writes queue files."""

    def __init__(self, db: QueueDB, settings: Settings, clock: Clock) -> None:
        self._db, self._settings, self._clock = db, settings, clock

    async def export(self, options: ExportOptions, selection: Selection, asker: Asker) -> Exported:
        """Write a file of what waits of the selected jobs.

        Raises:
            VqError: `unknown_job`, `invalid_state.export_*`, `path_not_allowed`, `disk_full`, `output_unavailable`.
            ProblemsError: jobs that come after others which are not exported; inputs to pack that are not there.
        """
        id_ = secrets.token_hex(16)
        path = self._target(options.path, id_, asker)
        contents = await self._read(id_, options, selection)
        try:
            queue = await in_thread(lambda stop: self._write(path, contents, options, asker, stop))
        except BaseException:
            await self._db.transact(moving.release, contents.held, self._clock.iso())
            raise
        if options.then == "cancel":
            for job in contents.waiting:
                await self._db.transact(moving.cancel, job, f"exported to {path.name}", self._clock.iso())
        return Exported(
            id=id_,
            path=str(path),
            bytes=path.stat().st_size,
            jobs=[job.number for job in queue.jobs],
            prompts=sum(len(job.prompts) for job in queue.jobs),
            files=len(queue.files),
            file_bytes=sum(file.bytes for file in queue.files),
            styles=list(queue.styles),
            then=options.then,
            warnings=contents.warnings,
        )

    def kept_file(self, id_: str) -> Path:
        """The file of an export that named no path.

        Raises:
            VqError: `not_found.file`.
        """
        folder = self._settings.home / UPLOADS / id_
        path = next(iter(sorted(folder.glob(f"*{_SUFFIX}"))), folder)
        if not path.is_file():
            raise fail("not_found.file", path=str(folder))
        return path

    def _target(self, text: str | None, id_: str, asker: Asker) -> Path:
        if text is None:
            stamp = datetime.fromtimestamp(self._clock.now()).astimezone().strftime("%Y-%m-%d-%H%M")
            return self._settings.home / UPLOADS / id_ / f"queue-{stamp}{_SUFFIX}"
        path = normalize_input_path(text).absolute()
        if asker.guard:
            asker.guard(path)
        if path.suffix.lower() != _SUFFIX:
            raise fail("validation.export_name", path=str(path))
        if path.exists():
            raise fail("invalid_state.export_exists", path=str(path))
        return path

    async def _read(self, id_: str, options: ExportOptions, selection: Selection) -> Contents:
        """What waits. What is held or cancelled then is held now, so that nothing of it begins meanwhile."""
        read = partial(read_contents, id_=id_, selection=selection, now=self._clock.iso())
        if options.then == "nothing":
            return await self._db.read(read)
        return await self._db.transact(partial(read, hold=True))

    def _write(
        self, path: Path, contents: Contents, options: ExportOptions, asker: Asker, stop: threading.Event
    ) -> QueueFile:
        """The archive under its final name, complete and durable, or nothing."""
        contents = with_styles(contents, self._settings.caption_styles_dir)
        queue, inputs = contents.queue, list[ToPack]()
        if options.with_inputs:
            queue, inputs = packed(contents, asker.guard)
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
        try:
            with writing_to(path.parent):
                if options.path is None:
                    path.parent.mkdir(parents=True)
                _require_room(path.parent, inputs)
                written = write_archive(partial, queue, contents.documents, inputs, stop)
                sync_file(partial)
                publish_file(partial, path, publish_method(path.parent), mark=int(time.time()))
                sync_folder(path.parent)
        except FileExistsError:
            raise fail("invalid_state.export_exists", path=str(path)) from None
        finally:
            partial.unlink(missing_ok=True)
        return written


def _require_room(folder: Path, inputs: Sequence[ToPack]) -> None:
    needed = sum(source.stat().st_size for _, source in inputs)
    if needed > shutil.disk_usage(folder).free:
        raise fail("disk_full.write", path=str(folder))
