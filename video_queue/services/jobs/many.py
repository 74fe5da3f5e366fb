"""Actions on many jobs and prompts at once, by name or by a filter, and the undo of what was done.

What a filter matches is decided here, so that a caller never sends thousands of numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from video_queue.db import done_actions, job_lists, jobs, prompt_lists
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter
from video_queue.db.queue_db import QueueDB
from video_queue.domain.actions import BULK_ACTIONS, NO_OPTIONS, ActionOptions, require_known
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.submission import parse_reference
from video_queue.domain.views import FailureCause, KeptOutput, ManyDone, Refused
from video_queue.services.asker import COMMAND_LINE, Asker
from video_queue.services.clock import Clock
from video_queue.services.jobs.actions import JobActions
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.jobs.noted_actions import (
    act_on_job,
    act_on_prompt,
    move_jobs,
    require_allowed_result,
    require_possible,
)
from video_queue.services.jobs.undo import find_action, undo_part

# So many share a transaction: nobody waits long for its turn to write.
_TOGETHER = 50


class ManyActions:
    """The actions of `JobActions` for many; what refuses is listed, the others are done all the same."""

    def __init__(self, db: QueueDB, actions: JobActions, lookup: Lookup, clock: Clock) -> None:
        self._db, self._actions, self._lookup, self._clock = db, actions, lookup, clock

    async def act_on(
        self,
        action: str,
        *,
        ids: list[str] | None = None,
        filter_: JobFilter | None = None,
        options: ActionOptions = NO_OPTIONS,
        asker: Asker = COMMAND_LINE,
    ) -> ManyDone:
        """`action` on many jobs (`12`) and prompts (`12.3`), or on all jobs that match a filter.

        Jobs that move stay together, in the order of `ids` or of the queue. A retry by a filter with a cause is of that
        cause alone.

        Raises:
            VqError: `validation` for an unknown action, `path_not_allowed`; other refusals are listed.
        """
        require_known(action, BULK_ACTIONS)
        require_allowed_result(options, asker.guard)
        if ids is None:
            filter_ = filter_ or JobFilter()
            ids = [str(n) for n in await self._db.read(job_lists.matching_jobs, filter_)]
            if action == "retry" and options.cause is None:
                options = options.model_copy(update={"cause": filter_.cause})
        if action in ("rerun", "delete") or options.params:
            return await self._one_by_one(ids, action, options, asker)
        now = self._clock.iso()
        if action == "move":
            refused, number = await self._db.transact(_move, ids, filter_ is not None, options, now)
            return ManyDone(done=len(ids) - len(refused), refused=refused, undo=number)
        number, refused = None, []
        for at in range(0, len(ids), _TOGETHER):
            part = ids[at : at + _TOGETHER]
            not_done, number = await self._db.transact(_act_on_part, part, action, options, now, number)
            refused += not_done
        return ManyDone(done=len(ids) - len(refused), refused=refused, undo=number)

    async def undo(self, number: int | None = None) -> ManyDone:
        """Undo an action by its number, or the newest: everything that it was done to stands as before.

        Raises:
            VqError: `not_found`; what cannot go back now is listed.
        """
        action = await self._db.read(find_action, number)
        done, refused, last = set[int](), list[Refused](), None
        while part := await self._db.transact(undo_part, action, last, _TOGETHER, self._clock.iso()):
            done |= part.jobs
            refused += part.refused
            last = part.last
        if not refused:
            await self._db.transact(done_actions.forget, action.id)
        return ManyDone(done=len(done), refused=refused)

    async def causes(self, filter_: JobFilter) -> list[FailureCause]:
        """Why prompts of the jobs that match failed, the most frequent cause first."""
        return await self._db.read(job_lists.list_causes, filter_)

    async def _one_by_one(
        self, ids: list[str], action: str, options: ActionOptions, asker: Asker
    ) -> ManyDone:
        """What is more than one short transaction each."""
        refused: list[Refused] = []
        kept: list[KeptOutput] = []
        for reference in ids:
            try:
                number, index = parse_reference(reference)
                if index is None:
                    kept += (await self._actions.job_action(number, action, options, asker)).kept_outputs
                else:
                    prompt_id = await self._lookup.prompt_id(reference)
                    await self._actions.prompt_action(prompt_id, action, options, asker)
            except VqError as error:
                refused.append(_refusal(reference, error))
        return ManyDone(done=len(ids) - len(refused), refused=refused, kept_outputs=kept)


def _act_on_part(
    conn: Connection,
    references: Sequence[str],
    action: str,
    options: ActionOptions,
    now: str,
    number: int | None,
) -> tuple[list[Refused], int | None]:
    """Act on some; what refused, and the number under which the others can be undone, if they can."""
    refused: list[Refused] = []
    for reference in references:
        try:
            number = conn.alone(_act, reference, action, options, now, number)
        except VqError as error:
            refused.append(_refusal(reference, error))
    return refused, number


def _act(
    conn: Connection, reference: str, action: str, options: ActionOptions, now: str, number: int | None
) -> int | None:
    job_id, index = parse_reference(reference)
    if index is None:
        return act_on_job(conn, job_id, action, options, now, number)
    prompt_id = prompt_lists.find_prompt(conn, job_id, index)
    if prompt_id is None:
        raise fail("not_found.prompt", id=reference)
    return act_on_prompt(conn, prompt_id, action, options, now, number)


def _move(
    conn: Connection, references: Sequence[str], in_queue_order: bool, options: ActionOptions, now: str
) -> tuple[list[Refused], int | None]:
    """Move jobs as one block for each priority; as `_act_on_part`."""
    moving, refused = [], []
    for reference in dict.fromkeys(references):
        try:
            number, index = parse_reference(reference)
            job = jobs.get_job(conn, number) if index is None else None
            if job is None:
                raise fail("unknown_job.id", id=reference)
            require_possible(job, f"job {number}", "move", options)
            moving.append(job)
        except VqError as error:
            refused.append(_refusal(reference, error))
    if in_queue_order:
        moving.sort(key=lambda job: (job.position, job.id))
    undo: int | None = None
    for _, block in groupby(sorted(moving, key=lambda job: -job.priority), lambda job: job.priority):
        together = list(block)
        try:
            undo = move_jobs(conn, together, options, now, undo)
        except VqError as error:
            refused += [_refusal(str(job.id), error) for job in together]
    return refused, undo


def _refusal(reference: str, error: VqError) -> Refused:
    return Refused(id=reference, code=str(error.code), message=error.message)
