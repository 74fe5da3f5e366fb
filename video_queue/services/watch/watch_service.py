"""What can be asked of watches: add, list, change, remove, pause, resume, scan, and why a file is where it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from video_queue.db import watch_files, watches
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.db.watch_files import LedgerRow
from video_queue.db.watches import WatchRow
from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import ProblemsError, VqError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.submission import Submission
from video_queue.domain.views import Page
from video_queue.domain.watches import Existing, NewWatch, Watch, WatchChanges, WatchFile, WatchRules, Why
from video_queue.services.asker import COMMAND_LINE, Asker, PathGuard
from video_queue.services.clock import Clock
from video_queue.services.watch.admission import require_apart, require_usable, watched_folder
from video_queue.services.watch.compare import skipped
from video_queue.services.watch.names import NameRules
from video_queue.services.watch.scanner import Scanner
from video_queue.services.watch.spec import (
    WatchSpec,
    input_kind,
    own_folders,
    rules_of,
    watch_view,
    with_targets,
)
from video_queue.services.watch.tree import Mark, read_tree, unit_of
from video_queue.services.watch.why import explain, failing, recorded, unwatched
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.settings import Settings
from video_queue.system.files.answers import call
from video_queue.system.files.folders import mount_of
from video_queue.system.files.names import safe_file_name
from video_queue.system.files.path_utils import normalize_input_path

T = TypeVar("T")


class WatchService:
    """The watches of one home. Their scans: `scanner`."""

    def __init__(
        self, db: QueueDB, scanner: Scanner, workflows: WorkflowService, settings: Settings, clock: Clock
    ) -> None:
        self.scanner = scanner
        self._db, self._workflows, self._settings, self._clock = db, workflows, settings, clock

    async def add(self, new: NewWatch, asker: Asker = COMMAND_LINE) -> Watch:
        """Write a new watch.

        Raises:
            ProblemsError: problems with its submission, or files that lie there and no word about them.
            VqError: `input_missing`, `unknown_workflow`, `path_not_allowed`, `validation`, `invalid_state`.
        """
        folder = await _call(partial(watched_folder, new.path, asker.guard), Path(new.path))
        rules = WatchRules.model_validate(new.model_dump(include=set(WatchRules.model_fields)))
        rules = await _call(partial(with_targets, folder, rules), folder)
        workflow = await self._checked(folder, new.submission, rules, asker)
        submission = self._with_output_folder(new.submission, folder)
        await self._require_apart(folder, submission, rules)
        units = await _call(partial(_lying_there, folder, rules, workflow, new.existing), folder)
        rows = skipped(units, self._clock.now())
        mount = await _call(partial(mount_of, folder), folder)
        spec = _stored(submission, rules, new.existing or "take")
        number = await self._db.transact(_add, folder, spec, mount, rows, self._clock.iso())
        return await self.get(number)

    async def list(self) -> Page[Watch]:
        """All watches by number."""
        return Page(items=await self._db.read(_views))

    async def get(self, watch_id: int) -> Watch:
        """One watch.

        Raises:
            VqError: `not_found.watch`.
        """
        return await self._db.read(_view, watch_id)

    async def edit(self, watch_id: int, changes: WatchChanges, asker: Asker = COMMAND_LINE) -> Watch:
        """Change what a watch is asked to do; files that wait are considered again.

        Raises:
            ProblemsError, VqError: as for `add`.
        """
        row = await self._row(watch_id)
        folder = Path(row.path)
        named = changes.model_dump(exclude_unset=True, exclude={"submission"})
        rules = rules_of(row).model_copy(update=named)
        rules = await _call(partial(with_targets, folder, rules), folder)
        submission = changes.submission or Submission.model_validate(row.spec["submission"])
        await self._checked(folder, submission, rules, asker)
        submission = self._with_output_folder(submission, folder)
        await self._require_apart(folder, submission, rules, besides=watch_id)
        spec = _stored(submission, rules, row.spec["existing"])
        await self._db.transact(watches.edit_watch, watch_id, spec, self._clock.iso())
        return await self.get(watch_id)

    async def remove(self, watch_id: int) -> None:
        """Remove a watch. Its jobs and the files stay.

        Raises:
            VqError: `not_found.watch`.
        """
        if not await self._db.transact(watches.remove_watch, watch_id, self._clock.iso()):
            raise fail("not_found.watch", id=watch_id)

    async def act(self, watch_id: int, action: str) -> Watch:
        """`pause`, `resume` or `scan`; the watch afterwards.

        Raises:
            VqError: `not_found.watch`.
        """
        await self._row(watch_id)
        if action == "scan":
            await self.scanner.scan(watch_id)
        else:
            enabled = action == "resume"
            await self._db.transact(_enable, watch_id, self._clock.iso(), enabled)
        return await self.get(watch_id)

    async def files(
        self, watch_id: int, state: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[WatchFile]:
        """A page of a watch's files by path.

        Raises:
            VqError: `not_found.watch`.
        """
        await self._row(watch_id)
        items = await self._db.read(watch_files.list_files, watch_id, state, cursor or "", limit + 1)
        return Page(items=items[:limit], next_cursor=items[limit - 1].path if len(items) > limit else None)

    async def why(self, path: str, asker: Asker = COMMAND_LINE) -> Why:
        """What the watches do with one file, and why.

        Raises:
            VqError: `path_not_allowed`, `input_unreadable`.
        """
        whole = await _call(partial(_whole, path, asker.guard), Path(path))
        rows = await self._db.read(watches.list_watches)
        row = next((row for row in rows if whole.is_relative_to(row.path)), None)
        if row is None:
            return unwatched(str(whole))
        relative = whole.relative_to(row.path).as_posix()
        unit = await _call(partial(unit_of, Path(row.path), rules_of(row).unit, relative), whole)
        file = await self._db.read(watch_files.find_file, row.id, relative, unit)
        if file is not None:
            return recorded(row, relative, file)
        try:
            workflow = await asyncio.to_thread(self._workflows.get, row.spec["submission"]["workflow"])
            spec = WatchSpec(row, rules_of(row), workflow, self.scanner.refused)
            return await _call(partial(explain, spec, relative), whole)
        except VqError as error:
            return failing(row, relative, error)

    async def _row(self, watch_id: int) -> WatchRow:
        row = await self._db.read(watches.get_watch, watch_id)
        if row is None:
            raise fail("not_found.watch", id=watch_id)
        return row

    async def _checked(
        self, folder: Path, submission: Submission, rules: WatchRules, asker: Asker
    ) -> LoadedWorkflow:
        workflow = await asyncio.to_thread(self._workflows.get, submission.workflow)
        check = partial(require_usable, folder, submission, rules, workflow, asker.guard)
        await _call(check, *_places(folder, rules, submission.output_dir))
        return workflow

    async def _require_apart(
        self, folder: Path, submission: Submission, rules: WatchRules, *, besides: int | None = None
    ) -> None:
        others = [row for row in await self._db.read(watches.list_watches) if row.id != besides]
        output_dir = Path(submission.output_dir or "")
        places = _places(folder, rules, output_dir)
        for other in others:
            places |= _places(Path(other.path), rules_of(other), other.spec["submission"]["output_dir"])
        await _call(partial(require_apart, folder, output_dir, rules, others, self._settings), *places)

    def _with_output_folder(self, submission: Submission, folder: Path) -> Submission:
        """With an absolute output folder; by default one named after the watched folder, for all of its jobs."""
        if submission.output_dir:
            output_dir = normalize_input_path(submission.output_dir).absolute()
        else:
            output_dir = (
                self._settings.output_root / submission.workflow / safe_file_name(folder.name or "watch")
            )
        return submission.model_copy(update={"output_dir": str(output_dir)})


async def _call(work: Callable[[], T], *places: Path) -> T:
    """What `work` returns, which reads at these places.

    Raises:
        VqError: `input_unreadable.silent` for one that does not answer.
    """
    try:
        return await call(work, *places)
    except TimeoutError as error:
        raise fail("input_unreadable.silent", path=error.filename) from error


def _places(folder: Path, rules: WatchRules, output_dir: str | Path | None) -> set[Path]:
    """Where a watch reads and writes."""
    outputs = {Path(output_dir)} if output_dir else set()
    return {folder, *own_folders(folder, rules).values(), *outputs}


def _whole(path: str, guard: PathGuard | None) -> Path:
    whole = normalize_input_path(path).absolute()
    if guard:
        guard(whole)
    return whole


def _stored(submission: Submission, rules: WatchRules, existing: Existing) -> str:
    """What the row of a watch keeps, as JSON."""
    said = submission.model_dump(mode="json", exclude_unset=True)
    said |= {"workflow": submission.workflow, "output_dir": submission.output_dir}
    spec: dict[str, Any] = {**rules.model_dump(mode="json"), "existing": existing, "submission": said}
    return json.dumps(spec, ensure_ascii=False)


def _lying_there(
    folder: Path, rules: WatchRules, workflow: LoadedWorkflow, existing: Existing | None
) -> dict[str, Mark]:
    """The files that lie in a new watch's folder, where that matters.

    Raises:
        ProblemsError: the watch does not say what becomes of them.
    """
    if existing == "take":
        return {}
    names = NameRules(input_kind(workflow.definition), rules.include, rules.exclude)
    tree = read_tree(
        folder,
        rules.unit,
        recursive=rules.recursive,
        accepts=names.accepts,
        leave_out=own_folders(folder, rules).values(),
    )
    if existing is None and tree.units:
        values = {"count": len(tree.units), "path": str(folder)}
        raise ProblemsError([problem("validation.watch_existing", ("existing",), **values)])
    return tree.units


def _add(
    conn: Connection, folder: Path, spec: str, mount: str | None, rows: Sequence[LedgerRow], now: str
) -> int:
    """Write a watch with what lies in its folder already; its number."""
    number = watches.add_watch(conn, str(folder), spec, mount, now)
    watch_files.write_rows(conn, number, rows, now)
    return number


def _views(conn: Connection) -> list[Watch]:
    return [_view_of(conn, row) for row in watches.list_watches(conn)]


def _view(conn: Connection, watch_id: int) -> Watch:
    row = watches.get_watch(conn, watch_id)
    if row is None:
        raise fail("not_found.watch", id=watch_id)
    return _view_of(conn, row)


def _view_of(conn: Connection, row: WatchRow) -> Watch:
    return watch_view(row, watch_files.count_files(conn, row.id), watch_files.count_outcomes(conn, row.id))


def _enable(conn: Connection, watch_id: int, now: str, enabled: bool) -> None:
    watches.enable_watch(conn, watch_id, now, enabled=enabled)
