"""Which prompt a lane takes next, and the claim itself. Its cost does not grow with what waits.

The order of the queue stands in `ready_job`, one small row for each job: its place, and how many prompts it has ready
of each kind (`queued_gpu`, `running_media`, ...). `prompts` ends what is claimed here; `claims` only reads and takes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from video_queue.db import affinity, events, jobs
from video_queue.db.affinity import DEFAULT_BOUND, Bound
from video_queue.db.choice import (
    QUEUED_FREE,
    QUEUED_GPU,
    QUEUED_MEDIA,
    RUNNING,
    Gpu,
    choose,
    choose_for_gpu,
    first_job,
)
from video_queue.db.connection import Connection, is_damage
from video_queue.db.predicates import (
    ACTIVE_PROMPT,
    AWAY_PROMPT,
    BEGINS_ATTEMPT,
    POSTPONED_PROMPT,
    RELEASED_JOB,
)
from video_queue.db.prompts import PromptResult, count_state, persist_prompt_result
from video_queue.db.renders import Begun
from video_queue.db.stored import DamagedRowError, stored_json
from video_queue.domain.catalogue import fail
from video_queue.domain.events import EventType
from video_queue.domain.states import DEFAULT_INSTANCE, Lane, PromptState

# Take a prompt; an attempt begins with it unless it only goes on.
_CLAIM = f"""
    UPDATE prompt
    SET claimed = 1 + (state = 'running'), attempt = attempt + {BEGINS_ATTEMPT}, state = 'running',
        waiting_reason = NULL, waiting_since = NULL, message = NULL, started_at = coalesce(started_at, :at),
        instance = :instance,
        attempt_at = CASE WHEN {BEGINS_ATTEMPT} THEN :at ELSE attempt_at END
    WHERE id = :prompt_id
    RETURNING id, job_id, idx, claimed, attempt, log_path
"""

# What a claim says of its job. Long lists of the submission, which may name ten thousand files, are left in the row:
# no step needs them, and each output's manifest would repeat them.
_JOB_OF_CLAIM = """
    SELECT name, workflow_hash, params, resolution, output_dir, output_mount,
        CASE WHEN json_valid(submission) THEN json_remove(submission, '$.inputs', '$.rows', '$.sweep')
            ELSE submission END AS submission
    FROM job WHERE id = ?
"""

# Whether the queue runs and this instance of the lane does (any one of the media lane's). ComfyUI renders nothing new
# before it has ended what nobody waits for any more.
_LANE_RUNS = """
    SELECT 1 FROM queue, lane
    WHERE queue.state = 'running' AND lane.name = ?1 AND lane.state = 'running' AND lane.paused IS NULL
        AND (lane.name <> 'gpu' OR (lane.instance = ?2 AND NOT EXISTS (
            SELECT 1 FROM unwanted_render WHERE instance = ?2
        )))
"""

# Prompts whose time has come are ready; a hundred at once, and the commit wakes the lanes for the next.
_RELEASE_PROMPTS = f"""
    UPDATE prompt SET not_before = NULL WHERE id IN (
        SELECT p.id FROM prompt p INDEXED BY prompt_postponed
        WHERE {POSTPONED_PROMPT} AND p.not_before <= :now ORDER BY p.not_before LIMIT 100
    )
"""

# A prompt that waits since a moment to come was postponed by a clock that was put back since: its pause, a few minutes
# at most, would last as long as the clock is behind.
_RELEASE_FROM_THE_FUTURE = f"""
    UPDATE prompt SET not_before = NULL WHERE id IN (
        SELECT p.id FROM prompt p INDEXED BY prompt_postponed_since
        WHERE {POSTPONED_PROMPT} AND p.waiting_since > :at LIMIT 100
    )
"""

# Jobs whose time has come are ready.
_RELEASE_JOBS = "UPDATE ready_job INDEXED BY ready_postponed SET not_before = NULL WHERE not_before <= :now"

# Whether any of these has something to release; most claims find nothing.
_IS_DUE = f"""
    SELECT EXISTS (SELECT 1 FROM prompt p INDEXED BY prompt_postponed WHERE {POSTPONED_PROMPT} AND p.not_before <= :now)
        OR EXISTS (
            SELECT 1 FROM prompt p INDEXED BY prompt_postponed_since
            WHERE {POSTPONED_PROMPT} AND p.waiting_since > :at
        )
        OR EXISTS (SELECT 1 FROM ready_job r INDEXED BY ready_postponed WHERE r.not_before <= :now)
"""

# When the next postponed prompt or job, or the end of a pause, is due.
_NEXT_DUE = f"""
    SELECT min(due) FROM (
        SELECT min(p.not_before) AS due FROM prompt p INDEXED BY prompt_postponed
            WHERE {POSTPONED_PROMPT} AND p.not_before > :now
        UNION ALL SELECT min(r.not_before) FROM ready_job r INDEXED BY ready_postponed WHERE r.not_before > :now
        UNION ALL SELECT until FROM queue WHERE until > :now
    )
