"""What the latest commits left to be done beside the lanes: read once for all who do it, and that is often nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from video_queue.db import claims, enqueue, gpu_need, placement, prompts, queue_state, renders
from video_queue.db.affinity import DEFAULT_BOUND, Bound
from video_queue.db.choice import Gpu
from video_queue.db.claims import Upcoming
from video_queue.db.connection import Connection
from video_queue.domain.states import DEFAULT_INSTANCE, QueueState

_ONE_INSTANCE: Mapping[str, Collection[int]] = MappingProxyType({DEFAULT_INSTANCE: ()})


@dataclass(frozen=True, slots=True)
class Requests:
    """What is to be stopped: `cancelled` prompts as (prompt, attempt, reason), and all of them if `paused`.

    `paused_instances` of ComfyUI get no more: `drain`, or `pause`, which stops theirs.
    """

    cancelled: list[tuple[int, int, str]]
    paused: bool
    paused_instances: dict[str, str]

    def __bool__(self) -> bool:
        return self.paused or bool(self.cancelled) or bool(self.paused_instances)


@dataclass(frozen=True, slots=True)
class Pending:
    """What is there to do: jobs that can be fanned out, renders to end in ComfyUI, prompts that may not need the gpu.

    `unplaced`: of some jobs it is not known which ComfyUI can render them.

    `upcoming` are those that the gpu lane will claim next, `unwanted` what is to be ended; for each instance.
    """

    requests: Requests
    expandable: bool
    unwanted: set[str]
    undecided: bool
    unplaced: bool
    upcoming: dict[str, list[Upcoming]]


def read_pending(
    conn: Connection,
    ahead: int,
    now: float,
    bound: Bound = DEFAULT_BOUND,
    taken: Mapping[str, Collection[int]] = _ONE_INSTANCE,
) -> Pending:
    """All of it, with up to `ahead` upcoming prompts of each instance, but those `taken` by others."""
    return Pending(
        requests=read_requests(conn),
        expandable=bool(enqueue.jobs_to_expand(conn)),
        unwanted=renders.instances_with_unwanted(conn),
        undecided=gpu_need.has_undecided(conn),
        unplaced=placement.has_unplaced(conn),
        upcoming={
            name: claims.upcoming(conn, ahead, Gpu(now, bound, name, others))
            for name, others in taken.items()
        },
    )


def read_requests(conn: Connection) -> Requests:
    """What the artist wants of active prompts."""
    paused = queue_state.read_queue(conn)["state"] == QueueState.PAUSED
    return Requests(prompts.cancel_requests(conn), paused, queue_state.paused_instances(conn))
