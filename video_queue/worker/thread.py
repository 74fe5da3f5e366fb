"""The worker thread: its own event loop around the Runner.

Its order of stopping is fixed: stop claiming, drain the operations begun here, end the loop; only then may the
database be closed from the loop that opened it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from video_queue.db.queue_db import QueueDB
from video_queue.media.facts_cache import FactsCache
from video_queue.outputs.staging import output_area
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed
from video_queue.settings import Settings
from video_queue.worker.active import ActivePrompts
from video_queue.worker.away_folders import AwayFolders
from video_queue.worker.execution.media_phase import MediaPhases
from video_queue.worker.execution.named_files import NamedFiles
from video_queue.worker.execution.without_gpu import WithoutGpu
from video_queue.worker.gpu_need import GpuNeed
from video_queue.worker.prompt_log import LogWriter
from video_queue.worker.publishing import Publishing
from video_queue.worker.rendering.comfy_phases import ComfyPhases
from video_queue.worker.rendering.instances import ComfyInstances
from video_queue.worker.runner import Runner
from video_queue.worker.steps import StepRunner
from video_queue.worker.wakeup import Wakeup

_LOG = logging.getLogger(__name__)


class WorkerThread:
    """Works the queue of one database in a thread of its own."""

    def __init__(
        self,
        db: QueueDB,
        feed: EventFeed,
        settings: Settings,
        clock: Clock,
        *,
        expand_ready_jobs: Callable[[], Awaitable[None]],
        guard: Callable[[Path], None],
        until_empty: bool = False,
        on_end: Callable[[BaseException | None], None] | None = None,
    ) -> None:
        self._db, self._feed, self._settings, self._clock = db, feed, settings, clock
        self._expand_ready_jobs, self._guard = expand_ready_jobs, guard
        self._until_empty, self._on_end = until_empty, on_end
        self.facts = FactsCache()
        self._runner: Runner | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="vq-worker")

    def start(self) -> None:
        """Start claiming; returns once the loop runs."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Stop claiming, put back the active prompts, end the thread. Blocks until it has ended."""
        if self._thread.ident is None:  # never started
            return
        if self._loop and self._runner and self._thread.is_alive():
            try:
                self._loop.call_soon_threadsafe(self._runner.stop)
            except RuntimeError:
                _LOG.debug("the worker's loop had ended already")
        self._thread.join()

    def _main(self) -> None:
        failure: BaseException | None = None
        try:
            asyncio.run(self._run())
        except BaseException as error:  # noqa: BLE001 - the thread's end must be reported, whatever ended it
            _LOG.exception("the worker ended with an error")
            failure = _first(error)
        finally:
            self._ready.set()
        if self._on_end:
            self._on_end(failure)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        wakeup = Wakeup(self._loop)
        logs = LogWriter()
        self._runner = self._make_runner(wakeup, logs)
        unsubscribe = self._db.subscribe(wakeup.on_commit)
        self._ready.set()
        try:
            with self._db.reading_here():
                await self._runner.run(until_empty=self._until_empty)
        finally:
            unsubscribe()
            await self._db.drain()
            logs.close()

    def _make_runner(self, wakeup: Wakeup, logs: LogWriter) -> Runner:
        db, feed, settings, clock, facts = self._db, self._feed, self._settings, self._clock, self.facts
        named = NamedFiles(db, settings, self._guard)
        media = MediaPhases(db, feed, settings, clock, facts, named)
        make = partial(ComfyPhases, db, feed, settings, clock, facts, named)
        comfy = ComfyInstances(db, make, settings.instance_names)
        without_gpu = WithoutGpu(db, facts, settings, clock, comfy.program)
        publishing = Publishing(db, settings, clock, facts, comfy.program)
        steps = StepRunner(db, settings, clock, media, comfy, without_gpu, publishing, logs)
        return Runner(
            db=db,
            steps=steps,
            comfy=comfy,
            settings=settings,
            clock=clock,
            rng=random.Random(),
            wakeup=wakeup,
            expand_ready_jobs=self._expand_ready_jobs,
            active=ActivePrompts(db),
            gpu_need=GpuNeed(db, without_gpu, steps.workflow, comfy.first.monitor.polled),
            away=AwayFolders(db, output_area(settings), clock),
        )


def _first(error: BaseException) -> BaseException:
    """The error itself where a task group wrapped it."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
