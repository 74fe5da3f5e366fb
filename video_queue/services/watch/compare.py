"""What a scan changes: the ledger of a watch compared with what lies in its folder now. Nothing is read here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from video_queue.db.watch_files import LedgerRow
from video_queue.domain.watches import FileState
from video_queue.services.watch.tree import Unit


@dataclass(slots=True)
class Changes:
    """`rows` are to be written, `due` are to be judged now, `renamed` may be files under new names."""

    rows: list[LedgerRow] = field(default_factory=list)
    due: list[LedgerRow] = field(default_factory=list)
    renamed: list[tuple[LedgerRow, Unit]] = field(default_factory=list)


def compare(
    ledger: Mapping[str, LedgerRow],
    units: Iterable[Unit],
    *,
    now: float,
    stable: float,
    skip_new: bool = False,
    unread: Iterable[str] = (),
) -> Changes:
    """What changed since the ledger was written. A file waits `stable` seconds after each change.

    `skip_new` leaves new files alone for ever (the first scan with `existing: skip`). Nothing below the folders
    `unread` is taken for gone.
    """
    changes, fresh, known = Changes(), list[Unit](), 0
    present = set()
    for unit in units:
        path, size, mtime = unit
        row = ledger.get(path)
        if row is None:
            fresh.append(unit)
            continue
        known += 1
        present.add(path)
        if row.size != size or row.mtime != mtime:
            changes.rows.append(_changed(row, unit, now, stable))
        elif row.state == FileState.WAITING:
            _add_waiting(changes, row, now, stable)
        elif row.state == FileState.GONE:
            changes.rows.append(_back(row, now, stable))
    missing = _missing(ledger, present, unread) if known < len(ledger) else []
    new = _without_renamed(changes, fresh, missing)
    changes.rows += [_new(unit, now, stable, skip=skip_new) for unit in new]
    moved = {row.path for row, _ in changes.renamed}
    changes.rows += [gone(row) for row in missing if row.state != FileState.GONE and row.path not in moved]
    return changes


def _add_waiting(changes: Changes, row: LedgerRow, now: float, stable: float) -> None:
    if row.since > now:  # the clock was put back
        changes.rows.append(row._replace(since=now, due=now + stable))
    elif row.due is None or row.due <= now:
        changes.due.append(row)


def _changed(row: LedgerRow, unit: Unit, now: float, stable: float) -> LedgerRow:
    """It waits again. What was taken keeps its job and hash, to be compared when it is stable."""
    kept = (
        row
        if row.state == FileState.TAKEN or row.rule == "changing"
        else row._replace(hash=None, job_id=None)
    )
    return kept._replace(
        size=unit.size,
        mtime=unit.mtime,
        state=FileState.WAITING.value,
        rule="changing",
        reason="it changed",
        since=now,
        due=now + stable,
    )


def _new(unit: Unit, now: float, stable: float, *, skip: bool) -> LedgerRow:
    if skip:
        reason = "it lay in the folder before the watch was added"
        return LedgerRow(*unit, FileState.IGNORED.value, "existing", reason, now)
    return LedgerRow(*unit, FileState.WAITING.value, "new", "it is new", now, now + stable)


def _back(row: LedgerRow, now: float, stable: float) -> LedgerRow:
    """The same file is there again. One that was moved away by us had another end: its name is new."""
    if row.hash is not None and row.rule != "moved":
        return row._replace(state=FileState.TAKEN.value, rule="taken", reason="it is back", due=None)
    unit = Unit(row.path, row.size, row.mtime)
    return _new(unit, now, stable, skip=False)


def gone(row: LedgerRow) -> LedgerRow:
    """The row of a file that is not in the folder any more."""
    return row._replace(
        state=FileState.GONE.value, rule="gone", reason="it is not in the folder any more", due=None
    )


def _missing(ledger: Mapping[str, LedgerRow], present: set[str], unread: Iterable[str]) -> list[LedgerRow]:
    hidden = tuple(f"{folder}/" if folder else "" for folder in unread)
    return [
        row
        for path, row in ledger.items()
        if path not in present and not (hidden and path.startswith(hidden))
    ]


def _without_renamed(changes: Changes, fresh: list[Unit], missing: list[LedgerRow]) -> list[Unit]:
    """The new units that no missing file explains; the others are put down as renamed."""
    if not (fresh and missing):
        return fresh
    by_mark: dict[tuple[int, int], list[LedgerRow]] = defaultdict(list)
    for row in missing:
        if row.rule != "moved":
            by_mark[row.size, row.mtime].append(row)
    new = []
    for unit in fresh:
        rows = by_mark.get((unit.size, unit.mtime))
        if rows:
            changes.renamed.append((rows.pop(), unit))
        else:
            new.append(unit)
    return new
