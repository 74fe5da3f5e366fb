"""Which prompt a lane takes next, and the claim itself. Its cost does not grow with what waits.

The order of the queue stands in `ready_job`, one small row for each job: its place, and how many prompts it has ready
of each kind (`queued_gpu`, `running_media`, ...). `prompts` ends what is claimed here; `claims` only reads and takes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, NamedTuple

from video_queue.db import affinity, events, jobs
from video_queue.db.affinity import DEFAULT_BOUND, Bound
from video_queue.db.connection import Connection, is_damage
from video_queue.db.predicates import (
    ACTIVE_PROMPT,
    AWAY_PROMPT,
    BEGINS_ATTEMPT,
    POSTPONED_PROMPT,
    RELEASED_JOB,
)
from video_queue.db.prompts import PromptResult, count_state, persist_prompt_result
from video_queue.db.ready_jobs import READY_JOBS, earliest, place
from video_queue.db.renders import Begun
from video_queue.db.stored import DamagedRowError, stored_json
from video_queue.domain.catalogue import fail
from video_queue.domain.events import EventType
from video_queue.domain.states import Lane, PromptState

_RUNNING = {lane: READY_JOBS.format(kind=f"running_{lane}") for lane in Lane}
_QUEUED_GPU = READY_JOBS.format(kind="queued_gpu")
_QUEUED_MEDIA = READY_JOBS.format(kind="queued_media")
_QUEUED_FREE = READY_JOBS.format(kind="queued_free")

# What a lane takes of a job together, by index: one that was interrupted goes before those that were begun after it.
# Only what is held back for the GPU (`queued_media`) is taken by itself.
_GPU_KINDS = ("running_gpu", "queued_gpu")
_MEDIA_KINDS = ("running_media", "queued_free")

# The first ready prompts of a job, of one kind. Texts, which may be damaged, are read when the prompt is claimed.
_READY_PROMPTS = f"""
    SELECT p.id, p.idx, p.phase_seq, p.attempt + {BEGINS_ATTEMPT} AS next_attempt
    FROM prompt p INDEXED BY prompt_ready
    WHERE p.job_id = :job_id AND p.ready = :kind
    ORDER BY p.idx LIMIT :limit
"""

# Take a prompt; an attempt begins with it unless it only goes on.
_CLAIM = f"""
    UPDATE prompt
    SET claimed = 1 + (state = 'running'), attempt = attempt + {BEGINS_ATTEMPT}, state = 'running',
        waiting_reason = NULL, waiting_since = NULL, message = NULL, started_at = coalesce(started_at, :at),
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

