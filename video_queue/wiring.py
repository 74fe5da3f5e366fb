"""The only place where objects are put together: settings -> QueueDB -> services (-> worker)."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.db.backup import back_up_file
from video_queue.db.queue_db import QueueDB
from video_queue.db.soundness import check_file, record_check
from video_queue.domain.errors import VqError
from video_queue.outputs.staging import output_area
from video_queue.services.caption_styles import CaptionStyles
from video_queue.services.clock import Clock
from video_queue.services.comfyui import ComfyService
from video_queue.services.estimates import Estimates
from video_queue.services.event_feed import EventFeed
from video_queue.services.housekeeping.housekeeper import Housekeeper
from video_queue.services.jobs.actions import JobActions
from video_queue.services.jobs.edits import JobEdits
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.jobs.many import ManyActions
from video_queue.services.jobs.queue import QueueService
from video_queue.services.jobs.waiting_checks import WaitingChecks
from video_queue.services.model_details import ModelDetails
from video_queue.services.model_hashes import hash_models
from video_queue.services.moving.exporting import QueueExports
from video_queue.services.moving.importing import QueueImports
from video_queue.services.notify.inbox import Inbox
from video_queue.services.notify.notifier import Notifier
from video_queue.services.power import WhenDone, keep_awake
from video_queue.services.provenance.differences import Differences
from video_queue.services.provenance.records import Records
from video_queue.services.provenance.replaying import Replays
from video_queue.services.provenance.verifying import Verifier
from video_queue.services.report.reports import Reports
from video_queue.services.report.tonight import TonightService
from video_queue.services.report.uptime import keep_uptime
from video_queue.services.roots import Roots
from video_queue.services.running_comfy import catalogue_of_all
from video_queue.services.submission.batches import Batches
from video_queue.services.submission.job_service import JobService
from video_queue.services.submission.path_guard import refused_by
from video_queue.services.submission.presets import Presets
from video_queue.services.viewing.viewer import Viewer
from video_queue.services.watch.scanner import Scanner
from video_queue.services.watch.watch_service import WatchService
from video_queue.services.workflows.comfy_checks import ComfyChecks
from video_queue.services.workflows.importing.imports import Imports
from video_queue.services.workflows.workflow_service import SHIPPED, WorkflowService
from video_queue.settings import Settings
from video_queue.system.home.lock import HomeLock
from video_queue.system.home.server_info import remove_server_info
from video_queue.system.processes.cancellation import in_thread
from video_queue.system.processes.identity import boot_id

if TYPE_CHECKING:
    from video_queue.worker.thread import WorkerThread

_HOUR = 3600.0
_DAY = 24 * _HOUR
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Services:
    """Everything that the API, the CLI and the worker share in one process."""

    settings: Settings
    clock: Clock
    db: QueueDB
    feed: EventFeed
    workflows: WorkflowService
    imports: Imports
    presets: Presets
    caption_styles: CaptionStyles
    comfy: ComfyCatalogue
    comfyui: ComfyService
    comfy_checks: ComfyChecks
    model_details: ModelDetails
    waiting_checks: WaitingChecks
    jobs: JobService
    batches: Batches
    actions: JobActions
    many: ManyActions
    edits: JobEdits
    lookup: Lookup
    queue: QueueService
    exports: QueueExports
    queue_imports: QueueImports
    inbox: Inbox
    notifier: Notifier
    reports: Reports
    tonight: TonightService
    verifier: Verifier
    records: Records
    replays: Replays
    watches: WatchService
    viewer: Viewer
    housekeeper: Housekeeper
    when_done: WhenDone
    lock: HomeLock | None


def open_workflows(settings: Settings) -> WorkflowService:
    """The shipped workflows and the artist's own, which win."""
    return WorkflowService([settings.workflows_dir, SHIPPED])


async def open_services(
    settings: Settings, *, lock_seconds: float = 0.0, clock: Clock | None = None
) -> Services:
    """Take the home, open its database, put right what a crash left, and build the services.

    Waits up to `lock_seconds` for another process to let go.

    Raises:
        VqError: `locked` (another process, a network file system, a newer or damaged database).
    """
    from video_queue.worker.recovery import recover  # here, so that commands that only read load no worker

    settings.ensure_home()
    lock = HomeLock.acquire(settings.home, timeout=lock_seconds)
    async with AsyncExitStack() as opened:
        opened.callback(lock.release)
        remove_server_info(settings.home)  # of a server that was killed
        clock = clock or Clock()
        boot = await asyncio.to_thread(boot_id)
        db = await QueueDB.open(settings.db_path, backups=settings.backups_dir, now=clock.iso(), boot=boot)
        opened.push_async_callback(db.close)
        await recover(db, clock, output_area(settings), settings.instance_names)
        services = build_services(settings, db, clock, lock)
        opened.pop_all()
    return services


