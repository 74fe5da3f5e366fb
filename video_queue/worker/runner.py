"""The main loop of the worker: claim, execute, persist, finalize; one coroutine for each slot of each lane.

Rows are the truth: cancel and pause arrive as rows, and every commit wakes the loop. A step is committed together
with the claim of the next, so that a lane never waits for the database twice.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from video_queue.db import away_folders, claims, phases, prompts, queue_state
from video_queue.db.attempts import StaleAttemptError
from video_queue.db.away_folders import Needed
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.pending import read_pending
from video_queue.db.prompts import PromptResult
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, ErrorInfo, VqError
from video_queue.domain.failure_policy import Reaction
from video_queue.domain.states import Lane, LaneState, PromptState
from video_queue.services.clock import Clock
from video_queue.settings import Settings
from video_queue.worker.active import ActivePrompt, ActivePrompts
from video_queue.worker.away_folders import AwayFolders
from video_queue.worker.failure import Verdict, awaited_folder, explain, judge
from video_queue.worker.gpu_need import GpuNeed
from video_queue.worker.rendering.comfy_phases import PROMPTS_AHEAD, ComfyPhases
from video_queue.worker.rendering.instances import ComfyInstances
from video_queue.worker.rendering.phase_render import RenderDone
from video_queue.worker.slot import MEDIA_SLOT, Slot
from video_queue.worker.step import Step, commit_step
from video_queue.worker.steps import StepRunner
from video_queue.worker.supervisor import Supervisor
from video_queue.worker.wakeup import BURST_SECONDS, Wakeup

# How many prompts may stand prepared for the GPU ahead of time.
_LOOKAHEAD = 2
_LANE_CHECK_SECONDS = 3.0
# A prompt whose result cannot be written by a mistake of ours lets others go first for so long.
_PAUSE_AFTER_BUG = 60.0

Write = Callable[[Connection], None]


@dataclass(slots=True)
class Runner:
    """Works the queue until `stop` is called. Everything it knows is in rows but the prompts active now."""

    db: QueueDB
    steps: StepRunner
    comfy: ComfyInstances
    settings: Settings
    clock: Clock
    rng: random.Random
    wakeup: Wakeup
    expand_ready_jobs: Callable[[], Awaitable[None]]
    active: ActivePrompts
    gpu_need: GpuNeed
    away: AwayFolders
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    supervisor: Supervisor = field(init=False)
    fetching: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.db, self.stopping)

    async def run(self, *, until_empty: bool = False) -> None:
        """Work every lane; until `stop`, or until nothing is left to do if `until_empty`."""
        slots = [
            self.supervisor.keep(f"the {slot} lane", partial(self.work_slot, slot))
            for slot in (*map(Slot.gpu, self.comfy.by_name), *[MEDIA_SLOT] * self.settings.media_jobs)
        ]
        background: dict[str, Callable[[], Awaitable[None]]] = {
            "applying commits": self.apply_commits,
            "watching the lanes": self.watch_lanes,
            "finding what needs no gpu": self.gpu_need.run,
            "probing folders": self.away.run,
            **self.comfy.loops(self.steps.workflow, when_needed=until_empty),
        }
        if until_empty:
            background["waiting for the end"] = self.stop_when_empty
        async with asyncio.TaskGroup() as group:
            slot_tasks = [group.create_task(slot) for slot in slots]
            background_tasks = [
                group.create_task(self.supervisor.keep(name, work)) for name, work in background.items()
            ]
            await asyncio.wait(slot_tasks)
            if self.fetching:
                await asyncio.wait(self.fetching)
            await self.comfy.finish()
            for task in background_tasks:
                task.cancel()

    def stop(self) -> None:
        """Claim nothing more and put back the active prompts, without penalty."""
        self.stopping.set()
        self.comfy.shut_down()
        self.active.requeue_all("shutdown")
        self.wakeup.wake()

    # --- one slot

    async def work_slot(self, slot: Slot) -> None:
        """Claim and execute, one step after the other, for as long as the worker runs."""
        claim: Claim | None = None
        comfy = self.comfy[slot.instance] if slot.lane is Lane.GPU else None
        if comfy:
            await self._until_comfy_was_polled(comfy)
        while not self.stopping.is_set():
            count, checked_at = self.wakeup.count, self.clock.now()
            due: float | None = None
            if claim is None:
                claim, due = await self.claim_next_prompt(slot, checked_at)
            if comfy:
                await comfy.ahead.on_claim(claim)
            if claim is None:
                await self.wakeup.wait(count, self._seconds_until(due))
            else:
                claim = await self.execute_prompt(claim, slot)
        if claim is not None:
            await self._requeue(claim)

    async def claim_next_prompt(self, slot: Slot, now: float) -> tuple[Claim | None, float | None]:
        """The next prompt of a lane that is ready at `now`, given back at once if the caller is gone; where there is
        none, when something falls due that was not (seconds since the epoch).
        """
        claim_next, at = self._claim_from(slot, now), self.clock.iso()

        def wait_until(conn: Connection) -> tuple[bool, float | None]:
            taken = self.comfy.taken().get(slot.instance, ())
            if claims.may_claim(conn, slot.lane, now, at, self._lookahead, slot.instance, taken):
                return False, None
            return True, claims.next_wake(conn, now)

        def claim_or_wait(conn: Connection) -> tuple[Claim | None, float | None]:
            claim = claim_next(conn)
            return claim, None if claim else claims.next_wake(conn, now)

        # Most of the time there is nothing, and to see that takes no turn among those who write.
        waits, due = await self.db.read(wait_until)
        if waits:
            return None, due
        return await self.db.transact(
            claim_or_wait, on_abandoned=lambda conn, result: self._give_back(conn, result[0])
        )

    async def execute_prompt(self, claim: Claim, slot: Slot) -> Claim | None:
        """Do the next step of a prompt and commit it; the claim that was made with the commit, if any."""
        return await self._complete(claim, self.steps.perform(claim), slot)

    async def fetch(self, claim: Claim, rendered: RenderDone) -> None:
        """Fetch the files of a committed render. It takes no lane, so nothing is claimed with its commit."""
        await self._complete(claim, self.steps.fetch(claim, rendered), None)

    async def persist_prompt_result(self, claim: Claim, step: Step, slot: Slot | None) -> Claim | None:
        """Commit a step (a phase's result or the prompt's end) and claim the next, in one transaction."""
        write = partial(commit_step, claim=claim, step=step, now=self.clock.iso())
        next_claim = await self._commit_and_claim(write, slot)
        await self.steps.after_commit(claim, step)
        if isinstance(step, RenderDone):
            task = asyncio.create_task(self.fetch(claim, step))
            self.fetching.add(task)
            task.add_done_callback(self.fetching.discard)
        return next_claim

    async def _complete(
        self, claim: Claim, work: Coroutine[Any, Any, Step], slot: Slot | None
    ) -> Claim | None:
        """Run a step unless it is to be stopped, and commit what it did; the prompt is let go whatever happens."""
        on_gpu = slot is not None and slot.lane is Lane.GPU
        active = self.active.add(claim, asyncio.create_task(work), on_gpu=on_gpu)
        if self.stopping.is_set():
            active.interrupt("shutdown")
        try:
            return await self._run_and_commit(active, slot)
        except StaleAttemptError:  # another attempt has the prompt by now: nothing is written
            return None
        except Exception as error:
            if self.db.ended or self.stopping.is_set():
                raise
            self._explain(claim, error)
            await self._requeue(claim, self.clock.now() + _PAUSE_AFTER_BUG, waiting="retry")
            return None

    async def _run_and_commit(self, active: ActivePrompt, slot: Slot | None) -> Claim | None:
        claim = active.claim
        try:
            step = await self._result(active)
            return await self.persist_prompt_result(claim, step, slot)
        except asyncio.CancelledError:
            await self._after_interrupt(active)
            return None
        except StaleAttemptError:
            raise
        except Exception as error:  # noqa: BLE001 - one of ours is an error of its prompt, never the end of a lane
            return await self._after_failure(claim, self._explain(claim, error), slot)

    async def _result(self, active: ActivePrompt) -> Step:
        """The step that an active prompt did; its task has ended when this has."""
        try:
            await self.active.apply_earlier()
            return await active.task
        finally:
            self.active.remove(active.claim)
            if active.task.cancel():
                await asyncio.wait([active.task])

    def _explain(self, claim: Claim, error: Exception) -> VqError:
        if isinstance(error, VqError):
            return error
        if isinstance(error, OSError) and (known := explain(error, self.settings.work_root)):
            return known
        self.steps.log_trace(claim, "".join(traceback.format_exception(error)))
        return fail("internal.bug", detail=repr(error))

    async def _until_comfy_was_polled(self, comfy: ComfyPhases) -> None:
        """Until the gpu lane's state says whether ComfyUI is there, or the worker stops."""
        waits = [asyncio.create_task(event.wait()) for event in (comfy.monitor.polled, self.stopping)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    def _seconds_until(self, due: float | None) -> float | None:
        """What fell due since it was read is waited for only a moment: no commit will announce it."""
        return None if due is None else max(due - self.clock.now(), 0.001)

    # --- steps that did not come to their end

    async def _after_interrupt(self, active: ActivePrompt) -> None:
        if active.stop == "cancel":
            reason = active.reason
            error = fail("cancelled.reason", reason=reason) if reason else fail("cancelled.user")
            result = PromptResult(PromptState.CANCELLED, message=error.message)
            await self.supervisor.write(self._end(active.claim, result))
            return
        await self._requeue(active.claim, keep_renders=active.stop != "pause")
        if active.stop is None:  # this slot was cancelled, not the prompt
            raise asyncio.CancelledError

    async def _after_failure(self, claim: Claim, error: VqError, slot: Slot | None) -> Claim | None:
        verdict = judge(
            error,
            await self.db.read(prompts.phase_failures, claim.prompt_id),
            max_attempts=self.steps.attempts_allowed(claim),
            base_seconds=self.settings.retry.base_seconds,
            rng=self.rng,
        )
        info = error.info(phase=self.steps.phase_name(claim))
        self.steps.log_error(claim, info)
        if verdict.kind is Reaction.FAIL:
            result = PromptResult(PromptState.FAILED, error=info, message=info.message)
            return await self._commit_and_claim(self._end(claim, result), slot)
        if awaited := awaited_folder(error, claim.output_dir):
            return await self._commit_and_claim(self._wait_for_folder(claim, info, *awaited), slot)
        full = error.code == ErrorCode.DISK_FULL and await self.steps.disk_is_full()
        return await self._commit_and_claim(self._postpone(claim, info, verdict, full=full), slot)

    def _wait_for_folder(self, claim: Claim, error: ErrorInfo, folder: str, needed: Needed) -> Write:
        moment, now = self.clock.now(), self.clock.iso()
        return lambda conn: away_folders.wait_for_folder(
            conn, claim.prompt_id, claim.attempt, folder, error, moment, now, needed
        )

    def _postpone(self, claim: Claim, error: ErrorInfo, verdict: Verdict, *, full: bool) -> Write:
        """For a moment; with a full disk the lanes wait from the same commit on, so that no other prompt meets it."""
        due, now = self.clock.now() + verdict.delay, self.clock.iso()

        def write(conn: Connection) -> None:
            prompts.requeue(
                conn,
                claim.prompt_id,
                claim.attempt,
                now,
                not_before=due,
                failure=error.code if verdict.kind is Reaction.RETRY else None,
                waiting=verdict.waiting,
                error=error,
            )
            if full:
                _set_disk_lanes(conn, full, now)

        return write

    async def _requeue(
        self,
        claim: Claim,
        not_before: float | None = None,
        waiting: str | None = None,
        *,
        keep_renders: bool = True,
    ) -> None:
        put_back = partial(
            prompts.requeue,
            prompt_id=claim.prompt_id,
            attempt=claim.attempt,
            now=self.clock.iso(),
            not_before=not_before,
            waiting=waiting,
            keep_renders=keep_renders,
        )
        with suppress(StaleAttemptError):
            await self.supervisor.write(put_back)

    def _end(self, claim: Claim, result: PromptResult) -> Write:
        now = self.clock.iso()
        return lambda conn: phases.end_attempt(
            conn, claim.prompt_id, claim.attempt, claim.phase_seq, result, now
        )

    # --- one transaction: what was done, and the next claim

    async def _commit_and_claim(self, write: Write, slot: Slot | None) -> Claim | None:
        claim = self._claim_from(slot, self.clock.now()) if slot else None

        def both(conn: Connection) -> Claim | None:
            write(conn)
            return claim(conn) if claim and not self.stopping.is_set() else None

        return await self.supervisor.write(both, on_abandoned=self._give_back)

    def _claim_from(self, slot: Slot, now: float) -> Callable[[Connection], Claim | None]:
        comfy = self.comfy[slot.instance] if slot.lane is Lane.GPU else None
        if comfy:
            comfy.ahead.on_claiming()
        claim_next = partial(
            claims.claim_next_prompt,
            lane=slot.lane,
            now=now,
            at=self.clock.iso(),
            logs=str(self.settings.logs_dir / "prompts"),
            lookahead=self._lookahead,
            bound=self.comfy.first.bound,
            instance=slot.instance,
            taken=self.comfy.taken().get(slot.instance, ()),
        )
        return comfy.beginning(claim_next) if comfy else claim_next

    @property
    def _lookahead(self) -> int:
        return _LOOKAHEAD * len(self.comfy.by_name)

    def _give_back(self, conn: Connection, claim: Claim | None) -> None:
        if claim is not None:
            prompts.requeue(conn, claim.prompt_id, claim.attempt, self.clock.iso())

    # --- in the background

    async def apply_commits(self) -> None:
        """After every commit: stop what was cancelled or paused, and begin what there is to do beside the lanes."""
        while True:
            count = self.wakeup.count
            pending = await self.db.read(
                read_pending, PROMPTS_AHEAD, self.clock.now(), self.comfy.first.bound, self.comfy.taken()
            )
            self.active.apply(pending.requests)
            self.comfy.on_pending(pending)
            if pending.undecided:
                self.gpu_need.check()
            if pending.expandable:
                await self.expand_ready_jobs()
            await self.wakeup.wait(count)
            await asyncio.sleep(BURST_SECONDS)

    async def watch_lanes(self) -> None:
        """Let lanes that wait for disk space run once there is some; end pauses whose time is over."""
        while True:
            await asyncio.sleep(_LANE_CHECK_SECONDS)
            await self.db.transact(queue_state.resume_if_due, self.clock.now(), self.clock.iso())
            full = await self.steps.disk_is_full()
            await self.db.transact(_set_disk_lanes, full, self.clock.iso())

    async def stop_when_empty(self) -> None:
        """Stop the worker once nothing is left to do."""
        while True:
            count = self.wakeup.count
            if not self.active and not await self.db.read(claims.has_work):
                self.stop()
                return
            await self.wakeup.wait(count, 0.5)


def _set_disk_lanes(conn: Connection, full: bool, now: str) -> None:
    for lane in queue_state.read_lanes(conn):
        if full and lane["state"] == LaneState.RUNNING:
            queue_state.set_lane(conn, lane["name"], LaneState.WAITING, "disk_full", now, lane["instance"])
        elif not full and lane["reason"] == "disk_full":
            queue_state.set_lane(conn, lane["name"], LaneState.RUNNING, None, now, lane["instance"])