"""

# What the worker is busy with, what postponed prompts and jobs will be ready, and what is still to be given prompts.
_LATER_WORK = (
    f"SELECT 1 FROM prompt p INDEXED BY prompt_active WHERE {ACTIVE_PROMPT} LIMIT 1",
    f"""
    SELECT 1 FROM prompt p INDEXED BY prompt_postponed JOIN ready_job r ON r.job_id = p.job_id
    WHERE {POSTPONED_PROMPT} AND p.held_reason IS NULL AND r.released = 1 LIMIT 1
    """,
    f"""
    SELECT 1 FROM prompt p INDEXED BY prompt_away JOIN ready_job r ON r.job_id = p.job_id
    WHERE {AWAY_PROMPT} AND p.held_reason IS NULL AND r.released = 1 LIMIT 1
    """,
    """
    SELECT 1 FROM ready_job r INDEXED BY ready_postponed
    WHERE r.not_before IS NOT NULL AND r.released = 1
        AND r.queued_gpu + r.queued_media + r.queued_free > 0 LIMIT 1
    """,
    f"SELECT 1 FROM job j INDEXED BY job_unexpanded WHERE j.unexpanded = 1 AND {RELEASED_JOB} LIMIT 1",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A prompt that the worker is busy with: where it stands and all that its next step needs.

    `fresh` says that its phases are to be run again, not reused from other prompts; `needs_gpu` is False where its
    comfy phases are to be skipped or reused, in the media lane. `submission` is without `inputs`, `rows` and `sweep`.
    `crashes` counts how often the process died in its step. `begun` is the render that began with the claim, where one
    stood ready to be sent. `instance` is the ComfyUI whose lane has it.
    """

    prompt_id: int
    job_id: int
    index: int
    attempt: int
    failures: int
    phase_seq: int
    plan: dict[str, Any]
    seed: str | None
    log_path: str
    workflow_hash: str
    job_name: str
    params: dict[str, Any]
    resolution: str | None
    output_dir: str
    submission: dict[str, Any]
    fresh: bool = False
    output_mount: str | None = None
    needs_gpu: bool = True
    instance: str = DEFAULT_INSTANCE
    crashes: int = 0
    begun: Begun | None = None

    @property
    def skips_existing(self) -> bool:
        """Whether an output of the same render that is there already will do."""
        return self.submission.get("if_exists") == "skip"


class Upcoming(NamedTuple):
    """A prompt that a lane will claim, the attempt that it will have then, and the phase it stands at."""

    id: int
    attempt: int
    phase_seq: int


def claim_next_prompt(
    conn: Connection,
    lane: str,
    now: float,
    at: str,
    logs: str,
    lookahead: int,
    bound: Bound = DEFAULT_BOUND,
    instance: str = DEFAULT_INSTANCE,
    taken: Collection[int] = (),
) -> Claim | None:
    """Take the next ready prompt of a lane; None when there is nothing to do.

    `now` (seconds since the epoch) is compared with `not_before`, `at` is the same moment for show, `logs` the
    folder for log files. At most `lookahead` prompts stand prepared for the GPU ahead of time. The gpu lane goes on
    with the models that are loaded in its `instance`, as far as `bound` allows; prompts that are `taken` were sent to
    another one ahead.
    """
    if not _lane_runs(conn, lane, instance):
        return None
    if _is_due(conn, now, at):
        _release_due(conn, now, at)
    while choice := choose(conn, Lane(lane), lookahead, Gpu(now, bound, instance, taken)):
        if lane == Lane.GPU:
            affinity.note_claim(conn, now, instance, overtakes=choice.overtakes)
        place = {"prompt_id": choice.prompts[0]["id"], "at": at, "instance": instance}
        row = conn.execute(_CLAIM, place).fetchone()
        log_path = row["log_path"] or f"{logs}/{row['job_id']}/{row['idx']}.log"
        if row["claimed"] == 1:
            _begin_attempt(conn, row, log_path, at)
        try:
            return read_claim(conn, row["id"], log_path)
        except (DamagedRowError, sqlite3.OperationalError) as error:
            _fail_damaged(conn, row, error, at)
    return None


def may_claim(
    conn: Connection,
    lane: str,
    now: float,
    at: str,
    lookahead: int,
    instance: str = DEFAULT_INSTANCE,
    taken: Collection[int] = (),
) -> bool:
    """Whether `claim_next_prompt` would find something; this only reads."""
    gpu = Gpu(now, DEFAULT_BOUND, instance, taken)
    return _lane_runs(conn, lane, instance) and (
        _is_due(conn, now, at) or choose(conn, Lane(lane), lookahead, gpu) is not None
    )


def _lane_runs(conn: Connection, lane: str, instance: str) -> bool:
    return conn.execute(_LANE_RUNS, (lane, instance)).fetchone() is not None


def _is_due(conn: Connection, now: float, at: str) -> bool:
    return bool(conn.execute(_IS_DUE, {"now": now, "at": at}).fetchone()[0])


