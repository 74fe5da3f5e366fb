"""One scan of one watch: read its folder, compare it with the ledger, judge what is due, make jobs of what is ready."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from video_queue.db import rebinding, watch_files, watches
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.db.watch_files import LedgerRow
from video_queue.db.watches import WatchRow
from video_queue.domain.errors import Problem, VqError
from video_queue.domain.hours import in_hours, next_begin
from video_queue.domain.moments import iso
from video_queue.domain.submission import Submission
from video_queue.domain.watches import FileState, WatchState, WatchUnit
from video_queue.services.clock import Clock
from video_queue.services.submission.job_service import JobService
from video_queue.services.watch.admission import refused_outputs
from video_queue.services.watch.compare import Changes, Ledger, compare, gone
from video_queue.services.watch.evidence import judge_files
from video_queue.services.watch.moves import Moves, accepts_now, runs_on_the_way
from video_queue.services.watch.sidecars import Refused, SidecarError
from video_queue.services.watch.spec import (
    WatchSpec,
    input_kind,
    own_folders,
    require_targets_apart,
    rules_of,
)
from video_queue.services.watch.taking import Taking
from video_queue.services.watch.tree import Tree, quick_hash, read_tree
from video_queue.services.watch.verdict import Verdict, outside_hours, too_many
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.system.files.answers import call, require_answer
from video_queue.system.files.folders import mount_of

_MINUTE = 60.0
# A watch that is away or failing is tried again after this time, in seconds.
_RETRY_SECONDS = 10.0
# Files that are judged together.
_AT_ONCE = 1000
# Moments are stored in milliseconds.
_MARGIN = 0.01


@dataclass(frozen=True, slots=True)
class Scanned:
    """When a file is due next (seconds since the epoch; None: none waits), and how long the folder took to be read."""

    due: float | None
    seconds: float = 0.0


class AwayError(Exception):
    """The folder of a watch cannot be read; the text says why."""


class Scanner:
    """Scans watches, each once at a time; rows are the only thing it keeps.

    Folders are read in threads of their own, since one on a dead share may hang at any time.
    """

    def __init__(
        self, db: QueueDB, jobs: JobService, workflows: WorkflowService, clock: Clock, refused: Refused
    ) -> None:
        self._db, self._workflows, self._clock, self.refused = db, workflows, clock, refused
        self._taking, self._moves = Taking(db, jobs, workflows, clock), Moves(db, clock)
        self._locks: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        # Ledgers as they were read, each good for as long as its revision is the row's.
        self._ledgers: dict[int, Ledger] = {}

    async def scan(self, watch_id: int) -> Scanned:
        """Scan one watch. What keeps it from its work becomes its state; `due` says when to try again."""
        async with self._locks[watch_id]:
            return await self._scan_watch(watch_id)

    async def _scan_watch(self, watch_id: int) -> Scanned:
        row = await self._db.read(watches.get_watch, watch_id)
        if row is None or not row.enabled:
            self._ledgers.pop(watch_id, None)
            return Scanned(None)
        try:
            await require_answer(Path(row.path))
            return await self._scan(await self._spec(row))
        except AwayError as error:
            return await self._stop(row, WatchState.AWAY, str(error))
        except VqError as error:
            return await self._stop(row, WatchState.FAILING, f"{error.message}. {error.hint}")
        except TimeoutError as error:
            return await self._stop(row, WatchState.AWAY, f"{error.filename}: {error.strerror}")
        except OSError as error:
            return await self._stop(row, WatchState.FAILING, error.strerror or str(error))

    async def _stop(self, row: WatchRow, state: WatchState, reason: str) -> Scanned:
        await self._set_state(row, state, reason)
        return Scanned(self._clock.now() + _RETRY_SECONDS)

    async def _set_state(self, row: WatchRow, state: WatchState, reason: str | None) -> None:
        if (row.state, row.reason) != (state, reason):
            await self._db.transact(watches.set_watch_state, row.id, state, reason, self._clock.iso())

    async def _spec(self, row: WatchRow) -> WatchSpec:
        workflow = await asyncio.to_thread(self._workflows.get, row.spec["submission"]["workflow"])
        input_kind(workflow.definition)
        folders = [Path(other.path) for other in await self._db.read(watches.list_watches)]

        def refused(submission: Submission) -> list[Problem]:
            return self.refused(submission) or refused_outputs(submission, folders)

        return WatchSpec(row, rules_of(row), workflow, refused)

    async def _scan(self, spec: WatchSpec) -> Scanned:
        began = self._clock.monotonic()
        ledger = await self._ledger(spec.row)
        tree = Tree()
        await call(partial(_read, tree, spec, ledger), lambda: Path(tree.reading or spec.folder))
        now = self._clock.now()
        changes = await asyncio.to_thread(
            compare,
            ledger,
            tree.units,
            now=now,
            stable=spec.stable,
            unread=tree.unread,
            deep=spec.rules.recursive or spec.rules.unit is WatchUnit.FOLDER,
        )
        seconds = self._clock.monotonic() - began
        await self._record(spec, changes)
        await self._decide(spec, changes.due)
        if spec.rules.after == "move" or ledger.moving:
            await self._moves.move(spec, await self._ledger(await self._row(spec)))
        await self._show_state(spec, tree)
        due = await self._db.read(watch_files.next_due, spec.row.id)
        return Scanned(None if due is None else max(due, now + 0.05), seconds)

    async def _ledger(self, row: WatchRow) -> Ledger:
        kept = self._ledgers.get(row.id)
        if kept is None or kept.revision != row.revision:
            kept = self._ledgers[row.id] = Ledger(*await self._db.read(_read_ledger, row.id))
        return kept

    async def _row(self, spec: WatchSpec) -> WatchRow:
        """The watch as it is by now."""
        return await self._db.read(watches.get_watch, spec.row.id) or spec.row

    async def _record(self, spec: WatchSpec, changes: Changes) -> None:
        now = self._clock.now()
        for old, path in changes.renamed:
            row = old._replace(path=path)
            if old.hash is not None and await call(partial(_hash_differs, spec, row), spec.folder):
                changes.rows += [
                    gone(old),
                    row._replace(
                        state=FileState.WAITING.value,
                        rule="new",
                        reason="it is new",
                        since=now,
                        due=0.0,
                        hash=None,
                        job_id=None,
                    ),
                ]
            else:
                await self._rename(spec, old, row)
        if changes.rows or spec.row.scanned_at is None:
            await self._db.transact(_write_changes, spec, changes.rows, now, self._clock.iso())

    async def _rename(self, spec: WatchSpec, old: LedgerRow, row: LedgerRow) -> None:
        if row.state == FileState.GONE:
            state = FileState.WAITING if row.hash is None else FileState.TAKEN
            due = self._clock.now() if row.hash is None else None
            row = row._replace(state=state.value, rule="renamed", reason=f"it was {old.path}", due=due)
        if row.job_id is None:
            await self._db.transact(watch_files.rename_file, spec.row.id, old.path, row, self._clock.iso())
            return
        submission = await call(partial(_submission, spec, row.path), spec.folder)
        row = row._replace(rule="renamed", reason=f"it was {old.path}")
        await self._taking.rename(spec, old, row, submission)

    async def _decide(self, spec: WatchSpec, due: list[LedgerRow]) -> None:
        """Judge what is due and take what is ready."""
        if not due:
            return
        now = self._clock.now()
        if not in_hours(spec.rules.hours, now) and spec.rules.hours:
            verdict = outside_hours(next_begin(spec.rules.hours, now))
            await self._write(spec, [_held(row, verdict) for row in due if row.due != verdict.due])
            return
        limit = spec.rules.max_new
        room = len(due) if limit is None else max(0, limit - (await self._taken(spec))[0])
        for start in range(0, min(room, len(due)), _AT_ONCE):
            if start and await self._is_other_now(spec):
                return
            await self._take(spec, due[start : min(start + _AT_ONCE, room)])
        await self._write(spec, await self._in_turn(spec, due[room:]))

    async def _take(self, spec: WatchSpec, due: list[LedgerRow]) -> None:
        """Judge files and make jobs of those that are ready."""
        judged = await call(partial(judge_files, spec, due, now=self._clock.now()), spec.folder)
        rows = [_held(item.row, item.verdict) for item in judged if item.submission is None]
        ready = [item for item in judged if item.submission is not None]
        await require_answer(*{Path(item.submission.output_dir or "") for item in ready if item.submission})
        refusals = await self._taking.take(spec, ready)
        await self._write(spec, rows + [_held(row, verdict) for row, verdict in refusals])

    async def _is_other_now(self, spec: WatchSpec) -> bool:
        """Whether the watch was paused, changed or removed meanwhile."""
        row = await self._db.read(watches.get_watch, spec.row.id)
        return row is None or not row.enabled or row.spec != spec.row.spec

    async def _taken(self, spec: WatchSpec) -> tuple[int, float]:
        """How many files the watch has taken within the last minute, and when the first of them was."""
        now = self._clock.now()
        since = iso(datetime.fromtimestamp(now - _MINUTE, UTC))
        count, oldest = await self._db.read(watch_files.taken_since, spec.row.id, since)
        return count, datetime.fromisoformat(oldest).timestamp() if oldest else now

    async def _in_turn(self, spec: WatchSpec, held: list[LedgerRow]) -> list[LedgerRow]:
        """The rows of files that wait for max_new: each is given its minute at once, and need not be written again."""
        if not held or not spec.rules.max_new:
            return []
        begin = (await self._taken(spec))[1] + _MINUTE + _MARGIN
        turns = (begin + _MINUTE * (index // spec.rules.max_new) for index in range(len(held)))
        return [_held(row, too_many(turn)) for row, turn in zip(held, turns, strict=True)]

    async def _write(self, spec: WatchSpec, rows: Sequence[LedgerRow]) -> None:
        if rows:
            await self._db.transact(watch_files.write_with_event, spec.row.id, rows, self._clock.iso())

    async def _show_state(self, spec: WatchSpec, tree: Tree) -> None:
        if tree.unread:
            folder, reason = next(iter(tree.unread.items()))
            await self._set_state(
                spec.row, WatchState.WATCHING, f"the folder {folder} cannot be read: {reason}"
            )
        elif not in_hours(spec.rules.hours, self._clock.now()):
            await self._set_state(spec.row, WatchState.QUIET, f"files are taken at {spec.rules.hours}")
        else:
            await self._set_state(spec.row, WatchState.WATCHING, None)


def _read(tree: Tree, spec: WatchSpec, ledger: Ledger) -> None:
    """Fill in what lies in the folder now.

    Raises:
        AwayError: it is not there, or the drive that held it is not.
        VqError: `validation.watch_target`: since it was added, a link leads finished files back into it.
    """
    require_targets_apart(spec.folder, spec.rules)
    read_tree(
        spec.folder,
        spec.rules.unit,
        recursive=spec.rules.recursive,
        accepts=partial(accepts_now, spec, runs_on_the_way(spec, ledger)),
        known=ledger.rows,
        leave_out=own_folders(spec.folder, spec.rules).values(),
        into=tree,
    )
    if "" in tree.unread:
        raise AwayError(f"the folder cannot be read: {tree.unread['']}")
    if not tree.units and spec.row.mount is not None and mount_of(spec.folder) != spec.row.mount:
        raise AwayError(f"nothing is mounted at {spec.row.mount}, where the folder's drive was")


def _read_ledger(conn: Connection, watch_id: int) -> tuple[dict[str, LedgerRow], int]:
    """The files of a watch, and their revision, in one snapshot."""
    row = watches.get_watch(conn, watch_id)
    return watch_files.read_ledger(conn, watch_id), row.revision if row else 0


def _hash_differs(spec: WatchSpec, row: LedgerRow) -> bool:
    """Whether the file at the new name has other contents; a run of pictures is known by its bytes and time."""
    if row.hash is None or "-" in row.hash:
        return False
    try:
        return quick_hash(spec.folder / row.path) != row.hash
    except OSError:
        return True


def _submission(spec: WatchSpec, path: str) -> Submission:
    """What is submitted for a unit; without the settings beside it where they cannot be used."""
    try:
        submission, _ = spec.sidecars().submission_for(path)
    except SidecarError:
        submission, _ = spec.sidecars().submission_for("")
    return spec.inputs_of(path, submission)


def _held(row: LedgerRow, verdict: Verdict) -> LedgerRow:
    return row._replace(state=verdict.state.value, rule=verdict.rule, reason=verdict.reason, due=verdict.due)


def _write_changes(conn: Connection, spec: WatchSpec, rows: Sequence[LedgerRow], now: float, at: str) -> None:
    """Write what a scan found; jobs that have not begun wait while their files change, or say that they are gone."""
    for row in rows:
        if row.job_id is not None and row.rule == "changing":
            rebinding.postpone_job(conn, row.job_id, now + max(_MINUTE, 4 * spec.stable))
        elif row.job_id is not None and row.rule == "gone":
            rebinding.note_inputs(conn, row.job_id, f"{row.path} is not in its watched folder any more", at)
        elif row.job_id is not None:
            rebinding.note_inputs(conn, row.job_id, None, at)
    watch_files.write_with_event(conn, spec.row.id, rows, at)
    if spec.row.scanned_at is None:
        watches.note_scan(conn, spec.row.id, at)
