"""The files of a watch whose jobs are finished, on their way to the folder for them (`after: move`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from video_queue.db import rebinding, watch_files
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.db.watch_files import LedgerRow
from video_queue.domain.watches import FileState, WatchUnit
from video_queue.services.clock import Clock
from video_queue.services.watch.compare import Ledger
from video_queue.services.watch.moving import choose_target, move_unit, moved_path
from video_queue.services.watch.spec import WatchSpec, done_folder, failed_folder
from video_queue.services.watch.tree import run_pattern
from video_queue.system.files.answers import call

# Where a file is moved by the state of its job; one whose job was cancelled stays.
_TARGETS = {
    "succeeded": done_folder,
    "partial": failed_folder,
    "failed": failed_folder,
    "unreadable": failed_folder,
}
_NOT_MOVED = "; it cannot be moved to "


class Moves:
    """Moves units away and writes where they are."""

    def __init__(self, db: QueueDB, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def move(self, spec: WatchSpec, ledger: Ledger) -> None:
        """Move away the files whose jobs are finished, and those that were given up."""
        begun = await self._begun(spec, ledger) if spec.rules.after == "move" else []
        await self._write(spec, begun)
        for row in [*ledger.moving.values(), *begun]:
            await self._move_away(spec, row, Path(row.target or ""))

    async def _begun(self, spec: WatchSpec, ledger: Ledger) -> list[LedgerRow]:
        """The rows of units that are moved from now on, each with its target."""
        begun = []
        for path, size, mtime, state in await self._db.read(watch_files.finished_files, spec.row.id):
            folder, row = _TARGETS.get(state), ledger.rows.get(path)
            if folder is None or row is None or (row.size, row.mtime) != (size, mtime):
                continue
            place = folder(spec.folder, spec.rules)
            target = await call(partial(choose_target, spec, path, place), spec.folder, place)
            reason = f"its job {state}" if state != "unreadable" else row.reason
            begun.append(row._replace(target=str(target), reason=reason))
        return begun

    async def _move_away(self, spec: WatchSpec, row: LedgerRow, target: Path) -> None:
        outcome = row.reason.partition(_NOT_MOVED)[0]
        try:
            move = partial(move_unit, spec, row.path, target, (row.size, row.mtime))
            moved = await call(move, spec.folder, target.parent)
        except OSError as error:
            reason = f"{outcome}{_NOT_MOVED}{target.parent}: {error.strerror or error}"
            if row.reason != reason:
                await self._write(spec, [row._replace(reason=reason)])
            return
        if moved is None:  # it changed: it is new, as the next scan finds
            rows = [row._replace(target=None)]
            await self._db.transact(watch_files.write_rows, spec.row.id, rows, self._clock.iso())
            return
        reason = f"{outcome}; it is {moved} now"
        gone = row._replace(state=FileState.GONE.value, rule="moved", reason=reason, due=None, target=None)
        paths = moved_path(spec, row.path, moved)
        await self._db.transact(_write_moved, spec.row.id, gone, paths, self._clock.iso())

    async def _write(self, spec: WatchSpec, rows: Sequence[LedgerRow]) -> None:
        if rows:
            await self._db.transact(watch_files.write_with_event, spec.row.id, rows, self._clock.iso())


def runs_on_the_way(spec: WatchSpec, ledger: Ledger) -> list[tuple[str, re.Pattern[str]]]:
    """(folder, names) of runs that are being moved: what is left of one is no new run."""
    if spec.rules.unit is not WatchUnit.SEQUENCE:
        return []
    paths = (path.rpartition("/") for path in ledger.moving)
    return [(folder, run_pattern(name)) for folder, _, name in paths]


def accepts_now(spec: WatchSpec, moving: Sequence[tuple[str, re.Pattern[str]]], path: str) -> bool:
    """Whether a file is considered while these runs are moved away."""
    folder, _, name = path.rpartition("/")
    if any(folder == place and names.fullmatch(name) for place, names in moving):
        return False
    return spec.names.accepts(path)


def _write_moved(
    conn: Connection, watch_id: int, row: LedgerRow, paths: Callable[[str], str], at: str
) -> None:
    """Write that a file was moved; its job finds it where it is, for a retry and to tell where an output is from."""
    watch_files.write_with_event(conn, watch_id, [row], at)
    if row.job_id is not None:
        rebinding.move_inputs(conn, row.job_id, paths, at)
