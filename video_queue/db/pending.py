"""What the latest commits left to be done beside the lanes: read once for all who do it, and that is often nothing."""

from __future__ import annotations

from dataclasses import dataclass

from video_queue.db import claims, enqueue, gpu_need, prompts, queue_state, renders
from video_queue.db.affinity import DEFAULT_BOUND, Bound
from video_queue.db.claims import Upcoming
from video_queue.db.connection import Connection
from video_queue.domain.states import QueueState


@dataclass(frozen=True, slots=True)
class Requests:
    """What is to be stopped: `cancelled` prompts as (prompt, attempt, reason), and all of them if `paused`."""

    cancelled: list[tuple[int, int, str]]
    paused: bool

    def __bool__(self) -> bool:
        return self.paused or bool(self.cancelled)


@dataclass(frozen=True, slots=True)
class Pending:
    """What is there to do: jobs that can be fanned out, renders to end in ComfyUI, prompts that may not need the gpu.

    `upcoming` are those that the gpu lane will claim next.
    """

    requests: Requests
    expandable: bool
    unwanted: bool
    undecided: bool
    upcoming: list[Upcoming]


def read_pending(conn: Connection, ahead: int, now: float, bound: Bound = DEFAULT_BOUND) -> Pending:
    """All of it, with up to `ahead` upcoming prompts."""
    return Pending(
        requests=read_requests(conn),
        expandable=bool(enqueue.jobs_to_expand(conn)),
        unwanted=bool(renders.unwanted_renders(conn)),
        undecided=gpu_need.has_undecided(conn),
        upcoming=claims.upcoming(conn, ahead, now, bound),
    )


def read_requests(conn: Connection) -> Requests:
    """What the artist wants of active prompts."""
    paused = queue_state.read_queue(conn)["state"] == QueueState.PAUSED
    return Requests(prompts.cancel_requests(conn), paused)
