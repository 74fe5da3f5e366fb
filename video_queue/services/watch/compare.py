"""What a scan changes: the ledger of a watch compared with what lies in its folder now. Nothing is read here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from video_queue.db.watch_files import LedgerRow
from video_queue.domain.watches import FileState
from video_queue.services.watch.tree import Mark


class Ledger:
    """What is on record about the files of a watch, in the shapes that are quickly compared with a folder."""

    def __init__(self, rows: Mapping[str, LedgerRow], revision: int = 0) -> None:
        self.rows, self.revision = rows, revision
        self.marks = {path: (row.size, row.mtime) for path, row in rows.items()}
        self.waiting = [row for row in rows.values() if row.state == FileState.WAITING]
        # What is being moved away; it is neither changed nor gone until it is done.
        self.moving = {path: row for path, row in rows.items() if row.target is not None}
        self.gone = [row for row in rows.values() if row.state == FileState.GONE]


@dataclass(slots=True)
class Changes:
    """`rows` are to be written, `due` are to be judged now, `renamed` may be files under new names."""

    rows: list[LedgerRow] = field(default_factory=list)
    due: list[LedgerRow] = field(default_factory=list)
    renamed: list[tuple[LedgerRow, str]] = field(default_factory=list)


def compare(
    ledger: Ledger,
    units: Mapping[str, Mark],
    *,
    now: float,
    stable: float,
    unread: Iterable[str] = (),
    deep: bool = True,
) -> Changes:
    """What changed since the ledger was written. A file waits `stable` seconds after each change.

    Nothing below the folders `unread` is taken for gone, and with `deep` false nothing in any folder below: it is only
    not read any more.
    """
    changes, fresh = Changes(), dict[str, Mark]()
    is_same = units == ledger.marks  # much quicker than the difference, and the usual case
    for path, mark in () if is_same else units.items() - ledger.marks.items():
        if path in ledger.moving:
            continue
        if path in ledger.rows:
            changes.rows.append(_changed(ledger.rows[path], mark, now, stable))
        else:
            fresh[path] = mark
    for row in ledger.waiting:
        if units.get(row.path) == ledger.marks[row.path]:
            _add_waiting(changes, row, now, stable)
    back = [row for row in ledger.gone if units.get(row.path) == ledger.marks[row.path]]
    changes.rows += [_back(row, now, stable) for row in back]
    missing = [] if is_same else _missing(ledger, units, unread)
    if not deep:
        below = [row for row in missing if "/" in row.path]
        missing = [row for row in missing if "/" not in row.path]
        changes.due += [row for row in below if row.state == FileState.WAITING]
    new = _without_renamed(changes, fresh, missing)
    changes.rows += [_new(path, new[path], now, stable) for path in sorted(new)]
    moved = {row.path for row, _ in changes.renamed}
    changes.rows += [gone(row) for row in missing if row.state != FileState.GONE and row.path not in moved]
    return changes


def _add_waiting(changes: Changes, row: LedgerRow, now: float, stable: float) -> None:
    if row.since > now:  # the clock was put back
        changes.rows.append(row._replace(since=now, due=now + stable))
    elif row.due is None or row.due <= now:
        changes.due.append(row)


def _changed(row: LedgerRow, mark: Mark, now: float, stable: float) -> LedgerRow:
    """It waits again. What was taken keeps its job and hash, to be compared when it is stable."""
    kept = (
        row
        if row.state == FileState.TAKEN or row.rule == "changing"
        else row._replace(hash=None, job_id=None)
    )
    return kept._replace(
        size=mark[0],
        mtime=mark[1],
        state=FileState.WAITING.value,
        rule="changing",
        reason="it changed",
        since=now,
        due=now + stable,
    )


def skipped(units: Mapping[str, Mark], now: float) -> list[LedgerRow]:
    """The rows of files that lie in a folder when it is watched with `existing: skip`: left alone until they change."""
    reason = "it lay in the folder before the watch was added"
    return [
        LedgerRow(path, *mark, FileState.IGNORED.value, "existing", reason, now)
        for path, mark in units.items()
    ]


def _new(path: str, mark: Mark, now: float, stable: float) -> LedgerRow:
    return LedgerRow(path, *mark, FileState.WAITING.value, "new", "it is new", now, now + stable)


def _back(row: LedgerRow, now: float, stable: float) -> LedgerRow:
    """The same file is there again. One that was moved away by us had another end: its name is new."""
    if row.hash is not None and row.rule != "moved":
        return row._replace(state=FileState.TAKEN.value, rule="taken", reason="it is back", due=None)
    return _new(row.path, (row.size, row.mtime), now, stable)


def gone(row: LedgerRow) -> LedgerRow:
    """The row of a file that is not in the folder any more."""
    return row._replace(
        state=FileState.GONE.value, rule="gone", reason="it is not in the folder any more", due=None
    )


def _missing(ledger: Ledger, units: Mapping[str, Mark], unread: Iterable[str]) -> list[LedgerRow]:
    hidden = tuple(f"{folder}/" if folder else "" for folder in unread)
    paths = sorted(ledger.marks.keys() - units.keys())
    return [
        ledger.rows[path]
        for path in paths
        if path not in ledger.moving and not (hidden and path.startswith(hidden))
    ]


def _without_renamed(changes: Changes, fresh: dict[str, Mark], missing: list[LedgerRow]) -> dict[str, Mark]:
    """The new units that no missing file explains; the others are put down as renamed."""
    by_mark: dict[Mark, list[LedgerRow]] = defaultdict(list)
    for row in missing:
        if row.rule != "moved":
            by_mark[row.size, row.mtime].append(row)
    new = {}
    for path, mark in fresh.items():
        if rows := by_mark.get(mark):
            changes.renamed.append((rows.pop(), path))
        else:
            new[path] = mark
    return new
