"""What an artist does to jobs and prompts after submitting: every action of the browser, the CLI and REST.

Each is a row change; the worker follows when it is committed. Impossible ones are refused with `invalid_state`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from video_queue.db import actions, artifacts, documents, job_lists, jobs, reviews
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ProblemsError, VqError
from video_queue.domain.snapshot import from_snapshot
from video_queue.domain.states import FINISHED_JOB, HeldReason, PhaseState, PromptState
from video_queue.domain.submission import Submission, parse_reference
from video_queue.domain.views import Job, Prompt
from video_queue.outputs.manifest import manifest_path
from video_queue.services.asker import COMMAND_LINE, Asker, PathGuard
from video_queue.services.clock import Clock
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.submission.job_service import JobService
from video_queue.services.submission.path_guard import refused_paths
from video_queue.settings import Settings

Options = Mapping[str, Any]


class JobActions:
    """Actions on jobs and prompts; each answers the job or prompt as it is afterwards."""

    def __init__(
        self, db: QueueDB, service: JobService, lookup: Lookup, settings: Settings, clock: Clock
    ) -> None:
        self._db, self._service, self._lookup = db, service, lookup
        self._settings, self._clock = settings, clock
        self._job_actions: dict[str, Callable[[Job, Options], Awaitable[int]]] = {
            "cancel": self._cancel,
            "retry": self._retry,
            "rerun": self._rerun,
            "hold": self._hold,
            "release": self._release,
            "move": self._move,
            "delete": self._delete,
            "archive": self._archive,
            "unarchive": self._unarchive,
        }

    async def job_action(
        self, job_id: int, action: str, options: Options, asker: Asker = COMMAND_LINE
    ) -> Job:
        """Do `action` to a job; the job (for `rerun` the new one, for `delete` as it was).

        Raises:
            VqError: `unknown_job`, `validation` for an unknown action or option, `invalid_state` when it is not
                possible now.
        """
        job = await self._lookup.job(job_id)
        _demand_possible(job, f"job {job_id}", action, options)
        if asker.guard and options.get("params"):
            await self._demand_allowed(job, options["params"], asker.guard)
        done_to = await self._job_actions[action](job, options)
        return job if action == "delete" else await self._lookup.job(done_to)

    async def prompt_action(self, prompt_id: int, action: str, options: Options) -> Prompt:
        """Do `action` to a prompt; the prompt as it is afterwards.

        Raises:
            VqError: `not_found`, `validation` for an unknown action, `invalid_state` when not possible now.
        """
        prompt = await self._lookup.prompt(prompt_id)
        subject = f"prompt {prompt.job_id}.{prompt.index}"
        _demand_possible(prompt, subject, action, options)
        if not await self._do_to_prompt(prompt, action, options):
            raise fail(
                "invalid_state.action", action=action, subject=subject, state="changing", hint="Try again."
            )
        return await self._lookup.prompt(prompt_id)

    async def act_on(
        self,
        action: str,
        *,
        ids: list[str] | None,
        filter_: JobFilter | None,
        options: Options,
        asker: Asker = COMMAND_LINE,
    ) -> dict[str, Any]:
        """`action` on many jobs (`12`) and prompts (`12.3`), or on all jobs that match a filter."""
        if ids is None:
            ids = [str(n) for n in await self._db.read(job_lists.matching_jobs, filter_ or JobFilter())]
        refused = []
        for text in ids:
            try:
                await self._act_on_one(text, action, options, asker)
            except VqError as error:
                refused.append({"id": text, "code": str(error.code), "message": error.message})
        return {"done": len(ids) - len(refused), "refused": refused}

    async def _act_on_one(self, text: str, action: str, options: Options, asker: Asker) -> None:
        number, index = parse_reference(text)
        if index is None:
            await self.job_action(number, action, options, asker)
        else:
            await self.prompt_action(await self._lookup.prompt_id(text), action, options)

    async def _demand_allowed(self, job: Job, params: dict[str, Any], guard: PathGuard) -> None:
        named = Submission(workflow=job.workflow, params=params)
        if problems := refused_paths(named, await self._definition(job), guard):
            raise ProblemsError(problems)

    # --- jobs

    async def _cancel(self, job: Job, options: Options) -> int:
        reason = str(options.get("reason") or "cancelled")
        await self._db.transact(actions.cancel_job, job.id, reason, self._clock.iso())
        return job.id

    async def _retry(self, job: Job, options: Options) -> int:
        await self._db.transact(
            _retry_job,
            job,
            bool(options.get("failed_only", True)),
            options.get("from_phase"),
            self._clock.iso(),
        )
        return job.id

    async def _rerun(self, job: Job, options: Options) -> int:
        """A linked job of the same submission; drawn seeds stay as they were unless `new_seed`."""
        row = await self._db.read(jobs.get_job_row, job.id)
        submission = Submission.model_validate(job.submission)
        params = json.loads(row["params"]) if row else {}
        kept = {name: params[name] for name in submission.params.keys() & params.keys()}
        definition = await self._definition(job)
        seed = definition.seed_parameter
        if seed and not options.get("new_seed") and seed in params:
            kept[seed] = params[seed]
        if seed and options.get("new_seed"):
            kept[seed] = "random"
        changed = submission.model_copy(
            update={
                "params": {**submission.params, **kept, **(options.get("params") or {})},
                "seeds": options.get("seeds", submission.seeds),
                "idempotency_key": None,
                "dedupe": False,
                "held": False,
            }
        )
        prepared = await self._service.prepare_job(changed)
        made = await self._service.enqueue_job(prepared, Asker(job.submitted_by), parent_id=job.id)
        return made.id

    async def _hold(self, job: Job, _options: Options) -> int:
        await self._db.transact(jobs.set_job_held, job.id, HeldReason.USER, self._clock.iso())
        return job.id

    async def _release(self, job: Job, _options: Options) -> int:
        await self._db.transact(actions.release_job, job.id, self._clock.iso())
        return job.id

    async def _move(self, job: Job, options: Options) -> int:
        place = await self._place(job, options)
        await self._db.transact(jobs.move_job, job.id, job.priority, place, self._clock.iso())
        return job.id

    async def _delete(self, job: Job, options: Options) -> int:
        published = await self._db.read(artifacts.list_outputs, job.id, 0, -1)
        await self._db.transact(jobs.delete_job, job.id, self._clock.iso())
        files = [Path(one.path) for one in published] if options.get("outputs") else []
        await asyncio.to_thread(_remove_files, files, self._settings.work_root / str(job.id))
        return job.id

    async def _archive(self, job: Job, _options: Options) -> int:
        await self._db.transact(jobs.set_archived, job.id, True, self._clock.iso())
        return job.id

    async def _unarchive(self, job: Job, _options: Options) -> int:
        await self._db.transact(jobs.set_archived, job.id, False, self._clock.iso())
        return job.id

    async def _place(self, job: Job, options: Options) -> int:
        for name, shift in (("before", 0), ("after", 1)):
            if options.get(name) is not None:
                other = await self._lookup.job(int(options[name]))
                if other.priority != job.priority or other.state in FINISHED_JOB or other.id == job.id:
                    raise fail(
                        "invalid_state.move", detail=f"job {other.id} is not a waiting job of this priority"
                    )
                return shift + await self._db.read(jobs.place_of, other.id, job.priority, job.id)
        to = options.get("to", "top")
        if to in ("top", "bottom"):
            return 1 if to == "top" else 2**53
        if not isinstance(to, int) or isinstance(to, bool) or to < 1:
            raise fail(
                "validation.value", name="to", value=to, expected="Use top, bottom or a number from 1."
            )
        return to

    async def _definition(self, job: Job) -> Any:
        text = await self._db.read(documents.read_document, job.workflow_hash)
        return from_snapshot(text or "{}", {}).definition

    # --- prompts

    async def _do_to_prompt(self, prompt: Prompt, action: str, options: Options) -> bool:
        now = self._clock.iso()
        if action == "cancel":
            reason = str(options.get("reason") or "cancelled")
            return await self._db.transact(actions.cancel_prompt, prompt.id, reason, now)
        if action == "retry":
            return await self._db.transact(_retry_prompt, prompt, options.get("from_phase"), now)
        if action in ("approve", "reject"):
            return await self._db.transact(_review, prompt, action, options, now)
        if action == "skip":
            return await self._db.transact(actions.skip_prompt, prompt.id, now)
        held = HeldReason.USER if action == "hold" else None
        return await self._db.transact(actions.hold_prompt, prompt.id, held, now)


def _demand_possible(subject: Job | Prompt, name: str, action: str, options: Options) -> None:
    """Refuse what the subject's own list of actions says is not possible; from a phase on even success is retried."""
    found = next((one for one in subject.actions if one.name == action), None)
    if found is None:
        known = ", ".join(one.name for one in subject.actions)
        raise fail("validation.value", name="action", value=action, expected=f"Use one of: {known}.")
    redone = action == "retry" and options.get("from_phase") is not None and subject.finished_at is not None
    if not (found.enabled or redone):
        hint = f"{found.reason[:1].upper()}{found.reason[1:]}."
        raise fail("invalid_state.action", action=action, subject=name, state=subject.state.value, hint=hint)


