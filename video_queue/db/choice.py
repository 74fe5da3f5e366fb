"""Which prompts a lane takes next: those of the first job of the queue that has something for it.

For the gpu lane each ComfyUI is asked by itself: it goes on with the models that it has loaded, and leaves to the
others what they render already.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from video_queue.db import affinity, placement
from video_queue.db.affinity import DEFAULT_BOUND, Bound
from video_queue.db.connection import Connection
from video_queue.db.predicates import BEGINS_ATTEMPT
from video_queue.db.ready_jobs import earliest, mark_of, place, ready_jobs
from video_queue.domain.states import DEFAULT_INSTANCE, Lane

RUNNING = {lane: ready_jobs(f"running_{lane}") for lane in Lane}
QUEUED_GPU = ready_jobs("queued_gpu")
QUEUED_MEDIA = ready_jobs("queued_media")
QUEUED_FREE = ready_jobs("queued_free")

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

# Prompts that other instances, which run, are rendering or know a render of: they go on with it.
_OF_OTHERS = """
    SELECT i.prompt_id FROM lane CROSS JOIN item i INDEXED BY item_instance ON i.instance = lane.instance
    WHERE lane.name = 'gpu' AND lane.instance <> ? AND lane.state = 'running' AND lane.paused IS NULL
        AND i.remote_id IS NOT NULL AND i.state IN ('running', 'harvesting')
"""

_FOR_INSTANCE = tuple(ready_jobs(kind, for_instance=True) for kind in _GPU_KINDS)

# The families of a job's prompts that are ready for the gpu, each found from the one before.
_FAMILIES = """
    WITH RECURSIVE known (family) AS (
        SELECT min(p.family) FROM prompt p INDEXED BY prompt_family
            WHERE p.job_id = :job_id AND p.family IS NOT NULL AND p.ready IN ('queued_gpu', 'running_gpu')
        UNION ALL
        SELECT (
            SELECT min(p.family) FROM prompt p INDEXED BY prompt_family
            WHERE p.job_id = :job_id AND p.family > k.family AND p.ready IN ('queued_gpu', 'running_gpu')
        ) FROM known k WHERE k.family IS NOT NULL
    )
    SELECT family FROM known WHERE family IS NOT NULL
"""
# How many jobs are looked through that may have nothing left for an instance which lacks models.
_SKIPPED = 64


class Gpu(NamedTuple):
    """For which `instance` the gpu lane chooses, and when: as far as `bound` allows it goes on with its models.

    Prompts that are `taken` were sent to others ahead.
    """

    now: float
    bound: Bound = DEFAULT_BOUND
    instance: str = DEFAULT_INSTANCE
    taken: Collection[int] = ()


class Choice(NamedTuple):
    """The first prompts of a job that a lane takes; `overtakes`: another job was first."""

    prompts: Sequence[Any]
    overtakes: bool


def choose(conn: Connection, lane: Lane, lookahead: int, gpu: Gpu, limit: int = 1) -> Choice | None:
    """What the lane takes next: what has begun goes on before what has not."""
    if lane is Lane.GPU:
        return choose_for_gpu(conn, gpu, limit)
    first = earliest(
        first_job(conn, RUNNING[lane]), first_job(conn, QUEUED_FREE), _first_to_prepare(conn, lookahead)
    )
    return Choice(_prompts_of(conn, first, limit, gpu.instance), False) if first else None


def choose_for_gpu(conn: Connection, gpu: Gpu, limit: int) -> Choice | None:
    others = {row["prompt_id"] for row in conn.execute(_OF_OTHERS, (gpu.instance,))} | set(gpu.taken)
    refused = placement.refused_families(conn, gpu.instance)
    for first in _first_gpu_jobs(conn, gpu.instance, _SKIPPED * bool(refused) + 1 + len(others)):
        going_on = affinity.job_to_go_on_with(conn, first, gpu.now, gpu.bound, gpu.instance)
        for job in (going_on, first) if going_on["job_id"] != first["job_id"] else (going_on,):
            rows = _rows_for(conn, job, refused, limit + len(others), gpu.instance)
            if prompts := [row for row in rows if row["id"] not in others][:limit]:
                return Choice(prompts, job["job_id"] != first["job_id"])
    return None


def _first_gpu_jobs(conn: Connection, instance: str, limit: int) -> list[Any]:
    """The first jobs with something for this instance: of one that has both, what has begun."""
    values = {"limit": limit, "mark": mark_of(instance)}
    jobs = [job for statement in _FOR_INSTANCE for job in conn.execute(statement, values)]
    return sorted(jobs, key=place)


def _rows_for(conn: Connection, job: Any, refused: set[str], limit: int, instance: str) -> Sequence[Any]:
    """The first prompts of a job; where it lacks models for some, of each of the other families."""
    if not refused:
        return _prompts_of(conn, job, limit, instance)
    families = {row["family"] for row in conn.execute(_FAMILIES, {"job_id": job["job_id"]})} - refused
    rows = [row for family in families for row in affinity.of_family(conn, job["job_id"], family, limit)]
    loaded = affinity.loaded_family(conn, instance) if job["by_phase"] else None
    return sorted(rows, key=lambda row: (row["family"] != loaded, row["idx"]))[:limit]


def _first_to_prepare(conn: Connection, lookahead: int) -> Any:
    """The first job whose queued prompts may be prepared for the GPU.

    That is while fewer than `lookahead` prompts stand prepared that it would take before them.
    """
    waiting = first_job(conn, QUEUED_MEDIA)
    if waiting and _prepared_before(conn, waiting, lookahead) >= lookahead:
        return None
    return waiting


def _prepared_before(conn: Connection, job: Any, lookahead: int) -> int:
    rows = conn.execute(RUNNING[Lane.GPU], {"limit": lookahead})
    return sum(_taken_before(conn, row, lookahead) for row in rows if place(row) <= place(job))


def _taken_before(conn: Connection, job: Any, lookahead: int) -> int:
    """How many prepared prompts of a job the gpu lane takes before those that are not begun.

    Prompts between two phases of different models wait until no other goes on with the loaded ones.
    """
    of_family = affinity.prompts_of_family(conn, job["job_id"], lookahead) if job["by_phase"] else ()
    return len(of_family) or int(job["prompts"])


def first_job(conn: Connection, statement: str) -> Any:
    return conn.execute(statement, {"limit": 1}).fetchone()


def _kinds_beside(kind: str) -> tuple[str, ...]:
    return next((kinds for kinds in (_GPU_KINDS, _MEDIA_KINDS) if kind in kinds), (kind,))


def _prompts_of(conn: Connection, job: Any, limit: int, instance: str) -> Sequence[Any]:
    """The first prompts of a job that a lane takes; those of the loaded models first, where its order allows."""
    may_go_on = job["by_phase"] and job["kind"] in _GPU_KINDS
    if may_go_on and (of_family := affinity.prompts_of_family(conn, job["job_id"], limit, instance)):
        return of_family
    return _ready_prompts(conn, job["job_id"], _kinds_beside(job["kind"]), limit)


def _ready_prompts(conn: Connection, job_id: int, kinds: Iterable[str], limit: int) -> list[Any]:
    values = {"job_id": job_id, "limit": limit}
    rows = [row for kind in kinds for row in conn.execute(_READY_PROMPTS, {**values, "kind": kind})]
    return sorted(rows, key=itemgetter("idx"))[:limit]
