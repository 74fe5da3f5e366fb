"""The door without a server: the same services in this process, for as long as one command takes.

Reading opens the database without the lock. Writing takes the lock, waiting up to ten seconds for whoever has it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from video_queue.db.connection import Connection
from video_queue.db.db_thread import DbThread
from video_queue.db.job_lists import JobFilter
from video_queue.db.migrate import schema_version, shipped_migrations
from video_queue.db.queue_db import QueueDB
from video_queue.domain.actions import ActionOptions
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.submission import Submission
from video_queue.services.clock import Clock
from video_queue.services.jobs.logs import job_log, prompt_log
from video_queue.settings import Settings
from video_queue.terminal.client.door import Door, Json
from video_queue.terminal.client.problems import as_vq_error
from video_queue.terminal.client.references import is_prompt
from video_queue.wiring import Services, build_services, close_services, open_services

T = TypeVar("T")
_LOCK_SECONDS = 10.0
_TRY_SECONDS = 0.25


Leave = Callable[[], Awaitable[None]]


def reading_door(settings: Settings) -> Door:
    """A door that answers questions and takes no lock.

    Raises:
        VqError: `locked` when the database belongs to a newer version or is damaged.
    """
    runner = asyncio.Runner()
    try:
        return LocalDoor(runner, *runner.run(_open_reading(settings)))
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
            return LocalDoor(runner, *runner.run(_open_writing(settings)))
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
        services, leave = await _open_reading(settings)
        try:
            return await services.db.read(fn)
        finally:
            await leave()

    return asyncio.run(read())


class LocalDoor:
    """The verbs, done by the services of this process."""

    serves = False

    def __init__(self, runner: asyncio.Runner, services: Services, leave: Leave) -> None:
        self._runner = runner
        self._services, self._leave = services, leave

    def submit(self, submission: Json) -> Json:
        """Submit as `cli`; no path is refused that the user can read."""
        return _json(self._run(self._services.jobs.submit(_parsed(submission))))

    def preview(self, submission: Json) -> Json:
        """What it would come to."""
        return _json(self._run(self._services.jobs.preview(_parsed(submission))))

    def jobs(self, query: Json) -> Json:
        """A page of jobs."""
        names = ("workflow", "tag", "q", "created_before")
        filter_ = JobFilter(
            state=tuple(query.get("state") or ()),
            archived=bool(query.get("archived")),
            **{name: query.get(name) for name in names},
        )
        page = self._services.lookup.jobs(
            filter_, query.get("sort") or "newest", query.get("limit") or 50, query.get("cursor")
        )
        return _json(self._run(page))

    def job(self, job_id: str) -> Json:
        """One job."""
        return _json(self._run(self._services.lookup.job(int(job_id))))

    def prompt(self, reference: str) -> Json:
        """One prompt."""
        return _json(self._run(self._services.lookup.prompt(reference)))

    def prompts(self, job_id: str, state: str | None = None) -> Iterator[Json]:
        """All prompts of a job."""
        cursor: str | None = None
        while True:
            page = self._run(self._services.lookup.prompts(int(job_id), state, cursor=cursor))
            yield from map(_json, page.items)
            cursor = page.next_cursor
            if cursor is None:
                return

    def outputs(self, job_id: str) -> Iterator[Json]:
        """All published artifacts of a job."""
        cursor: str | None = None
        while True:
            page = self._run(self._services.lookup.outputs(int(job_id), cursor))
            yield from map(_json, page.items)
            cursor = page.next_cursor
            if cursor is None:
                return

    def log(self, reference: str, phase: str | None = None, tail: int | None = None) -> str:
        """The log of a job or prompt."""
        if is_prompt(reference):
            return prompt_log(self._run(self._services.lookup.log_path(reference)), phase, tail)
        text = "".join(job_log(int(reference), self._run(self._services.lookup.log_paths(int(reference)))))
        return "".join(text.splitlines(keepends=True)[-tail:]) if tail else text

    def act(self, reference: str, action: str, options: Json) -> Json:
        """One action on one job or prompt."""
        actions = self._services.actions
        if is_prompt(reference):
            number = self._run(self._services.lookup.prompt_id(reference))
            return _json(self._run(actions.prompt_action(number, action, _options(options))))
        return _json(self._run(actions.job_action(int(reference), action, _options(options))))

    def act_on(self, action: str, references: list[str], options: Json) -> Json:
        """One action on many."""
        done = self._services.actions.act_on(action, ids=references, options=_options(options))
        return _json(self._run(done))

    def edit(self, reference: str, changes: Json) -> Json:
        """Change fields of a job or prompt."""
        edits = self._services.edits
        if is_prompt(reference):
            number = self._run(self._services.lookup.prompt_id(reference))
            return _json(self._run(edits.edit_prompt(number, changes)))
        return _json(self._run(edits.edit_job(int(reference), changes)))

    def queue(self) -> Json:
        """The queue at a glance."""
        return _json(self._run(self._services.queue.view()))

    def pause(self, options: Json) -> Json:
        """Pause; it holds when a server or `vq run` starts."""
        until = datetime.fromisoformat(options["until"]) if options.get("until") else None
        return _json(self._run(self._services.queue.pause(options.get("mode", "after_current"), until)))

    def resume(self) -> Json:
        """Go on."""
        return _json(self._run(self._services.queue.resume()))

    def workflows(self) -> list[Json]:
        """Every workflow with its problems."""
        return [_json(one) for one in self._services.workflows.list()]

    def workflow(self, name: str) -> Json:
        """One definition."""
        info = self._services.workflows.info(name)
        definition = info.definition.model_dump(mode="json", by_alias=True) if info.definition else {}
        return {**definition, **info.model_dump(mode="json", exclude={"definition"})}

    def preset(self, workflow: str, name: str) -> Json:
        """One preset of a workflow."""
        return _json(self._services.presets.get(workflow, name))

    def schema(self, name: str) -> Json:
        """The JSON Schema of a workflow's parameters."""
        return self._services.workflows.schema(name)

    def close(self) -> None:
        """Close the database and let the lock go."""
        try:
            self._run(_awaited(self._leave))
        finally:
            self._runner.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


async def _awaited(leave: Leave) -> None:
    await leave()


async def _open_writing(settings: Settings) -> tuple[Services, Leave]:
    services = await open_services(settings, lock_seconds=_TRY_SECONDS)
    return services, partial(close_services, services)


async def _open_reading(settings: Settings) -> tuple[Services, Leave]:
    found = await _open_readers(settings.db_path) if settings.db_path.exists() else await _open_nothing()
    db, leave = found
    if await db.read(schema_version) < len(
        shipped_migrations()
    ):  # an older home: bring it up to date, with the lock
        await leave()
        return await _open_writing(settings)
    return build_services(settings, db, Clock()), leave


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


def _options(options: Json) -> ActionOptions:
    with as_vq_error("options"):
        return ActionOptions.model_validate(options)


def _json(model: BaseModel) -> Json:
    return model.model_dump(mode="json")