def _retry_job(conn: Connection, job: Job, failed_only: bool, from_phase: str | None, now: str) -> int:
    """Retry the failed prompts; the cancelled ones too when asked for, or when nothing failed."""
    lanes, seq = _lanes(conn, job.workflow_hash, from_phase)
    if from_phase is not None and not (failed_only and (job.counts.failed or job.counts.cancelled)):
        ids = actions.finished_prompts(conn, job.id)
    else:
        ids = actions.retryable(conn, job.id, failed_only=failed_only and job.counts.failed > 0)
    return actions.retry_prompts(conn, job.id, ids, lanes, now, seq)


def _retry_prompt(conn: Connection, prompt: Prompt, from_phase: str | None, now: str) -> bool:
    job = jobs.get_job(conn, prompt.job_id)
    if job is None or (prompt.state is PromptState.SUCCEEDED and from_phase is None):
        return False
    lanes, seq = _lanes(conn, job.workflow_hash, from_phase)
    return actions.retry_prompts(conn, job.id, [prompt.id], lanes, now, seq) > 0


def _review(conn: Connection, prompt: Prompt, action: str, options: Options, now: str) -> bool:
    """Approve (all items, or those named) or reject a prompt that waits at a gate."""
    note = options.get("note")
    if action == "reject":
        return reviews.reject(conn, prompt.id, note, now)
    gate = next(phase for phase in prompt.phases if phase.state is PhaseState.REVIEW)
    items = (gate.result or {}).get("items", [])
    chosen = options.get("items")
    approved = items if chosen is None else [one for n, one in enumerate(items, start=1) if n in chosen]
    result = {
        "approved": approved,
        "rejected": [one for one in items if one not in approved],
        "decisions": [{"do": "approve", "note": note}],
        **(options.get("result") or {}),
    }
    job = jobs.get_job(conn, prompt.job_id)
    lanes, _ = _lanes(conn, job.workflow_hash if job else "", None)
    return reviews.approve(conn, prompt.id, tuple(lanes), result, now)


def _lanes(conn: Connection, workflow_hash: str, from_phase: str | None) -> tuple[Sequence[str], int | None]:
    """The lane of each phase and of publishing, and the place of `from_phase`."""
    loaded = from_snapshot(documents.read_document(conn, workflow_hash) or "{}", {})
    if from_phase is None:
        return loaded.lanes, None
    names = [phase.name for phase in loaded.definition.phases]
    if from_phase not in names:
        expected = f"Use one of: {', '.join(names)}."
        raise fail("validation.value", name="from_phase", value=from_phase, expected=expected)
    return loaded.lanes, names.index(from_phase)


def _remove_files(published: list[Path], work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    for path in published:
        path.unlink(missing_ok=True)
        manifest_path(path).unlink(missing_ok=True)
    for folder in {path.parent for path in published if manifest_path(path.parent).is_file()}:  # sets
        with contextlib.suppress(OSError):  # somebody else's files are in it
            folder.rmdir()
            manifest_path(folder).unlink()
