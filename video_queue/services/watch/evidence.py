"""The facts about files that are due, read from the disk: what `verdict.judge` decides by."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from video_queue.db.watch_files import LedgerRow
from video_queue.domain.errors import VqError
from video_queue.domain.submission import Submission
from video_queue.domain.watches import WatchUnit
from video_queue.domain.workflow import InputKind
from video_queue.media.ending import undecodable_part
from video_queue.media.whole_file import missing_part, missing_part_of
from video_queue.outputs.manifest import MANIFEST_SUFFIX
from video_queue.services.watch.names import PARTNERS
from video_queue.services.watch.siblings import Siblings
from video_queue.services.watch.sidecars import SidecarError, Sidecars
from video_queue.services.watch.spec import WatchSpec
from video_queue.services.watch.tree import quick_hash, quick_hash_of
from video_queue.services.watch.verdict import READY, Facts, Verdict, judge, left_out, refused
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
    judging = _Judging(spec, siblings, spec.sidecars(siblings), now, opens=len(rows) <= MAX_OPENED)
    members = {row.path: judging.members(row.path) for row in rows}
    written = open_for_writing([path for paths in members.values() for path in paths])
    return [
        judging.judged(row, members[row.path], is_open=not written.isdisjoint(members[row.path]))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Judging:
    """Judges files of one watch at one moment. Paths are texts: thousands of files may be due at once."""

    spec: WatchSpec
    siblings: Siblings
    sidecars: Sidecars
    now: float
    opens: bool

    def judged(self, row: LedgerRow, members: Sequence[str], *, is_open: bool) -> Judged:
        """The verdict about a unit whose files are `members`."""
        if refusal := self.spec.refusal(row.path):
            return Judged(row, left_out(*refusal))
        whole = self.spec.whole(row.path)
        if self.spec.rules.unit is WatchUnit.FILE and _is_other(whole, row):
            return Judged(row, judge(Facts(self.now, self.now, self.spec.stable)))
        folder, name = os.path.split(whole)
        partner, has_manifest = self._partner(folder, name), self._has_manifest(folder, name)
        verdict = judge(Facts(self.now, row.since, self.spec.stable, is_open, partner, has_manifest))
        if verdict is not READY:
            return Judged(row, verdict)
        if outside := self.spec.outside(members):
            return Judged(row, refused(self.now, outside, by_settings=False))
        return self._read(row, whole, members)

    def _read(self, row: LedgerRow, whole: str, members: Sequence[str]) -> Judged:
        """The verdict about a unit that nothing else holds back, from its contents and the settings beside it."""
        problem, mark = self._contents(row, whole, members)
        try:
            submission, has_settings = self.sidecars.submission_for(row.path)
            submission = self.spec.inputs_of(row.path, submission)
        except SidecarError as error:
            facts = Facts(self.now, row.since, 0, problem=problem, settings_problem=str(error))
            return Judged(row, judge(facts))
        except VqError as error:
            problem = problem or error.message
        if problem:
            return Judged(row, judge(Facts(self.now, row.since, 0, problem=problem)))
        return Judged(row, READY, submission, mark, has_settings)

    def members(self, path: str) -> list[str]:
        """The files of a unit, for the question who writes them."""
        whole = self.spec.whole(path)
        if self.spec.rules.unit is WatchUnit.FILE:
            return [whole]
        if self.spec.rules.unit is WatchUnit.SEQUENCE:
            return self.siblings.pictures(Path(whole))
        try:
            return [str(part) for part in Path(whole).rglob("*") if part.is_file()]
        except OSError:
            return []

    def _partner(self, folder: str, name: str) -> str | None:
        """What a program put beside a file that it still downloads."""
        beside = self.siblings.names(folder)
        return next((name + end for end in PARTNERS if name + end in beside), None)

    def _has_manifest(self, folder: str, name: str) -> bool:
        """Whether a manifest says that the file is an output, by itself or with its whole folder."""
        above, own = os.path.split(folder)
        return self.siblings.has(folder, name + MANIFEST_SUFFIX) or self.siblings.has(
            above, own + MANIFEST_SUFFIX
        )

    def _contents(self, row: LedgerRow, whole: str, members: Sequence[str]) -> tuple[str | None, str]:
        """(why a unit cannot be read to its end, what tells its contents from others).

        A run of pictures is known by its bytes and time.
        """
        try:
            if self.spec.rules.unit is WatchUnit.FILE:
                return self._contents_of_file(whole)
            problem = self._problem_of_members(members)
            is_run = self.spec.rules.unit is WatchUnit.SEQUENCE
            return problem, f"{row.size}-{row.mtime}" if is_run else quick_hash(Path(whole))
        except OSError as error:
            return error.strerror or str(error), ""

    def _contents_of_file(self, whole: str) -> tuple[str | None, str]:
        name = os.path.basename(whole)  # noqa: PTH119 - texts throughout
        with open(whole, "rb") as file:  # noqa: PTH123 - texts throughout
            problem, mark = missing_part_of(file, extension(name)), quick_hash_of(file)
        if self.opens and not problem:
            problem = undecodable_part(Path(whole), _kind_of(self.spec.kind, name))
        return problem, mark

    def _problem_of_members(self, members: Sequence[str]) -> str | None:
        """The first part of a run or folder that its container says is not whole."""
        for member in members:
            path = Path(member)
            if self.spec.names.accepts(path.name) and (problem := missing_part(path)):
                return f"{path.name}: {problem}"
        return None


def _is_other(whole: str, row: LedgerRow) -> bool:
    """Whether a file changed since it was scanned."""
    try:
        status = os.stat(whole)  # noqa: PTH116 - texts throughout
    except OSError:
        return True
    return (status.st_size, status.st_mtime_ns) != (row.size, row.mtime)


def _kind_of(kind: InputKind, name: str) -> str:
    """Sound is taken from clips too."""
    if kind in (InputKind.SEQUENCE, InputKind.IMAGE):
        return InputKind.IMAGE.value
    if kind is InputKind.AUDIO and extension(name) in EXTENSIONS[InputKind.VIDEO]:
        return InputKind.AUDIO.value
    return kind.value