def build_services(settings: Settings, db: QueueDB, clock: Clock, lock: HomeLock | None = None) -> Services:
    """The services over an open database; without a lock they are for reading only."""
    feed, workflows = EventFeed(), open_workflows(settings)
    db.subscribe(feed.announce)
    estimates, comfy = _estimates(settings, clock), catalogue_of_all(settings)
    waiting = WaitingChecks(db, feed, comfy, clock)
    service = JobService(db, workflows, estimates, comfy, settings, clock, random.Random())
    lookup = Lookup(db, estimates)
    scanner = Scanner(db, service, workflows, clock, refused_by(workflows, Roots(settings).guard))
    return Services(
        settings=settings,
        clock=clock,
        db=db,
        feed=feed,
        workflows=workflows,
        imports=Imports(settings, workflows, comfy),
        comfy=comfy,
        comfyui=ComfyService(db, settings, clock, waiting.check),
        waiting_checks=waiting,
        model_details=ModelDetails(settings, comfy),
        comfy_checks=ComfyChecks(workflows, comfy),
        presets=Presets(settings.presets_dir, workflows),
        caption_styles=(styles := CaptionStyles(settings.caption_styles_dir)),
        jobs=service,
        batches=Batches(db, service, clock),
        actions=(actions := JobActions(db, service, lookup, settings, clock)),
        many=ManyActions(db, actions, lookup, clock),
        edits=JobEdits(db, lookup, clock),
        lookup=lookup,
        queue=(queue := QueueService(db, estimates, clock)),
        exports=QueueExports(db, settings, clock),
        queue_imports=QueueImports(db, service, styles, settings, clock),
        inbox=Inbox(db),
        housekeeper=Housekeeper(db, settings, clock),
        when_done=WhenDone(db, feed, settings, clock),
        reports=Reports(db, clock, settings.cache_dir),
        tonight=TonightService(db, queue, estimates, comfy, settings, clock),
        verifier=Verifier(db, lookup),
        records=(records := Records(db, lookup)),
        replays=Replays(db, service, records, Differences(db, settings, comfy)),
        notifier=Notifier(db, feed, settings.notify, clock),
        viewer=Viewer(db, lookup, settings),
        watches=WatchService(db, scanner, workflows, settings, clock),
        lock=lock,
    )


def _estimates(settings: Settings, clock: Clock) -> Estimates:
    return Estimates(settings.media_jobs, clock, len(settings.instance_names))


async def close_services(services: Services) -> None:
    """Close the database from the loop that opened it, then let the home go."""
    await services.db.close()
    if services.lock:
        services.lock.release()


async def keep_database_safe(services: Services) -> None:
    """Check the database at once and each day; while it is sound, copy it into home/backups each day.

    What is damaged is not copied: it would push out the sound copies. Runs until cancelled.
    """
    checked, problems = 0.0, list[str]()
    while True:
        try:
            if services.clock.now() - checked >= _DAY:
                checked = services.clock.now()
                problems = await _check_database(services)
            if not problems:
                await in_thread(lambda _: _back_up_if_due(services))
        except (OSError, VqError) as error:  # a full disk must not end the queue for a copy
            _LOG.warning("the database could not be checked and copied: %s", error)
        await asyncio.sleep(_HOUR)


def background_loops(services: Services, *, watching: bool) -> dict[str, Callable[[], Awaitable[None]]]:
    """Everything that runs beside the worker until it is cancelled, by the name it has in the log."""
    from video_queue.services.posters import Posters
    from video_queue.services.watch.watch_loop import WatchLoop

    loops: dict[str, Callable[[], Awaitable[None]]] = {
        "keeping the database safe": partial(keep_database_safe, services),
        "cleaning": services.housekeeper.run,
        "keeping the schedule": services.queue.follow_schedule,
        "checking what waits for ComfyUI": services.waiting_checks.run,
        "hashing models": partial(hash_models, services.db),
        "making posters": Posters(services.db, services.settings.cache_dir, services.clock).run,
        "noting that it works": partial(keep_uptime, services.db, services.clock),
        **services.notifier.loops(watching=watching),
    }
    if services.settings.awake:
        loops["keeping the machine awake"] = partial(keep_awake, services.db)
    if services.settings.when_done != "nothing":
        loops["waiting for the end of all work"] = partial(services.when_done.run, watching=watching)
    if watching:
        loops["making proxies"] = services.viewer.proxies.run
        loops["watching folders"] = WatchLoop(services.db, services.watches.scanner, services.clock).run
    return loops


@asynccontextmanager
async def beside_worker(
    services: Services, *, watching: bool, on_dead: Callable[[], None]
) -> AsyncIterator[None]:
    """Run the background loops as long as the block, and all of them from its beginning; after an error each again.

    `on_dead` is called when the database died or hangs: whoever waits for it then fails.
    """
    from video_queue.worker.supervisor import Supervisor  # as above

    supervisor = Supervisor(services.db, asyncio.Event())
    loops = background_loops(services, watching=watching)
    tasks = [asyncio.create_task(supervisor.keep(name, loop)) for name, loop in loops.items()]
    tasks.append(asyncio.create_task(services.db.watch(on_dead)))
    await asyncio.sleep(0)  # each runs to its first wait: whatever happens in the block, it sees
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _check_database(services: Services) -> list[str]:
    """The problems that a full check finds, beside the work; kept for the doctor and the next start."""
    problems = await in_thread(partial(check_file, services.db.path))
    await services.db.transact(record_check, problems, services.clock.iso())
    for problem in problems:
        _LOG.error("the database has damage: %s", problem)
    return problems


def _back_up_if_due(services: Services) -> None:
    folder = services.settings.backups_dir
    newest = max((path.stat().st_mtime for path in folder.glob("vq-*.db")), default=0.0)
    if services.clock.now() - newest >= _DAY:
        back_up_file(services.db.path, folder, now=services.clock.iso())


def make_worker(
    services: Services,
    *,
    until_empty: bool = False,
    on_end: Callable[[BaseException | None], None] | None = None,
) -> WorkerThread:
    """A worker for these services, not started yet."""
    from video_queue.worker.thread import WorkerThread  # as above

    return WorkerThread(
        services.db,
        services.feed,
        services.settings,
        services.clock,
        expand_ready_jobs=services.jobs.expand_ready_jobs,
        guard=Roots(services.settings).guard,
        until_empty=until_empty,
        on_end=on_end,
    )
