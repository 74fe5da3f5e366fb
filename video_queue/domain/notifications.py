"""Notifications: their kinds, which events make them, and their words (docs/notifications.md)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from video_queue.domain.comfy import ProcessState
from video_queue.domain.events import Event, EventType
from video_queue.domain.states import HeldReason, JobState
from video_queue.domain.watches import WatchState


class NotificationKind(StrEnum):
    """Everything that can be notified; `notify.events` names those that leave the inbox."""

    QUEUE_FINISHED = "queue.finished"
    JOB_FINISHED = "job.finished"
    JOB_FAILED = "job.failed"
    JOB_HELD = "job.held"
    PROMPT_REVIEW = "prompt.review"
    WATCH_STUCK = "watch.stuck"
    WATCH_FILE_FAILED = "watch.file_failed"
    DISK_FULL = "disk.full"
    COMFY_STUCK = "comfy.stuck"


class Undelivered(BaseModel):
    """A channel that has not got a notification: `waiting`, `sending` or `failed`, with the last error."""

    channel: str
    state: str
    error: str | None = None


class Notification(BaseModel):
    """One entry of the inbox. `undelivered` names the channels that have not got it."""

    id: int
    kind: NotificationKind
    at: str
    job_id: int | None = None
    prompt_id: int | None = None
    title: str
    text: str
    read: bool = False
    undelivered: list[Undelivered] = []


class NotificationPage(BaseModel):
    """A page of the inbox, newest first; `unread` counts the whole inbox."""

    items: list[Notification]
    next_cursor: str | None = None
    unread: int


class TestDelivery(BaseModel):
    """What became of a test: `error` is null where the channel took it."""

    __test__ = False  # no test case

    channel: str
    error: str | None = None


# What lasts is notified once until it is read, however often it comes.
LASTING = frozenset(
    {
        NotificationKind.PROMPT_REVIEW,
        NotificationKind.WATCH_STUCK,
        NotificationKind.WATCH_FILE_FAILED,
        NotificationKind.DISK_FULL,
        NotificationKind.COMFY_STUCK,
    }
)
_LANE_KINDS = {"disk_full": NotificationKind.DISK_FULL, "comfy_zombie": NotificationKind.COMFY_STUCK}


def kind_of(event: Event) -> NotificationKind | None:
    """What an event is notified as; None for most. `queue.finished` comes of no single event."""
    data = event.data
    match event.type:
        case EventType.JOB_FINISHED if data["state"] == JobState.SUCCEEDED:
            return NotificationKind.JOB_FINISHED
        case EventType.JOB_FINISHED if data["state"] in (JobState.FAILED, JobState.PARTIAL):
            return NotificationKind.JOB_FAILED
        case EventType.JOB_UPDATED if data.get("held_reason") == HeldReason.BREAKER:
            return NotificationKind.JOB_HELD
        case EventType.PROMPT_REVIEW if "decision" not in data:
            return NotificationKind.PROMPT_REVIEW
        case EventType.WATCH_CHANGED if data["enabled"] and data["state"] in (
            WatchState.AWAY,
            WatchState.FAILING,
        ):
            return NotificationKind.WATCH_STUCK
        case EventType.WATCH_FILE_FAILED:
            return NotificationKind.WATCH_FILE_FAILED
        case EventType.COMFY_PROCESS if data["state"] == ProcessState.FAILED:
            return NotificationKind.COMFY_STUCK
        case EventType.LANE_WAITING:
            return _LANE_KINDS.get(data["reason"])
    return None


def words(kind: NotificationKind, job: dict[str, Any], event: Event) -> tuple[str, str]:
    """Title and text. `job` has `name`, the counts by state, `review_ids` and `error` (the first failure's message)."""
    name = job.get("name") or f"job {event.job_id}"
    match kind:
        case NotificationKind.JOB_FINISHED:
            return f"Finished: {name}", f"{_renders(job.get('succeeded', 0))}."
        case NotificationKind.JOB_FAILED:
            title = f"{'Partly failed' if event.data['state'] == JobState.PARTIAL else 'Failed'}: {name}"
            return title, f"{_failures(job)}vq retry {event.job_id} tries again."
        case NotificationKind.JOB_HELD:
            return f"Held: {name}", (
                f"{_failures(job)}The job is held, other jobs go on. vq release {event.job_id} lets it go on."
            )
        case NotificationKind.PROMPT_REVIEW:
            return (
                f"Waits for your review: {name}",
                f"What to approve or reject is listed by vq show {event.job_id}.",
            )
        case NotificationKind.WATCH_STUCK:
            state = "away" if event.data["state"] == WatchState.AWAY else "stuck"
            return (
                f"Watched folder {state}: {event.data['path']}",
                f"{event.data['reason'] or 'See vq watch ls'}.",
            )
        case NotificationKind.WATCH_FILE_FAILED:
            data = event.data
            return f"Files given up in {data['folder']}", (
                f"{data['file']}: {data['reason']}. vq watch files {data['watch']} lists what became of each."
            )
        case NotificationKind.DISK_FULL:
            return "The disk is full", "Work waits and goes on by itself once there is room."
        case NotificationKind.COMFY_STUCK if event.type == EventType.COMFY_PROCESS:
            return "ComfyUI is not started any more", (
                f"It was {event.data['message']}. vq comfy shows its log, vq comfy start tries again."
            )
        case NotificationKind.COMFY_STUCK:
            return (
                "ComfyUI is stuck",
                "It took a prompt and does not start it. Restart it; with comfy.command that is done.",
            )
        case _:
            raise AssertionError(f"{kind} is no single event's")


def queue_words(jobs: dict[str, int], waiting: int) -> tuple[str, str]:
    """Title and text of `queue.finished`: jobs by state since the last one; open jobs that wait for a person."""
    done = ", ".join(f"{number} {state}" for state, number in sorted(jobs.items()) if number)
    text = f"Jobs: {done}." if done else "Nothing is left to do."
    if waiting:
        text += f" {waiting} {'waits' if waiting == 1 else 'wait'} for you: held, or in review."
    return "The queue is finished", text


def _renders(number: int) -> str:
    return f"{number} {'render' if number == 1 else 'renders'}"


def _failures(job: dict[str, Any]) -> str:
    if not job.get("failed"):
        return ""
    total = sum(
        job.get(state, 0) for state in ("queued", "running", "review", "succeeded", "failed", "cancelled")
    )
    return f"{job['failed']} of {_renders(total)} failed: {(job.get('error') or 'unknown').rstrip('.')}. "
