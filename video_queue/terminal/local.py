"""The door without a server: the same services in this process, for as long as one command takes.

Reading opens the database without the lock. Writing takes the lock, waiting up to ten seconds for whoever has it.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from video_queue.db.connection import Connection
from video_queue.db.db_thread import DbThread
from video_queue.db.job_lists import JobFilter
from video_queue.db.migrate import schema_version, shipped_migrations
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.submission import Submission
from video_queue.services.clock import Clock
from video_queue.services.job_actions import JobActions
from video_queue.services.job_service import JobService
from video_queue.services.lookup import Lookup
from video_queue.services.queue_service import QueueService
from video_queue.services.workflow_service import WorkflowService
from video_queue.settings import Settings
from video_queue.terminal.door import Door, Json
from video_queue.terminal.problems import as_vq_error
from video_queue.terminal.references import is_prompt
from video_queue.wiring import close_services, open_services, open_workflows

T = TypeVar("T")
_LOCK_SECONDS = 10.0
_TRY_SECONDS = 0.25


@dataclass(slots=True)
class Rooms:
    """The services that a command uses, and how to leave them."""

    db: QueueDB
    workflows: WorkflowService
    jobs: JobService
    actions: JobActions
    lookup: Lookup
    queue: QueueService
    leave: Callable[[], Awaitable[None]]


def reading_door(settings: Settings) -> Door:
    """A door that answers questions and takes no lock.

    Raises:
        VqError: `locked` when the database belongs to a newer version or is damaged.
    """
    runner = asyncio.Runner()
    try:
        return LocalDoor(runner, runner.run(_open_reading(settings)))
    except BaseException:
        runner.close()
        raise


def writing_door(settings: Settings, find_server: Callable[[], Door | None]) -> Door:
    """A door that holds the home's lock, or the server that came up while the lock was waited for.

    Raises:
        VqError: `locked` after ten seconds.
    """
    runner = asyncio.Runner()
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            return LocalDoor(runner, runner.run(_open_writing(settings)))
        except VqError as error:
            held_by_another = error.code == "locked" and "pid" in error.details
            server = find_server() if held_by_another else None
            if server is None and held_by_another and time.monotonic() < deadline:
                continue
            runner.close()
            if server is not None:
                return server
            raise


def read_database(settings: Settings, fn: Callable[[Connection], T]) -> T:
    """What a statement of db/ returns on the home's database, beside a running server too."""

    async def read() -> T:
        rooms = await _open_reading(settings)
        try:
            return await rooms.db.read(fn)
        finally:
            await rooms.leave()

    return asyncio.run(read())