# Whether the queue runs and some instance of the lane does. ComfyUI renders nothing new before it has ended what
# nobody waits for any more.
_LANE_RUNS = """
    SELECT 1 FROM queue, lane
    WHERE queue.state = 'running' AND lane.name = ? AND lane.state = 'running'
        AND (lane.name <> 'gpu' OR NOT EXISTS (SELECT 1 FROM unwanted_render))
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
    stood ready to be sent.
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
) -> Claim | None:
    """Take the next ready prompt of a lane; None when there is nothing to do.

    `now` (seconds since the epoch) is compared with `not_before`, `at` is the same moment for show, `logs` the
    folder for log files. At most `lookahead` prompts stand prepared for the GPU ahead of time. The gpu lane goes on
    with the models that are loaded, as far as `bound` allows.
    """
    if not _lane_runs(conn, lane):
        return None
    if _is_due(conn, now, at):
        _release_due(conn, now, at)
    while first := _next_job(conn, Lane(lane), lookahead):
        job = affinity.job_to_go_on_with(conn, first, now, bound) if lane == Lane.GPU else first
        prompt = _prompts_of(conn, job, 1)[0]
        if lane == Lane.GPU:
            affinity.note_claim(conn, now, overtakes=job["job_id"] != first["job_id"])
        row = conn.execute(_CLAIM, {"prompt_id": prompt["id"], "at": at}).fetchone()
        log_path = row["log_path"] or f"{logs}/{row['job_id']}/{row['idx']}.log"
        if row["claimed"] == 1:
            _begin_attempt(conn, row, log_path, at)
        try:
            return read_claim(conn, row["id"], log_path)
        except (DamagedRowError, sqlite3.OperationalError) as error:
            _fail_damaged(conn, row, error, at)
    return None


def may_claim(conn: Connection, lane: str, now: float, at: str, lookahead: int) -> bool:
    """Whether `claim_next_prompt` would find something; this only reads."""
    return _lane_runs(conn, lane) and (
        _is_due(conn, now, at) or _next_job(conn, Lane(lane), lookahead) is not None
    )


def _lane_runs(conn: Connection, lane: str) -> bool:
    return conn.execute(_LANE_RUNS, (lane,)).fetchone() is not None


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


def _next_job(conn: Connection, lane: Lane, lookahead: int) -> Any:
    """The first job with something for the lane, and of which `kind`: what has begun goes on before what has not."""
    running = _first(conn, _RUNNING[lane])
    if lane is Lane.GPU:
        return earliest(running, _first(conn, _QUEUED_GPU))
    return earliest(running, _first(conn, _QUEUED_FREE), _first_to_prepare(conn, lookahead))


def _first_to_prepare(conn: Connection, lookahead: int) -> Any:
    """The first job whose queued prompts may be prepared for the GPU.

    That is while fewer than `lookahead` prompts stand prepared that it would take before them.
    """
    waiting = _first(conn, _QUEUED_MEDIA)
    if waiting and _prepared_before(conn, waiting, lookahead) >= lookahead:
        return None
    return waiting


def _prepared_before(conn: Connection, job: Any, lookahead: int) -> int:
    rows = conn.execute(_RUNNING[Lane.GPU], {"limit": lookahead})
    return sum(_taken_before(conn, row, lookahead) for row in rows if place(row) <= place(job))


def _taken_before(conn: Connection, job: Any, lookahead: int) -> int:
    """How many prepared prompts of a job the gpu lane takes before those that are not begun.

    Prompts between two phases of different models wait until no other goes on with the loaded ones.
    """
    of_family = affinity.prompts_of_family(conn, job["job_id"], lookahead) if job["by_phase"] else ()
    return len(of_family) or int(job["prompts"])


def _first(conn: Connection, statement: str) -> Any:
    return conn.execute(statement, {"limit": 1}).fetchone()


def _kinds_beside(kind: str) -> tuple[str, ...]:
    return next((kinds for kinds in (_GPU_KINDS, _MEDIA_KINDS) if kind in kinds), (kind,))


def _prompts_of(conn: Connection, job: Any, limit: int) -> Sequence[Any]:
    """The first prompts of a job that a lane takes; those of the loaded models first, where its order allows."""
    may_go_on = job["by_phase"] and job["kind"] in _GPU_KINDS
    if may_go_on and (of_family := affinity.prompts_of_family(conn, job["job_id"], limit)):
        return of_family
    return _ready_prompts(conn, job["job_id"], _kinds_beside(job["kind"]), limit)


def _ready_prompts(conn: Connection, job_id: int, kinds: Iterable[str], limit: int) -> list[Any]:
    values = {"job_id": job_id, "limit": limit}
    rows = [row for kind in kinds for row in conn.execute(_READY_PROMPTS, {**values, "kind": kind})]
    return sorted(rows, key=itemgetter("idx"))[:limit]


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
        crashes=row["crashes"],
    )


def next_wake(conn: Connection, now: float) -> float | None:
    """When the next postponed prompt, job or the queue's pause is due (seconds since the epoch), or None."""
    due = conn.execute(_NEXT_DUE, {"now": now}).fetchone()[0]
    return None if due is None else float(due)


def has_work(conn: Connection) -> bool:
    """Whether anything runs or could run now or later by itself."""
    statements = (*_RUNNING.values(), _QUEUED_GPU, _QUEUED_MEDIA, _QUEUED_FREE)
    return any(_first(conn, statement) for statement in statements) or any(
        conn.execute(statement).fetchone() for statement in _LATER_WORK
    )


def gpu_is_due(conn: Connection) -> bool:
    """Whether the gpu lane could claim anything now, were it to run."""
    return any(_first(conn, statement) for statement in (_RUNNING[Lane.GPU], _QUEUED_GPU))


def upcoming(conn: Connection, limit: int, now: float, bound: Bound = DEFAULT_BOUND) -> list[Upcoming]:
    """What the gpu lane will claim next if nothing changes: up to `limit` prompts of one job, none taken."""
    first = _next_job(conn, Lane.GPU, 0)
    if first is None:
        return []
    rows = _prompts_of(conn, affinity.job_to_go_on_with(conn, first, now, bound), limit)
    return [Upcoming(row["id"], row["next_attempt"], row["phase_seq"]) for row in rows]


def peek_ready(conn: Connection, limit: int, now: float, bound: Bound = DEFAULT_BOUND) -> list[Claim]:
    """The claims of the `upcoming` prompts, with the attempts that they will have."""
    prompts = upcoming(conn, limit, now, bound)
    known = [(read_if_sound(conn, prompt.id), prompt.attempt) for prompt in prompts]
    return [replace(claim, attempt=attempt) for claim, attempt in known if claim]


def read_if_sound(conn: Connection, prompt_id: int) -> Claim | None:
    """As `read_claim`; None for a prompt with damage, which fails when it is claimed."""
    try:
        return read_claim(conn, prompt_id)
    except (DamagedRowError, sqlite3.OperationalError) as error:
        if not is_damage(error):
            raise
        return None
