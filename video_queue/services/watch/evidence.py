"""The facts about files that are due, read from the disk: what `verdict.judge` decides by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from video_queue.db.watch_files import LedgerRow
from video_queue.domain.errors import VqError
from video_queue.domain.submission import Submission
from video_queue.domain.watches import WatchUnit
from video_queue.domain.workflow import InputKind
from video_queue.media.ending import unreadable_part
from video_queue.outputs.manifest import MANIFEST_SUFFIX
from video_queue.services.watch.names import PARTNERS
from video_queue.services.watch.siblings import Siblings
from video_queue.services.watch.sidecars import SidecarError, Sidecars
from video_queue.services.watch.spec import WatchSpec
from video_queue.services.watch.tree import quick_hash
from video_queue.services.watch.verdict import READY, Facts, Verdict, judge, left_out
from video_queue.system.files.collect import EXTENSIONS, extension
from video_queue.system.processes.open_files import open_for_writing

# More files than this at once are checked by what their containers say; their jobs open them anyway.
MAX_OPENED = 256


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that was due: its row, the verdict; where nothing holds it back, what to submit and its quick hash."""

    row: LedgerRow
    verdict: Verdict
    submission: Submission | None = None
    hash: str | None = None
    has_settings: bool = False


def judge_files(spec: WatchSpec, rows: Sequence[LedgerRow], *, now: float) -> list[Judged]:
    """The verdict about each file that is due. Reads the files."""
    siblings = Siblings()
    members = {row.path: _members(spec, row.path, siblings) for row in rows}
    written = open_for_writing([path for paths in members.values() for path in paths])
    sidecars = spec.sidecars(siblings)
    opens = len(rows) <= MAX_OPENED
    return [
        _judge(
            spec,
            row,
            siblings,
            sidecars,
            now=now,
            members=members[row.path],
            is_open=not written.isdisjoint(members[row.path]),
            opens=opens,
        )
        for row in rows
    ]


def _judge(
    spec: WatchSpec,
    row: LedgerRow,
    siblings: Siblings,
    sidecars: Sidecars,
    *,
    now: float,
    members: Sequence[str],
    is_open: bool,
    opens: bool,
) -> Judged:
    if refusal := spec.refusal(row.path):
        return Judged(row, left_out(*refusal))
    whole = spec.folder / row.path
    if spec.rules.unit is WatchUnit.FILE and _is_other(whole, row):
        return Judged(row, judge(Facts(now, now, spec.stable)))
    partner, has_manifest = _partner(whole, siblings), _has_manifest(whole, siblings)
    verdict = judge(Facts(now, row.since, spec.stable, is_open, partner, has_manifest))
    if verdict is not READY:
        return Judged(row, verdict)
    problem = _problem(spec, whole, members, opens=opens)
    try:
        submission = spec.inputs_of(row.path, sidecars.submission_for(row.path))
        mark = None if problem else _hash(spec, row)
    except SidecarError as error:
        return Judged(row, judge(Facts(now, row.since, 0, problem=problem, settings_problem=str(error))))
    except VqError as error:
        problem = problem or error.message
    except OSError as error:
        problem = problem or error.strerror or str(error)
    if problem:
        return Judged(row, judge(Facts(now, row.since, 0, problem=problem)))
    return Judged(row, READY, submission, mark, sidecars.has_settings(row.path))


def _is_other(whole: Path, row: LedgerRow) -> bool:
    """Whether a file changed since it was scanned."""
    try:
        status = whole.stat()
    except OSError:
        return True
    return (status.st_size, status.st_mtime_ns) != (row.size, row.mtime)


def _hash(spec: WatchSpec, row: LedgerRow) -> str:
    """What tells the unit's contents from others; a run of pictures is known by its bytes and time."""
    if spec.rules.unit is WatchUnit.SEQUENCE:
        return f"{row.size}-{row.mtime}"
    return quick_hash(spec.folder / row.path)


def _members(spec: WatchSpec, path: str, siblings: Siblings) -> list[str]:
    """The files of a unit, for the question who writes them."""
    whole = spec.folder / path
    if spec.rules.unit is WatchUnit.FILE:
        return [str(whole)]
    if spec.rules.unit is WatchUnit.SEQUENCE:
        return siblings.pictures(whole)
    try:
        return [str(part) for part in whole.rglob("*") if part.is_file()]
    except OSError:
        return []


def _partner(whole: Path, siblings: Siblings) -> str | None:
    """What a program put beside a file that it still downloads."""
    beside = siblings.names(whole.parent)
    names = (whole.name + end for end in PARTNERS)
    return next((name for name in names if name in beside), None)


def _has_manifest(whole: Path, siblings: Siblings) -> bool:
    """Whether a manifest says that the file is an output, by itself or with its whole folder."""
    folder = whole.parent
    return siblings.has(folder, whole.name + MANIFEST_SUFFIX) or siblings.has(
        folder.parent, folder.name + MANIFEST_SUFFIX
    )


def _problem(spec: WatchSpec, whole: Path, members: Sequence[str], *, opens: bool) -> str | None:
    if spec.rules.unit is not WatchUnit.FILE:
        return _problem_of_members(spec, members)
    return unreadable_part(whole, _kind_of(spec.kind, whole.name), opens=opens)


def _problem_of_members(spec: WatchSpec, members: Sequence[str]) -> str | None:
    """The first part of a run or folder that its container says is not whole."""
    for member in members:
        path = Path(member)
        if spec.names.accepts(path.name) and (problem := unreadable_part(path, "media", opens=False)):
            return f"{path.name}: {problem}"
    return None


def _kind_of(kind: InputKind, name: str) -> str:
    """Sound is taken from clips too."""
    if kind in (InputKind.SEQUENCE, InputKind.IMAGE):
        return InputKind.IMAGE.value
    if kind is InputKind.AUDIO and extension(name) in EXTENSIONS[InputKind.VIDEO]:
        return InputKind.AUDIO.value
    return kind.value
