"""Working the queue in this process, without HTTP: `vq run` and `vq submit --run`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from video_queue.domain.catalogue import fail
from video_queue.domain.events import Event, EventType
from video_queue.domain.states import FINISHED_JOB
from video_queue.services.event_feed import Subscription
from video_queue.system.home.server_info import read_server_info
from video_queue.terminal import exit_codes
from video_queue.terminal.keys import KeyWatch
from video_queue.terminal.serving.log_file import logging_to
from video_queue.terminal.serving.start import set_queue_going
from video_queue.terminal.show.following import event_line
from video_queue.terminal.show.waiting import print_end
from video_queue.wiring import Services, beside_worker, close_services, make_worker, open_services

if TYPE_CHECKING:
    from video_queue.settings import Settings
    from video_queue.terminal.console import Console
    from video_queue.terminal.session import Session

_LOCK_SECONDS = 10.0
_END = Event(type="", at="")  # ends the printing once everything before it was printed

Print = Callable[["Console", Event], None]


def work_until_empty(session: Session, *, comfy: str | None = None) -> int:
    """Work everything that can be worked, then end. With --json the events go to stdout, else to stderr.

    Raises:
        VqError: `locked` (exit 6) when another process works this home.
    """
    settings = session.settings(**{"comfy.url": comfy})
    print_event = _emit if session.console.as_json else _note
    _run(session, settings, None, print_event)
    return exit_codes.OK


def work_until_finished(session: Session, job_id: int, *, silent: bool) -> int:
    """Work the queue until this job is finished; its exit code. What `silent` means: see `print_end`.

    Raises:
        VqError: `locked` (exit 6) when another process works this home.
    """
    _run(session, session.settings(), job_id, _note)
    job = session.client().job(str(job_id))
    print_end(session, str(job_id), job, silent=silent)
    return exit_codes.of_job(job["state"])


def watch_and_work(session: Session, *, comfy: str | None = None) -> int:
    """Scan the watched folders and work what they submit until interrupted; events as for `work_until_empty`.

    Raises:
        VqError: `locked` (exit 6) when another process works this home.
    """
    settings = session.settings(**{"comfy.url": comfy})
    print_event = _emit if session.console.as_json else _note
    _run(session, settings, None, print_event, watching=True)
    return exit_codes.OK


def _run(
    session: Session,
    settings: Settings,
    job_id: int | None,
    print_event: Print,
    *,
    watching: bool = False,
) -> None:
    if running := read_server_info(settings.home):
        raise fail("locked.home", pid=running.pid, home=str(settings.home))
    settings.ensure_home()
    with logging_to(settings.logs_dir, quiet=session.console.quiet):
        work = _work(settings, job_id, partial(print_event, session.console), watching=watching)
        asyncio.run(_interruptible(work))


async def _interruptible(work: Coroutine[Any, Any, None]) -> None:
    """SIGTERM ends the work like Ctrl-C does, where there are signals."""
    task = asyncio.ensure_future(work)
    with contextlib.suppress(NotImplementedError):  # Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _work(
    settings: Settings, job_id: int | None, print_event: Callable[[Event], None], *, watching: bool
) -> None:
    services = await open_services(settings, lock_seconds=_LOCK_SECONDS)
    try:
        await set_queue_going(services, paused=False)
        subscription = services.feed.subscribe()
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[BaseException | None] = loop.create_future()

        def on_end(error: BaseException | None) -> None:
            loop.call_soon_threadsafe(ended.set_result, error)

        worker = make_worker(services, until_empty=job_id is None and not watching, on_end=on_end)
        printing = asyncio.create_task(_print_until(services, subscription, job_id, print_event))
        services.when_done.listeners.append(KeyWatch(lambda: services.when_done.cancel("a key")))
        worker.start()
        try:
            # Whoever waits for a database that died or hangs fails, and so the worker ends.
            async with beside_worker(services, watching=watching, on_dead=lambda: None):
                await asyncio.wait((ended, printing), return_when=asyncio.FIRST_COMPLETED)
                if job_id is None and ended.done() and ended.result() is None:
                    await services.when_done.check()
        finally:
            await asyncio.to_thread(worker.stop)
            subscription.post((_END,))
            await printing
        if (failure := await ended) is not None:
            raise failure
        await services.notifier.flush()
    finally:
        await close_services(services)


async def _print_until(
    services: Services, events: Subscription, job_id: int | None, print_event: Callable[[Event], None]
) -> None:
    """Print events until the job is finished, or until `_END`."""
    if job_id is not None and (await services.lookup.job(job_id)).state in FINISHED_JOB:
        return
    while (event := await events.get()) is not _END:
        if isinstance(event, Event):
            print_event(event)
            if event.type == EventType.JOB_FINISHED and event.job_id == job_id:
                return


def _emit(console: Console, event: Event) -> None:
    console.emit(event.model_dump(mode="json"))


def _note(console: Console, event: Event) -> None:
    if line := event_line(event.model_dump(mode="json")):
        console.note(line)
