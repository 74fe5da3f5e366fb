"""One model for stored events, transient events and what sockets carry (docs/rest.md)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel


class EventType(StrEnum):
    """Every type of event there is."""

    JOB_CREATED = "job.created"
    JOB_UPDATED = "job.updated"
    JOB_STARTED = "job.started"
    JOB_FINISHED = "job.finished"
    JOB_DELETED = "job.deleted"
    PROMPT_STARTED = "prompt.started"
    PROMPT_PHASE_FINISHED = "prompt.phase_finished"
    PROMPT_RETRYING = "prompt.retrying"
    PROMPT_FINISHED = "prompt.finished"
    PROMPT_REVIEW = "prompt.review"
    PROMPT_PROGRESS = "prompt.progress"
    PREVIEW = "preview"
    QUEUE_PAUSED = "queue.paused"
    QUEUE_RESUMED = "queue.resumed"
    LANE_WAITING = "lane.waiting"
    LANE_RUNNING = "lane.running"
    COMFY_CONNECTED = "comfy.connected"
    COMFY_DISCONNECTED = "comfy.disconnected"
    COMFY_PROCESS = "comfy.process"
    WATCH_ADDED = "watch.added"
    WATCH_CHANGED = "watch.changed"
    WATCH_REMOVED = "watch.removed"
    WATCH_FILES = "watch.files"
    WATCH_FILE_FAILED = "watch.file_failed"
    NOTIFICATION = "notification"
    WHEN_DONE_COUNTDOWN = "when_done.countdown"
    WHEN_DONE_CANCELLED = "when_done.cancelled"
    WHEN_DONE_STARTED = "when_done.started"
    WHEN_DONE_FAILED = "when_done.failed"
    HELLO = "hello"
    RESET = "reset"


class Event(BaseModel):
    """One event. `id` is null for transient ones (progress, previews), which are not stored."""

    id: int | None = None
    type: str
    at: str
    job_id: int | None = None
    prompt_id: int | None = None
    data: dict[str, Any] = {}