def _fail_damaged(conn: Connection, row: Any, error: Exception, now: str) -> None:
    """End a prompt whose rows cannot be read: it must not keep the others of its lane from being claimed."""
    if not is_damage(error):
        raise error
    path = conn.execute("PRAGMA database_list").fetchone()["file"]
    where = getattr(error, "where", f"prompt {row['job_id']}.{row['idx']}")
    damage = fail("internal.damaged_row", path=path, where=where, detail=getattr(error, "detail", str(error)))
    result = PromptResult(PromptState.FAILED, error=damage.info(), message=damage.message)
    persist_prompt_result(conn, row["id"], row["attempt"], result, now)


def _release_due(conn: Connection, now: float, at: str) -> None:
    conn.execute(_RELEASE_PROMPTS, {"now": now})
    conn.execute(_RELEASE_FROM_THE_FUTURE, {"at": at})
    conn.execute(_RELEASE_JOBS, {"now": now})


def _begin_attempt(conn: Connection, row: Any, log_path: str, now: str) -> None:
    set_prompt_log_path(conn, row["id"], log_path)
    count_state(conn, row["job_id"], PromptState.QUEUED, PromptState.RUNNING)
    jobs.update_job_status(conn, row["job_id"], now)
    events.append_prompt_event(conn, EventType.PROMPT_STARTED, now, row["id"], attempt=row["attempt"])


def set_prompt_log_path(conn: Connection, prompt_id: int, log_path: str) -> None:
    """Remember where a prompt's log lies; part of the claim's transaction."""
    conn.execute("UPDATE prompt SET log_path = ? WHERE id = ?", (log_path, prompt_id))


def read_claim(conn: Connection, prompt_id: int, log_path: str | None = None) -> Claim:
    """A prompt with what its job says, as the worker gets it.

    Raises:
        DamagedRowError: one of their texts cannot be read.
    """
    row = conn.execute("SELECT * FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    job = conn.execute(_JOB_OF_CLAIM, (row["job_id"],)).fetchone()
    of_job, of_prompt = f"job {row['job_id']}", f"prompt {row['job_id']}.{row['idx']}"
    return Claim(
        prompt_id=row["id"],
        job_id=row["job_id"],
        index=row["idx"],
        attempt=row["attempt"],
        failures=row["failures"],
        phase_seq=row["phase_seq"],
        plan=stored_json(row["plan"], f"the plan of {of_prompt}"),
        seed=row["seed"],
        log_path=log_path or row["log_path"] or "",
        workflow_hash=job["workflow_hash"],
        job_name=job["name"],
        params=stored_json(job["params"], f"the values of {of_job}"),
        resolution=job["resolution"],
        output_dir=job["output_dir"],
        submission=stored_json(job["submission"], f"the submission of {of_job}"),
        fresh=bool(row["fresh"]),
        output_mount=job["output_mount"],
        needs_gpu=row["needs_gpu"] != 0,
        instance=row["instance"] or DEFAULT_INSTANCE,
        crashes=row["crashes"],
    )


def next_wake(conn: Connection, now: float) -> float | None:
    """When the next postponed prompt, job or the queue's pause is due (seconds since the epoch), or None."""
    due = conn.execute(_NEXT_DUE, {"now": now}).fetchone()[0]
    return None if due is None else float(due)


def has_work(conn: Connection) -> bool:
    """Whether anything runs or could run now or later by itself."""
    statements = (*RUNNING.values(), QUEUED_GPU, QUEUED_MEDIA, QUEUED_FREE)
    return any(first_job(conn, statement) for statement in statements) or any(
        conn.execute(statement).fetchone() for statement in _LATER_WORK
    )


def gpu_is_due(conn: Connection) -> bool:
    """Whether the gpu lane could claim anything now, were it to run."""
    return any(first_job(conn, statement) for statement in (RUNNING[Lane.GPU], QUEUED_GPU))


def upcoming(conn: Connection, limit: int, gpu: Gpu) -> list[Upcoming]:
    """What the gpu lane will claim next if nothing changes: up to `limit` prompts of one job, none taken."""
    choice = choose_for_gpu(conn, gpu, limit)
    rows = choice.prompts if choice else ()
    return [Upcoming(row["id"], row["next_attempt"], row["phase_seq"]) for row in rows]


def peek_ready(conn: Connection, limit: int, gpu: Gpu) -> list[Claim]:
    """The claims of the `upcoming` prompts, with the attempts that they will have."""
    prompts = upcoming(conn, limit, gpu)
    known = [(read_if_sound(conn, prompt.id), prompt.attempt) for prompt in prompts]
    return [replace(claim, attempt=attempt, instance=gpu.instance) for claim, attempt in known if claim]


def read_if_sound(conn: Connection, prompt_id: int) -> Claim | None:
    """As `read_claim`; None for a prompt with damage, which fails when it is claimed."""
    try:
        return read_claim(conn, prompt_id)
    except (DamagedRowError, sqlite3.OperationalError) as error:
        if not is_damage(error):
            raise
        return None
