"""The main loop of the worker: claim, execute, persist, finalize; one coroutine for each slot of each lane.

Rows are the truth: cancel and pause arrive as rows that the bell announces. What a step leaves behind is committed
together with the claim of the next, so that a lane never waits for the database twice.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from video_queue.db import claims, phases, prompts, queue_state
from video_queue.db.attempts import StaleAttemptError
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.prompts import PromptResult
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.states import Lane, LaneState, PromptState, QueueState
from video_queue.services.clock import Clock
from video_queue.settings import Settings
from video_queue.worker.failure import judge
from video_queue.worker.rendering.comfy_phases import ComfyPhases
from video_queue.worker.rendering.phase_render import RenderDone
from video_queue.worker.step import Step, commit_step
from video_queue.worker.steps import StepRunner
from video_queue.worker.wakeup import Bell

# How many prompts may stand prepared for the GPU ahead of time.
_LOOKAHEAD = 2
_LANE_CHECK_SECONDS = 3.0

Stop = Literal["cancel", "requeue"]


@dataclass(slots=True)
class InHand:
    """A prompt that a slot works on now; `stop` says why its task was cancelled."""

    claim: Claim
    task: asyncio.Task[Step]
    stop: Stop | None = None
    reason: str = ""


@dataclass(slots=True)
class Runner:
    """Works the queue until `stop` is called; everything it knows is in rows but what it has in hand."""

    db: QueueDB
    steps: StepRunner
    comfy: ComfyPhases
    settings: Settings
    clock: Clock
    rng: random.Random
    bell: Bell
    expand_ready_jobs: Callable[[], Awaitable[None]]
    in_hand: dict[int, InHand] = field(default_factory=dict)
    stopping: bool = False
    following: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, *, until_empty: bool = False) -> None:
        """Work every lane; until `stop`, or until nothing is left to do if `until_empty`."""
        slots = [self.work_slot(Lane.GPU)]
        slots += [self.work_slot(Lane.MEDIA) for _ in range(self.settings.media_slots)]
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(slot) for slot in slots]
            helpers = [group.create_task(self.heed_requests()), group.create_task(self.watch_lanes())]
            helpers.append(group.create_task(self.comfy.monitor.run()))
            helpers.append(group.create_task(self.comfy.prefetch(self.steps.workflow)))
            if until_empty:
                helpers.append(group.create_task(self._stop_when_empty()))
            await asyncio.wait(workers)
            if self.following:
                await asyncio.wait(self.following)
            for helper in helpers:
                helper.cancel()

    def stop(self) -> None:
        """Claim nothing more and put back what is in hand, without penalty."""
        self.stopping = True
        self.comfy.shut_down()
        for held in self.in_hand.values():
            self._interrupt(held, "requeue")
        self.bell.ring()

    # --- one slot

    async def work_slot(self, lane: Lane) -> None:
        """Claim and execute, one step after the other, for as long as the worker runs."""
        claim: Claim | None = None
        if lane is Lane.GPU:
            await self._until_comfy_was_looked_for()
        while not self.stopping:
            strokes, looked_at = self.bell.strokes, self.clock.now()
            if claim is None:
                claim = await self.claim_next_prompt(lane, looked_at)
            if claim is None:
                await self.bell.wait(strokes, await self._seconds_to_next_wake(looked_at))
                continue
            claim = await self.execute_prompt(claim, lane)
        if claim is not None:
            await self._requeue(claim)

    async def claim_next_prompt(self, lane: Lane, now: float) -> Claim | None:
        """The next prompt of a lane that is ready at `now`, in hand; given back at once if the caller is gone."""
        return await self.db.transact(self._claim_statement(lane, now), on_abandoned=self._give_back)

    async def execute_prompt(self, claim: Claim, lane: Lane) -> Claim | None:
        """Do the next step of a prompt and commit what came of it; the claim that was made with it, if any."""
        return await self._see_through(claim, asyncio.create_task(self.steps.perform(claim)), lane)

    async def fetch(self, claim: Claim, rendered: RenderDone) -> None:
        """Fetch the files of a committed render. It takes no lane, so nothing is claimed with its commit."""
        await self._see_through(claim, asyncio.create_task(self.steps.fetch(claim, rendered)), None)

    async def _see_through(self, claim: Claim, task: asyncio.Task[Step], lane: Lane | None) -> Claim | None:
        """`_finish_step`; None when another attempt has the prompt by now: nothing is written then."""
        with suppress(StaleAttemptError):
            return await self._finish_step(claim, task, lane)
        return None

    async def _finish_step(self, claim: Claim, task: asyncio.Task[Step], lane: Lane | None) -> Claim | None:
        """Wait for a step of a prompt in hand, heeding requests to stop it, and commit what came of it."""
        held = self.in_hand[claim.prompt_id] = InHand(claim, task)
        if self.stopping:
            self._interrupt(held, "requeue")
        try:
            await self._heed_requests_now()
            step = await task
        except asyncio.CancelledError:
            return await self._after_interrupt(held)
        except StaleAttemptError:
            raise
        except VqError as error:
            return await self._after_failure(claim, error, lane)
        except Exception as error:  # noqa: BLE001 - a bug of ours must end in one failed prompt, never in a dead lane
            self.steps.log_trace(claim, traceback.format_exc())
            return await self._after_failure(claim, fail("internal.bug", detail=repr(error)), lane)
        finally:
            self.in_hand.pop(claim.prompt_id, None)
        return await self.persist_prompt_result(claim, step, lane)

    async def persist_prompt_result(self, claim: Claim, step: Step, lane: Lane | None) -> Claim | None:
        """Commit a step (a phase's result or the prompt's end) and claim the next, in one transaction."""
        try:
            commit = partial(commit_step, claim=claim, step=step, now=self.clock.iso())
            next_claim = await self._commit_and_claim(commit, lane)
        finally:
            self.steps.after_commit(claim, step)
        if isinstance(step, RenderDone):
            following = asyncio.create_task(self.fetch(claim, step))
            self.following.add(following)
            following.add_done_callback(self.following.discard)
        return next_claim

    async def _until_comfy_was_looked_for(self) -> None:
        """Until the gpu lane's state tells whether ComfyUI is there."""
        looked = asyncio.create_task(self.comfy.monitor.polled.wait())
        while not self.stopping and not looked.done():
            ringing = asyncio.create_task(self.bell.wait(self.bell.strokes))
            await asyncio.wait([looked, ringing], return_when=asyncio.FIRST_COMPLETED)
            ringing.cancel()
        looked.cancel()

    # --- what came of it

    async def _after_interrupt(self, held: InHand) -> Claim | None:
        if held.stop == "cancel":
            error = fail("cancelled.reason", reason=held.reason) if held.reason else fail("cancelled.user")
            result = PromptResult(PromptState.CANCELLED, error=None, message=error.message)
            await self.db.transact(self._end_statement(held.claim, result))
            return None
        await self._requeue(held.claim)
        if held.stop is None:  # somebody cancelled this slot, not the prompt
            raise asyncio.CancelledError
        return None

    async def _after_failure(self, claim: Claim, error: VqError, lane: Lane | None) -> Claim | None:
        verdict = judge(
            error,
            claim.failures,
            max_attempts=self.steps.attempts_allowed(claim),
            base_seconds=self.settings.retry.base_seconds,
            rng=self.rng,
        )
        info = error.info(phase=self.steps.phase_name(claim))
        self.steps.log_error(claim, info)
        if verdict.kind == "fail":
            result = PromptResult(PromptState.FAILED, error=info, message=info.message)
            return await self._commit_and_claim(self._end_statement(claim, result), lane)
        again = partial(
            prompts.requeue,
            prompt_id=claim.prompt_id,
            attempt=claim.attempt,
            now=self.clock.iso(),
            not_before=self.clock.now() + verdict.delay,
            failures=1 if verdict.kind == "retry" else 0,
            waiting="retry" if verdict.kind == "retry" else str(error.code),
            error=info,
        )
        return await self._commit_and_claim(again, lane)

    async def _requeue(self, claim: Claim) -> None:
        now = self.clock.iso()
        with suppress(StaleAttemptError):
            await self.db.transact(lambda conn: prompts.requeue(conn, claim.prompt_id, claim.attempt, now))

    def _end_statement(self, claim: Claim, result: PromptResult) -> Callable[[Connection], object]:
        now = self.clock.iso()
        return lambda conn: phases.end_attempt(
            conn, claim.prompt_id, claim.attempt, claim.phase_seq, result, now
        )

    async def _commit_and_claim(
        self, commit: Callable[[Connection], object], lane: Lane | None
    ) -> Claim | None:
        claim = self._claim_statement(lane, self.clock.now()) if lane else _nothing

        def both(conn: Connection) -> Claim | None:
            commit(conn)
            queue_state.settle_pause(conn, self.clock.iso())
            return None if self.stopping else claim(conn)

        return await self.db.transact(both, on_abandoned=self._give_back)

    def _claim_statement(self, lane: Lane, now: float) -> Callable[[Connection], Claim | None]:
        at, logs = self.clock.iso(), str(self.settings.logs_dir / "prompts")
        return lambda conn: claims.claim_next_prompt(conn, lane, now, at, logs, _LOOKAHEAD)

    def _give_back(self, conn: Connection, claim: Claim | None) -> None:
        if claim is not None:
            prompts.requeue(conn, claim.prompt_id, claim.attempt, self.clock.iso())

    # --- requests, pauses and lanes that wait

    async def heed_requests(self) -> None:
        """Stop what somebody cancelled or paused, and fan out what waited, each time the bell rings."""
        while True:
            strokes = self.bell.strokes
            self.comfy.request_prefetch()
            await self._heed_requests_now()
            await self.expand_ready_jobs()
            await self.bell.wait(strokes)

    async def _heed_requests_now(self) -> None:
        if not self.in_hand:
            return
        cancelled, paused = await self.db.read(_requests)
        for prompt_id, attempt, reason in cancelled:
            held = self.in_hand.get(prompt_id)
            if held and held.claim.attempt == attempt:
                self._interrupt(held, "cancel", reason)
        if paused:
            for held in self.in_hand.values():
                self._interrupt(held, "requeue")

    def _interrupt(self, held: InHand, stop: Stop, reason: str = "") -> None:
        if held.stop is None:
            held.stop, held.reason = stop, reason
            held.task.cancel()

    async def watch_lanes(self) -> None:
        """Let lanes that wait for disk space go on once there is some; end pauses whose time is over."""
        while True:
            await asyncio.sleep(_LANE_CHECK_SECONDS)
            await self.db.transact(queue_state.resume_if_due, self.clock.now(), self.clock.iso())
            full = self.steps.disk_is_full()
            await self.db.transact(_set_disk_lanes, full, self.clock.iso())

    async def _seconds_to_next_wake(self, looked_at: float) -> float | None:
        """How long until something falls due that was not at `looked_at`, the moment of the claim that found nothing.

        What fell due since then is waited for no longer than a blink: no commit will ring for it.
        """
        due = await self.db.read(claims.next_wake, looked_at)
        return None if due is None else max(due - self.clock.now(), 0.001)

    async def _stop_when_empty(self) -> None:
        while True:
            strokes = self.bell.strokes
            if not self.in_hand and not await self.db.read(claims.has_work):
                self.stop()
                return
            await self.bell.wait(strokes, 0.5)


def _nothing(_: Connection) -> None:
    """Claim nothing."""


def _requests(conn: Connection) -> tuple[list[tuple[int, int, str]], bool]:
    paused = queue_state.read_queue(conn)["state"] == QueueState.PAUSED
    return prompts.cancel_requests(conn), paused


def _set_disk_lanes(conn: Connection, full: bool, now: str) -> None:
    for lane in queue_state.read_lanes(conn):
        if full and lane["state"] == LaneState.RUNNING:
            queue_state.set_lane(conn, lane["name"], LaneState.WAITING, "disk_full", now)
        elif not full and lane["reason"] == "disk_full":
            queue_state.set_lane(conn, lane["name"], LaneState.RUNNING, None, now)
