"""The queue as a whole: what it does now, pause and resume."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

from video_queue.db import affinity, comfy_process, prompt_lists, queue_state, tally
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.comfy import ProcessState
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.hours import in_hours, next_end
from video_queue.domain.states import QueueState
from video_queue.domain.views import Countdown, Counts, LaneView, QueueView
from video_queue.services.clock import Clock
from video_queue.services.estimates import Estimates, rounded

# Between two checks of the schedule.
_SCHEDULE_SECONDS = 5.0


class QueueService:
    """Pause, resume and read the queue."""

    def __init__(self, db: QueueDB, estimates: Estimates, clock: Clock) -> None:
        self._db, self._estimates = db, estimates
        self._clock = clock

    async def view(self) -> QueueView:
        """State, lanes, counts of prompts and those that run now."""
        view = await self._db.read(self._view)
        error = self._db.write_error
        disk_full = isinstance(error, VqError) and error.code is ErrorCode.DISK_FULL
        if disk_full and view.state is QueueState.RUNNING:
            view.state, view.reason = QueueState.PAUSED, "disk_full"  # no row can say so
        return view

    def _view(self, conn: Connection) -> QueueView:
        view, left = _view(conn, self._clock.iso()), self._estimates.of_queue(conn)
        view.running = self._estimates.with_shares(conn, view.running)
        if left is not None:
            view.eta_seconds, view.eta_range = rounded(left.mid), (rounded(left.low), rounded(left.high))
        return view

    async def pause(
        self, mode: str = "after_current", until: datetime | None = None, *, free_memory: bool = False
    ) -> QueueView:
        """Claim nothing more: `after_current` lets running phases end, `now` puts them back into the queue.

        With `free_memory` ComfyUI frees its memory then. The reason is `user`, or `schedule` for a pause that ends by
        itself.
        """
        pause = partial(
            queue_state.pause_queue,
            reason="schedule" if until else "user",
            until=until.timestamp() if until else None,
            now=self._clock.iso(),
            at_once=mode == "now",
            free_memory=free_memory,
        )
        await self._db.transact(pause)
        return await self.view()

    async def resume(self) -> QueueView:
        """Go on; within the hours of a schedule until they begin again."""
        await self._db.transact(_resume, self._clock.now(), self._clock.iso())
        return await self.view()

    async def set_schedule(self, hours: str | None) -> QueueView:
        """Pause in these hours of each day (local time) by itself; None: no more. A pause of the hours before ends."""
        await self._db.transact(_set_schedule, hours, self._clock.now(), self._clock.iso())
        await self.keep_schedule()
        return await self.view()

    async def keep_schedule(self) -> None:
        """Pause if the schedule says so now. The pause ends with its hours."""
        await self._db.transact(_pause_by_schedule, self._clock.now(), self._clock.iso())

    async def follow_schedule(self) -> None:
        """Keep the schedule until cancelled."""
        while True:
            if await self._db.read(queue_state.schedule_due, self._clock.now()):
                await self.keep_schedule()
            await asyncio.sleep(_SCHEDULE_SECONDS)


def _resume(conn: Connection, now: float, at: str) -> None:
    hours = queue_state.read_queue(conn)["schedule"]
    if hours and in_hours(hours, now):
        queue_state.skip_schedule(conn, next_end(hours, now))
    queue_state.resume_queue(conn, at)


def _set_schedule(conn: Connection, hours: str | None, now: float, at: str) -> None:
    queue = queue_state.read_queue(conn)
    if (
        queue["schedule"]
        and queue["reason"] == "schedule"
        and queue["until"] == next_end(queue["schedule"], now)
    ):
        queue_state.resume_queue(conn, at)
    queue_state.set_schedule(conn, hours)


def _pause_by_schedule(conn: Connection, now: float, at: str) -> None:
    hours = queue_state.schedule_due(conn, now)
    if hours and in_hours(hours, now):
        queue_state.pause_queue(conn, "schedule", next_end(hours, now), at)


def _view(conn: Connection, now: str) -> QueueView:
    queue, lanes = queue_state.read_queue(conn), queue_state.read_lanes(conn)
    for lane in lanes:
        process = comfy_process.read_process(conn, lane["instance"]) if lane["detail"] else None
        if process and process.state is not ProcessState.OFF:
            shown = {"state": process.state.value, "pid": process.pid, "message": process.message}
            lane["detail"] = {**lane["detail"], "process": shown}
    until = datetime.fromtimestamp(queue["until"], UTC).isoformat() if queue["until"] else None
    countdown = queue["countdown"] and Countdown.model_validate_json(queue["countdown"])
    return QueueView(
        state=QueueState(queue["state"]),
        reason=queue["reason"],
        until=until,
        schedule=queue["schedule"],
        countdown=countdown if countdown and countdown.ends_at > now else None,
        lanes=[LaneView.model_validate(lane) for lane in lanes],
        counts=Counts(**tally.read_tally(conn, "prompt")),
        running=prompt_lists.running_prompts(conn),
        model_loads_saved=affinity.loads_saved(conn),
    )
