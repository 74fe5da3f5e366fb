"""The real statements against a small model of the queue: `python -m tests.db.queue_model --steps 10000`.

The model knows prompts, claims, holds, cancels, crashes and the pause. After every step of a random walk the rows
must say the same, the counts must be true, and events must be without gaps.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.db.claims import DONE, claim, counts_are_true
from tests.db.conftest import NOW, new_job
from video_queue.db import actions, jobs, prompts, queue_state
from video_queue.db.attempts import StaleAttemptError
from video_queue.db.connection import connect
from video_queue.db.migrate import prepare, shipped_migrations
from video_queue.db.prompts import PromptResult
from video_queue.domain.catalogue import fail
from video_queue.domain.states import PromptState, derive_job_state

_LANES = ("media", "media", "media")
_STEPS_AT_ONCE = 50
_place = st.integers(0, 10**6)
_template: list[Path] = []


@dataclass
class _Prompt:
    """What the model knows of one prompt."""

    job: int
    state: PromptState = PromptState.QUEUED
    claimed: bool = False
    attempt: int = 0
    seq: int = 0
    held: bool = False
    stopping: bool = False
    started: bool = False

    def end(self, state: PromptState) -> None:
        self.state, self.claimed, self.stopping = state, False, False

    def let_go(self, state: PromptState) -> None:
        """Let go by the worker: it goes on as `state`, unless it is to be stopped."""
        stopping = self.stopping
        self.end(PromptState.CANCELLED if stopping else state)


class QueueModel(RuleBasedStateMachine):
    """Every rule does the same to the rows and to the model."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="vq-model-"))
        path = self.place / "vq.db"
        shutil.copyfile(_migrated(), path)
        self.conn = connect(path, read_only=False)
        self.prompts: dict[int, _Prompt] = {}
        self.held_jobs: set[int] = set()
        self.order: dict[int, tuple[int, int]] = {}
        self.queue = "running"

    def teardown(self) -> None:
        self.conn.close()
        shutil.rmtree(self.place)

    # --- the artist

    @rule(count=st.integers(1, 3), priority=st.sampled_from([0, 0, 5]), held=st.booleans())
    def submit(self, count: int, priority: int, held: bool) -> None:
        job = new_job(self.conn, count, priority=priority, held_reason="user" if held else None)
        for row in self.conn.execute("SELECT id FROM prompt WHERE job_id = ? ORDER BY idx", (job,)):
            self.prompts[row["id"]] = _Prompt(job)
        self.order[job] = (-priority, 1 + max((position for _, position in self.order.values()), default=0))
        if held:
            self.held_jobs.add(job)

    @precondition(lambda self: self.prompts)
    @rule(place=_place)
    def cancel_prompt(self, place: int) -> None:
        number, prompt = self._pick(place)
        actions.cancel_prompt(self.conn, number, "no more", NOW)
        if prompt.state in (PromptState.QUEUED, PromptState.RUNNING):
            if prompt.claimed:
                prompt.stopping = True
            else:
                prompt.end(PromptState.CANCELLED)
        self._complete_pause()

    @precondition(lambda self: self.prompts)
    @rule(place=_place)
    def cancel_job(self, place: int) -> None:
        job = self._pick(place)[1].job
        actions.cancel_job(self.conn, job, "no more", NOW)
        self.held_jobs.discard(job)
        for prompt in self._of(job):
            if prompt.claimed:
                prompt.stopping = True
            elif prompt.state in (PromptState.QUEUED, PromptState.RUNNING):
                prompt.end(PromptState.CANCELLED)

    @precondition(lambda self: self.prompts)
    @rule(place=_place)
    def retry_job(self, place: int) -> None:
        job = self._pick(place)[1].job
        finished = self._is_finished(job)
        numbers = actions.retryable(self.conn, job, failed_only=False)
        actions.retry_prompts(self.conn, job, numbers, _LANES, NOW, None)
        assert set(numbers) == {
            number
            for number, prompt in self.prompts.items()
            if prompt.job == job and prompt.state in (PromptState.FAILED, PromptState.CANCELLED)
        }
        for prompt in map(self.prompts.__getitem__, numbers):
            if prompt.state is PromptState.CANCELLED:  # its working files are dropped with it
                prompt.seq = 0
            prompt.state, prompt.held = PromptState.QUEUED, False
        if finished:
            self.order[job] = (self.order[job][0], 1 + max(position for _, position in self.order.values()))
        self._read_held_jobs()

    @precondition(lambda self: self.prompts)
    @rule(place=_place, hold=st.booleans())
    def hold_or_release_prompt(self, place: int, hold: bool) -> None:
        number, prompt = self._pick(place)
        if actions.hold_prompt(self.conn, number, "user" if hold else None, NOW):
            assert prompt.state is PromptState.QUEUED
            prompt.held = hold

    @precondition(lambda self: self.prompts)
    @rule(place=_place)
    def hold_job(self, place: int) -> None:
        job = self._pick(place)[1].job
        jobs.set_job_held(self.conn, job, "user", NOW)
        self.held_jobs.add(job)

    @precondition(lambda self: self.prompts)
    @rule(place=_place)
    def release_job(self, place: int) -> None:
        job = self._pick(place)[1].job
        actions.release_job(self.conn, job, NOW)
        self.held_jobs.discard(job)
        for prompt in self._of(job):
            prompt.held = False

    @rule(at_once=st.booleans())
    def pause(self, at_once: bool) -> None:
        queue_state.pause_queue(self.conn, "user", None, NOW, at_once=at_once)
        self.queue = "pausing" if self._busy() and not at_once else "paused"

    @rule()
    def resume(self) -> None:
        queue_state.resume_queue(self.conn, NOW)
        self.queue = "running"

    # --- the worker

    @rule()
    def claim_next(self) -> None:
        expected = self._next()
        claimed = claim(self.conn)
        assert (claimed.prompt_id if claimed else None) == expected
        if claimed and expected:
            prompt = self.prompts[expected]
            prompt.attempt += prompt.state is PromptState.QUEUED
            prompt.state, prompt.claimed, prompt.started = PromptState.RUNNING, True, True
            assert (claimed.attempt, claimed.phase_seq) == (prompt.attempt, prompt.seq)

    @precondition(lambda self: self._busy())
    @rule(place=_place)
    def finish_phase(self, place: int) -> None:
        number, prompt = self._pick_claimed(place)
        if prompt.seq == len(_LANES) - 1:
            prompts.persist_prompt_result(self.conn, number, prompt.attempt, DONE, NOW)
            prompt.end(PromptState.SUCCEEDED)
        else:
            prompts.pass_on(self.conn, number, prompt.attempt, prompt.seq + 1, "media", NOW, gpu_left=False)
            prompt.seq += 1
            prompt.let_go(PromptState.RUNNING)
        self._complete_pause()

    @precondition(lambda self: self._busy())
    @rule(place=_place)
    def fail_prompt(self, place: int) -> None:
        number, prompt = self._pick_claimed(place)
        error = fail("input_missing.gone", path=f"/{number}").info()
        result = PromptResult(PromptState.FAILED, error=error)
        prompts.persist_prompt_result(self.conn, number, prompt.attempt, result, NOW)
        prompt.end(PromptState.FAILED)
        self._read_held_jobs()
        self._complete_pause()

    @precondition(lambda self: self._busy())
    @rule(place=_place)
    def put_back(self, place: int) -> None:
        number, prompt = self._pick_claimed(place)
        prompts.requeue(self.conn, number, prompt.attempt, NOW)
        prompt.let_go(PromptState.QUEUED)
        self._complete_pause()

    @rule()
    def crash(self) -> None:
        prompts.release_orphans(self.conn, NOW)
        for prompt in self.prompts.values():
            if prompt.state is PromptState.RUNNING:
                prompt.let_go(PromptState.QUEUED)
        queue_state.finish_pause(self.conn, NOW)
        self._complete_pause()

    @precondition(lambda self: self.prompts)
    @rule(place=_place, earlier=st.integers(0, 2))
    def report_late(self, place: int, earlier: int) -> None:
        """What an older attempt, or one that is over, reports changes nothing."""
        number, prompt = self._pick(place)
        attempt = prompt.attempt - earlier
        if prompt.state is PromptState.RUNNING and not earlier:
            return
        for report in (
            lambda: prompts.persist_prompt_result(self.conn, number, attempt, DONE, NOW),
            lambda: prompts.requeue(self.conn, number, attempt, NOW),
            lambda: prompts.pass_on(self.conn, number, attempt, 1, "media", NOW),
        ):
            if prompt.state is PromptState.QUEUED and not earlier:
                return  # skipping such a prompt is an end that the table allows
            try:
                report()
            except StaleAttemptError:
                continue
            raise AssertionError(f"prompt {number}: attempt {attempt} was believed")

    # --- what must hold

    @invariant()
    def the_rows_say_what_the_model_knows(self) -> None:
        for row in self.conn.execute("SELECT * FROM prompt"):
            prompt = self.prompts[row["id"]]
            of_row = (row["state"], bool(row["claimed"]), row["attempt"], row["cancel_reason"] is not None)
            assert of_row == (prompt.state, prompt.claimed, prompt.attempt, prompt.stopping), row["id"]
            assert (row["held_reason"] is not None) == prompt.held, row["id"]
        assert queue_state.read_queue(self.conn)["state"] == self.queue

    @invariant()
    def counts_and_states_of_jobs_follow(self) -> None:
        assert counts_are_true(self.conn)
        for row in self.conn.execute("SELECT * FROM job"):
            counts = {state: row[state] for state in PromptState}
            begun = [False, True] if any(prompt.started for prompt in self._of(row["id"])) else [False]
            assert row["state"] in [derive_job_state(counts, started=started) for started in begun]

    @invariant()
    def events_have_no_gaps(self) -> None:
        first, last, count = self.conn.execute("SELECT min(id), max(id), count(*) FROM event").fetchone()
        assert count == 0 or last - first + 1 == count

    # --- the model

    def _pick(self, place: int) -> tuple[int, _Prompt]:
        return list(self.prompts.items())[place % len(self.prompts)]

    def _pick_claimed(self, place: int) -> tuple[int, _Prompt]:
        claimed = [(number, prompt) for number, prompt in self.prompts.items() if prompt.claimed]
        return claimed[place % len(claimed)]

    def _of(self, job: int) -> list[_Prompt]:
        return [prompt for prompt in self.prompts.values() if prompt.job == job]

    def _busy(self) -> bool:
        return any(prompt.claimed for prompt in self.prompts.values())

    def _is_finished(self, job: int) -> bool:
        return all(prompt.state not in (PromptState.QUEUED, PromptState.RUNNING) for prompt in self._of(job))

    def _complete_pause(self) -> None:
        if self.queue == "pausing" and not self._busy():
            self.queue = "paused"

    def _read_held_jobs(self) -> None:
        """The breaker holds a job, and a retry releases it: that is tested where it stands."""
        rows = self.conn.execute("SELECT id FROM job WHERE held_reason IS NOT NULL")
        self.held_jobs = {row["id"] for row in rows}

    def _next(self) -> int | None:
        """The prompt that must be claimed next."""
        if self.queue != "running":
            return None
        ready = [
            (*self.order[prompt.job], number)
            for number, prompt in self.prompts.items()
            if prompt.state in (PromptState.QUEUED, PromptState.RUNNING)
            and not (prompt.claimed or (prompt.held and prompt.state is PromptState.QUEUED))
            and prompt.job not in self.held_jobs
        ]
        return min(ready)[-1] if ready else None


def _migrated() -> Path:
    """A database with the schema and nothing in it, made once."""
    if not _template:
        path = Path(tempfile.mkdtemp(prefix="vq-model-")) / "vq.db"
        connection = connect(path, read_only=False)
        prepare(connection, path, shipped_migrations(), backups=None, now=NOW)
        connection.close()
        _template.append(path)
    return _template[0]


def walk(steps: int) -> None:
    """So many steps, in runs of 50."""
    run_state_machine_as_test(
        QueueModel,
        settings=settings(
            max_examples=max(steps // _STEPS_AT_ONCE, 1),
            stateful_step_count=_STEPS_AT_ONCE,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=10_000)
    options = parser.parse_args()
    walk(options.steps)
    print(f"{options.steps} steps: rows and model agree")