class LocalDoor:
    """The verbs, done by the services of this process."""

    serves = False

    def __init__(self, runner: asyncio.Runner, rooms: Rooms) -> None:
        self._runner = runner
        self._rooms = rooms

    def submit(self, submission: Json) -> Json:
        """Submit as `cli`; no path is refused that the user can read."""
        return _json(self._run(self._rooms.jobs.submit(_parsed(submission), submitted_by="cli")))

    def preview(self, submission: Json) -> Json:
        """What it would come to."""
        return _json(self._run(self._rooms.jobs.preview(_parsed(submission))))

    def jobs(self, query: Json) -> Json:
        """A page of jobs."""
        names = ("workflow", "tag", "q", "created_before")
        filter_ = JobFilter(
            state=tuple(query.get("state") or ()), **{name: query.get(name) for name in names}
        )
        page = self._rooms.lookup.jobs(
            filter_, query.get("sort") or "newest", query.get("limit") or 50, query.get("cursor")
        )
        return _json(self._run(page))

    def job(self, job_id: str) -> Json:
        """One job."""
        return _json(self._run(self._rooms.lookup.job(int(job_id))))

    def prompt(self, reference: str) -> Json:
        """One prompt."""
        return _json(self._run(self._rooms.lookup.prompt(reference)))

    def prompts(self, job_id: str, state: str | None = None) -> Iterator[Json]:
        """All prompts of a job."""
        cursor: str | None = None
        while True:
            page = self._run(self._rooms.lookup.prompts(int(job_id), state, cursor=cursor))
            yield from map(_json, page.items)
            cursor = page.next_cursor
            if cursor is None:
                return

    def outputs(self, job_id: str) -> Iterator[Json]:
        """All published artifacts of a job."""
        cursor: str | None = None
        while True:
            page = self._run(self._rooms.lookup.outputs(int(job_id), cursor))
            yield from map(_json, page.items)
            cursor = page.next_cursor
            if cursor is None:
                return

    def log(self, reference: str, phase: str | None = None, tail: int | None = None) -> str:
        """The log of a job or prompt."""
        if is_prompt(reference):
            return self._run(self._rooms.lookup.prompt_log(reference, phase, tail))
        text = self._run(self._rooms.lookup.job_log(int(reference)))
        return "".join(text.splitlines(keepends=True)[-tail:]) if tail else text

    def act(self, reference: str, action: str, options: Json) -> Json:
        """One action on one job or prompt."""
        actions = self._rooms.actions
        if is_prompt(reference):
            number = self._run(self._rooms.lookup.prompt_id(reference))
            return _json(self._run(actions.prompt_action(number, action, options)))
        return _json(self._run(actions.job_action(int(reference), action, options)))

    def act_on(self, action: str, references: list[str], options: Json) -> Json:
        """One action on many."""
        return self._run(self._rooms.actions.act_on(action, ids=references, filter_=None, options=options))

    def edit(self, reference: str, changes: Json) -> Json:
        """Change fields of a job or prompt."""
        actions = self._rooms.actions
        if is_prompt(reference):
            number = self._run(self._rooms.lookup.prompt_id(reference))
            return _json(self._run(actions.edit_prompt(number, changes)))
        return _json(self._run(actions.edit_job(int(reference), changes)))

    def queue(self) -> Json:
        """The queue at a glance."""
        return _json(self._run(self._rooms.queue.view()))

    def pause(self, options: Json) -> Json:
        """Pause; it holds when a server or `vq run` starts."""
        until = datetime.fromisoformat(options["until"]) if options.get("until") else None
        return _json(self._run(self._rooms.queue.pause(options.get("mode", "after_current"), until)))

    def resume(self) -> Json:
        """Go on."""
        return _json(self._run(self._rooms.queue.resume()))

    def workflows(self) -> list[Json]:
        """Every workflow with its problems."""
        return [_json(one) for one in self._rooms.workflows.list()]

    def workflow(self, name: str) -> Json:
        """One definition."""
        info = self._rooms.workflows.info(name)
        definition = info.definition.model_dump(mode="json", by_alias=True) if info.definition else {}
        return {**definition, **info.model_dump(mode="json", exclude={"definition"})}

    def schema(self, name: str) -> Json:
        """The JSON Schema of a workflow's parameters."""
        return self._rooms.workflows.schema(name)

    def close(self) -> None:
        """Close the database and let the lock go."""
        try:
            self._runner.run(_leave(self._rooms))
        finally:
            self._runner.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


async def _leave(rooms: Rooms) -> None:
    await rooms.leave()


async def _open_writing(settings: Settings) -> Rooms:
    services = await open_services(settings, lock_seconds=_TRY_SECONDS)

    async def leave() -> None:
        await close_services(services)

    return Rooms(
        db=services.db,
        workflows=services.workflows,
        jobs=services.jobs,
        actions=services.actions,
        lookup=services.lookup,
        queue=services.queue,
        leave=leave,
    )


async def _open_reading(settings: Settings) -> Rooms:
    found = await _open_readers(settings.db_path) if settings.db_path.exists() else await _open_nothing()
    db, leave = found
    if await db.read(schema_version) < len(
        shipped_migrations()
    ):  # an older home: bring it up to date, with the lock
        await leave()
        return await _open_writing(settings)
    clock, workflows, lookup = Clock(), open_workflows(settings), Lookup(db)
    jobs = JobService(db, workflows, settings, clock, random.Random())
    return Rooms(
        db=db,
        workflows=workflows,
        jobs=jobs,
        actions=JobActions(db, jobs, lookup, settings, clock),
        lookup=lookup,
        queue=QueueService(db, clock),
        leave=leave,
    )


async def _open_readers(path: Path) -> tuple[QueueDB, Callable[[], Awaitable[None]]]:
    """A QueueDB whose writer is never started."""
    db = QueueDB(path, DbThread(path, read_only=True), (DbThread(path, read_only=True),))
    await db.start_readers()
    found, known = await db.read(schema_version), len(shipped_migrations())
    if found > known:
        await db.close()
        raise fail("locked.newer_schema", found=found, known=known)
    return db, db.close


async def _open_nothing() -> tuple[QueueDB, Callable[[], Awaitable[None]]]:
    """An empty database of its own, for a home that has none yet: looking must not make one."""
    folder = tempfile.TemporaryDirectory(prefix="vq-")
    db = await QueueDB.open(Path(folder.name) / "vq.db", backups=None, now=Clock().iso())

    async def leave() -> None:
        await db.close()
        folder.cleanup()

    return db, leave


def _parsed(submission: Json) -> Submission:
    with as_vq_error("submission"):
        return Submission.model_validate(submission)


def _json(model: BaseModel) -> Json:
    return model.model_dump(mode="json")
