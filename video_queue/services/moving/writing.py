"""Jobs of a queue file written in one transaction: in their order, with their batches and what they come after."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from video_queue.db import batches, enqueue, moving
from video_queue.db.batches import NewBatchRow
from video_queue.db.connection import Connection
from video_queue.db.enqueue import NewJob, NewPrompt
from video_queue.domain.batches import PENDING
from video_queue.domain.moving import MovedJob, QueueFile
from video_queue.domain.submission import Submission
from video_queue.services.submission.batches import write_links
from video_queue.services.submission.prepared_job import existing_job


@dataclass(frozen=True, slots=True)
class MovedRows:
    """A job of a queue file and what is written of it here; `key` names it among all that were ever moved."""

    moved: MovedJob
    submission: Submission
    new: NewJob
    prompts: list[NewPrompt]
    key: str

    @property
    def row(self) -> NewJob:
        """Its row: named as there, found again by its key."""
        dedupe_key = self.new.dedupe_key if self.moved.whole else None
        return replace(self.new, name=self.moved.name, moved_from=self.key, dedupe_key=dedupe_key)

    @property
    def own_prompts(self) -> list[NewPrompt]:
        """Its prompts with the seeds of there, and held where they were; those that were made here as they are."""
        if not self.moved.prompts:
            return self.prompts
        return [
            replace(prompt, seed=moved.seed, held_reason=moved.held)
            for prompt, moved in zip(self.prompts, self.moved.prompts, strict=True)
        ]


def write_moved(
    conn: Connection, queue: QueueFile, rows: Sequence[MovedRows], now: str
) -> tuple[dict[int, int], set[int]]:
    """Write the jobs: (their numbers here by those of there, which of those here are new).

    One that is here already (dedupe, idempotency key) is taken for it.
    """
    numbers: dict[int, int] = {}
    written: list[tuple[int, NewJob, Submission]] = []
    members: dict[int, list[int]] = defaultdict(list)
    batch_ids = _write_batches(conn, queue, rows, now)
    prompt_count = 0
    for index, row in enumerate(rows):
        new, batch = row.row, row.moved.batch
        waits = any(number >= PENDING for number in new.after)
        dedupe = row.submission.dedupe and row.moved.whole and not waits
        job_id = existing_job(conn, new, dedupe)
        if job_id is None:
            own = replace(new, batch=batch_ids.get(batch or 0), after=())
            job_id = enqueue.write_job(conn, own, row.own_prompts, now)
            _write_notes(conn, job_id, row.moved)
            written.append((job_id, new, row.submission))
            prompt_count += len(row.prompts)
        else:
            moving.note_moved(conn, job_id, row.key)
        if batch in batch_ids:
            members[batch].append(job_id)
        numbers[PENDING + index] = job_id
    write_links(conn, written, numbers)
    enqueue.count_new(conn, len(written), prompt_count)
    for number, jobs in members.items():
        batches.set_jobs(conn, batch_ids[number], json.dumps(jobs))
    by_number = {row.moved.number: numbers[PENDING + index] for index, row in enumerate(rows)}
    return by_number, {job_id for job_id, _, _ in written}


def _write_batches(conn: Connection, queue: QueueFile, rows: Sequence[MovedRows], now: str) -> dict[int, int]:
    """New batches for those of the jobs, by their numbers there."""
    wanted = {row.moved.batch for row in rows}
    return {
        batch.number: batches.insert_batch(
            conn, NewBatchRow(batch.name, None, f"{queue.id}:{batch.number}", rows[0].new.submitted_by), now
        )
        for batch in queue.batches
        if batch.number in wanted
    }


def _write_notes(conn: Connection, job_id: int, moved: MovedJob) -> None:
    if moved.rating is not None:
        moving.rate_job(conn, job_id, moved.rating)
    notes = [
        (json.dumps(prompt.tags, ensure_ascii=False), prompt.note, prompt.rating, place)
        for place, prompt in enumerate(moved.prompts, start=1)
        if prompt.tags or prompt.note or prompt.rating is not None
    ]
    moving.note_prompts(conn, job_id, notes)
