"""Several submissions in one transaction: all of them become jobs or none, and one key, one undo is for all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from video_queue.db import batches, enqueue
from video_queue.db.batches import NewBatchRow
from video_queue.db.connection import Connection
from video_queue.db.enqueue import NewJob, NewPrompt
from video_queue.db.queue_db import QueueDB
from video_queue.domain.actions import require_known
from video_queue.domain.batches import BATCH_ACTIONS, PENDING, Batch, NewBatch, numbered
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import Problem, ProblemsError, VqError
from video_queue.domain.submission import Submission, renumbered
from video_queue.services.asker import COMMAND_LINE, Asker
from video_queue.services.clock import Clock
from video_queue.services.submission.job_service import JobService
from video_queue.services.submission.prepared_job import PreparedJob, existing_job

Rows = Sequence[tuple[NewJob, list[NewPrompt]]]


class Batches:
    """Submitting batches, reading them, and what can be done to all jobs of one."""

    def __init__(self, db: QueueDB, service: JobService, clock: Clock) -> None:
        self._db, self._service, self._clock = db, service, clock

    async def submit(self, batch: NewBatch, asker: Asker = COMMAND_LINE) -> Batch:
        """Write all jobs of a batch, or return the one of the same key (`reused`).

        Raises:
            ProblemsError: all problems of all submissions, by `submissions, INDEX`; nothing was written.
            VqError: `invalid_state` where the key came with another body.
        """
        digest = hashlib.sha256(batch.model_dump_json(exclude_unset=True).encode()).hexdigest()
        row = NewBatchRow(batch.name, batch.idempotency_key, digest, asker.name)
        if known := await self._db.read(_known_batch, row):
            return (await self.get(known)).model_copy(update={"reused": True})
        prepared = await self.prepare(batch, asker)
        rows = [await self._service.rows_of(item, asker) for item in prepared]
        dedupe = [item.submission.dedupe for item in prepared]
        submissions = [item.submission for item in prepared]
        batch_id, numbers = await self._db.transact(
            write_batch, row, rows, dedupe, submissions, self._clock.iso()
        )
        warnings = [_at(index, item) for index, job in enumerate(prepared) for item in job.warnings]
        view = await self.get(batch_id)
        return view.model_copy(update={"warnings": warnings, "reused": not numbers})

    async def prepare(self, batch: NewBatch, asker: Asker) -> list[PreparedJob]:
        """Every submission resolved; nothing is written.

        Raises:
            ProblemsError: all problems of all submissions.
        """
        submissions, problems = numbered(batch)
        pending = range(PENDING, PENDING + len(submissions))
        prepared = []
        for index, submission in enumerate(submissions):
            try:
                prepared.append(await self._service.prepare_job(submission, asker, pending=pending))
            except ProblemsError as error:
                problems += [_at(index, item) for item in error.problems]
            except VqError as error:
                problems.append(error.problem(("submissions", index, "workflow")))
        if problems:
            raise ProblemsError(problems)
        return prepared

    async def get(self, batch_id: int) -> Batch:
        """A batch with its jobs as they are now.

        Raises:
            VqError: `not_found`.
        """
        batch = await self._db.read(_batch, batch_id)
        if batch is None:
            raise fail("not_found.batch", id=batch_id)
        return batch

    async def jobs_that_can(self, batch_id: int, action: str) -> list[str]:
        """The numbers of the batch's own jobs for which an action is possible now; those that wait come first.

        Raises:
            VqError: `validation` for an action that is none, `not_found`, `invalid_state` where no job can.
        """
        require_known(action, BATCH_ACTIONS)
        await self.get(batch_id)
        jobs = await self._db.read(batches.own_jobs, batch_id)
        able = [str(job.id) for job in jobs if any(a.name == action and a.enabled for a in job.actions)]
        if not able:
            raise fail("invalid_state.batch", action=action, batch=batch_id)
        return able[::-1]


def _at(index: int, item: Problem) -> Problem:
    return item.model_copy(update={"loc": ("submissions", index, *item.loc)})


def _known_batch(conn: Connection, batch: NewBatchRow) -> int | None:
    first = batches.find_batch(conn, batch.idempotency_key) if batch.idempotency_key else None
    if first and first[1] != batch.digest:
        raise fail("invalid_state.batch_key", key=batch.idempotency_key, batch=first[0])
    return first[0] if first else None


def _batch(conn: Connection, batch_id: int) -> Batch | None:
    row = batches.get_batch(conn, batch_id)
    if row is None:
        return None
    own = {job.id for job in batches.own_jobs(conn, batch_id)}
    jobs = [
        job.model_copy(update={"reused": job.id not in own}) for job in batches.jobs_of_batch(conn, batch_id)
    ]
    return Batch(**{name: row[name] for name in ("id", "name", "created_at", "submitted_by")}, jobs=jobs)


def write_batch(
    conn: Connection,
    batch: NewBatchRow,
    rows: Rows,
    dedupe: Sequence[bool],
    submissions: Sequence[Submission],
    now: str,
) -> tuple[int, list[int]]:
    """Write a batch and its jobs; its number and theirs, none where the key was written meanwhile."""
    if known := _known_batch(conn, batch):
        return known, []
    batch_id = batches.insert_batch(conn, batch, now)
    numbers: dict[int, int] = {}
    written: list[tuple[int, NewJob, Submission]] = []
    prompt_count = 0
    for index, ((new, prompts), submission) in enumerate(zip(rows, submissions, strict=True)):
        waits = any(number >= PENDING for number in new.after)
        job_id = existing_job(conn, replace(new, dedupe_key=None) if waits else new, dedupe[index])
        if job_id is None:
            job_id = enqueue.write_job(conn, replace(new, batch=batch_id, after=()), prompts, now)
            written.append((job_id, new, submission))
            prompt_count += len(prompts)
        numbers[PENDING + index] = job_id
    write_links(conn, written, numbers)
    enqueue.count_new(conn, len(written), prompt_count)
    batches.set_jobs(conn, batch_id, json.dumps(list(numbers.values())))
    return batch_id, list(numbers.values())


def write_links(
    conn: Connection, written: Sequence[tuple[int, NewJob, Submission]], numbers: dict[int, int]
) -> None:
    """What jobs that were written together come after, now that each has a number."""
    for job_id, new, submission in written:
        if any(number in numbers for number in new.after):
            text = renumbered(submission, numbers).model_dump_json()
            enqueue.set_submission(conn, job_id, text)
        after = dict.fromkeys(numbers.get(number, number) for number in new.after)
        enqueue.add_dependencies(conn, job_id, after)
