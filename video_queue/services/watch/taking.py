"""From files that are ready to jobs: many in one transaction, each with its row of the ledger, or none of them."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from video_queue.db import rebinding, watch_files
from video_queue.db.connection import Connection
from video_queue.db.enqueue import NewPrompt
from video_queue.db.queue_db import QueueDB
from video_queue.db.watch_files import FileChangedError, LedgerRow
from video_queue.domain.errors import ProblemsError, VqError
from video_queue.domain.submission import Submission
from video_queue.domain.watches import FileState
from video_queue.services.asker import Asker
from video_queue.services.clock import Clock
from video_queue.services.submission.job_service import JobService
from video_queue.services.submission.prepared_job import PreparedJob, new_prompts
from video_queue.services.watch.evidence import Judged
from video_queue.services.watch.spec import WatchSpec
from video_queue.services.watch.verdict import Verdict, refused
from video_queue.services.workflows.workflow_service import WorkflowService

WATCH = Asker("watch")
# Jobs written in one transaction: enough to share a sync of the disk, few enough that other writers wait briefly.
_AT_ONCE = 100
_OF_THE_UNIT = {"inputs", "input_dir", "recursive", "output_dir"}


@dataclass(frozen=True, slots=True)
class _Ready:
    judged: Judged
    prepared: PreparedJob

    @property
    def row(self) -> LedgerRow:
        """The row as it is once the file is taken."""
        return self.judged.row._replace(hash=self.judged.hash)


class Taking:
    """Makes jobs of files and gives jobs that have not begun their changed or renamed files."""

    def __init__(self, db: QueueDB, jobs: JobService, workflows: WorkflowService, clock: Clock) -> None:
        self._db, self._jobs, self._workflows, self._clock = db, jobs, workflows, clock

    async def take(self, spec: WatchSpec, ready: Sequence[Judged]) -> list[tuple[LedgerRow, Verdict]]:
        """Make jobs of these files; those that were refused, each with the verdict.

        Raises:
            VqError: nothing more can be written now.
        """
        refusals: list[tuple[LedgerRow, Verdict]] = []
        # One part is written while the next is prepared.
        writing: asyncio.Task[None] | None = None
        try:
            for part in _parts(ready):
                accepted = await self._accepted(part, refusals)
                new = [item for item in accepted if not await self._rebind(spec, item)]
                if writing is not None:
                    await writing
                writing = asyncio.create_task(self._enqueue(spec, new))
        finally:
            if writing is not None:
                await writing
        return refusals

    async def _accepted(
        self, part: Sequence[Judged], refusals: list[tuple[LedgerRow, Verdict]]
    ) -> list[_Ready]:
        """Those of a part that can be submitted; the others are added to `refusals`."""
        accepted = []
        for judged, result in zip(part, await self._prepare(part), strict=True):
            if isinstance(result, PreparedJob):
                accepted.append(_Ready(judged, result))
            else:
                verdict = refused(self._clock.now(), _text(result), by_settings=judged.has_settings)
                refusals.append((judged.row, verdict))
        return accepted

    async def rename(self, spec: WatchSpec, old: LedgerRow, row: LedgerRow, submission: Submission) -> None:
        """A file that was taken has another name: its job, if it has not begun, reads it there."""
        result = (
            await self._prepare(
                [Judged(row, verdict=refused(0, "", by_settings=False), submission=submission)]
            )
        )[0]
        if isinstance(result, PreparedJob):
            await self._db.transact(
                _rename, spec.row.id, old.path, row, result, new_prompts(result), self._clock.iso()
            )
        else:
            await self._db.transact(watch_files.rename_file, spec.row.id, old.path, row, self._clock.iso())

    async def _prepare(self, part: Sequence[Judged]) -> list[PreparedJob | VqError]:
        submissions = [judged.submission for judged in part if judged.submission is not None]
        try:
            workflow = await asyncio.to_thread(self._workflows.get, submissions[0].workflow)
            return list(await self._jobs.prepare_each(workflow, submissions))
        except VqError as error:
            return [error] * len(part)

    async def _rebind(self, spec: WatchSpec, item: _Ready) -> bool:
        """Whether a file that had been taken before needs no new job: it is the same, or its job has not begun."""
        if item.judged.row.job_id is None and item.judged.row.hash is None:
            return False
        prompts = new_prompts(item.prepared)
        return await self._db.transact(
            _rebind, spec.row.id, item.judged.row, item.row, item.prepared, prompts, self._clock.iso()
        )

    async def _enqueue(self, spec: WatchSpec, items: Sequence[_Ready]) -> None:
        if not items:
            return
        now = self._clock.iso()

        def record(conn: Connection, numbers: Sequence[int]) -> None:
            taken = [(item.row, number) for item, number in zip(items, numbers, strict=True)]
            watch_files.take_files(conn, spec.row.id, taken, now)
            watch_files.append_files(conn, spec.row.id, {FileState.TAKEN.value: len(items)}, now)

        try:
            await self._jobs.enqueue_each([item.prepared for item in items], WATCH, record)
        except FileChangedError:
            return  # nothing of it was written; the next scan decides again


def _parts(ready: Sequence[Judged]) -> Iterator[list[Judged]]:
    """The files in parts that share all of their submission but the inputs."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for judged in ready:
        key = ""
        if judged.has_settings and judged.submission is not None:
            key = judged.submission.model_dump_json(exclude=_OF_THE_UNIT)
        groups[key].append(judged)
    for group in groups.values():
        for start in range(0, len(group), _AT_ONCE):
            yield group[start : start + _AT_ONCE]


def _text(error: VqError) -> str:
    if isinstance(error, ProblemsError):
        return "; ".join(problem.message for problem in error.problems)
    return f"{error.message}. {error.hint}"


def _rebind(
    conn: Connection,
    watch_id: int,
    before: LedgerRow,
    row: LedgerRow,
    prepared: PreparedJob,
    prompts: list[NewPrompt],
    now: str,
) -> bool:
    same = before.hash is not None and before.hash == row.hash
    taken = row._replace(state=FileState.TAKEN.value, rule="taken", reason=f"job {row.job_id}", due=None)
    is_bound = _bind(conn, row.job_id, prepared, prompts, now)
    if same or is_bound:
        watch_files.write_rows(conn, watch_id, [taken], now)
    return same or is_bound


def _rename(
    conn: Connection,
    watch_id: int,
    old: str,
    row: LedgerRow,
    prepared: PreparedJob,
    prompts: list[NewPrompt],
    now: str,
) -> None:
    _bind(conn, row.job_id, prepared, prompts, now)
    watch_files.rename_file(conn, watch_id, old, row, now)


def _bind(
    conn: Connection, job_id: int | None, prepared: PreparedJob, prompts: list[NewPrompt], now: str
) -> bool:
    """Give a job that has not begun these prompts."""
    submission = prepared.submission
    not_before = submission.not_before.timestamp() if submission.not_before else None
    params = json.dumps(prepared.planned.params, ensure_ascii=False)
    return job_id is not None and rebinding.rebind_job(
        conn, job_id, submission.model_dump_json(), params, prompts, not_before, now
    )
