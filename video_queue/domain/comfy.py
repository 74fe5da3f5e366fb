"""ComfyUI as a process: its states, and the actions on it. Without pydantic: every command reads it at its start."""

from __future__ import annotations

from enum import StrEnum


class ProcessState(StrEnum):
    """The ComfyUI that `comfy.command` starts. `off`: no worker keeps one; `external`: one that others started is used.

    `backoff` waits before the next start after it ended by itself; `failed` gave up until it is asked to start again.
    """

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"
    BACKOFF = "backoff"
    STOPPED = "stopped"
    IDLE = "idle"
    FAILED = "failed"
    EXTERNAL = "external"


COMFY_ACTIONS = ("free", "restart", "start", "stop", "refresh")
# Of one instance: it gets nothing new, it gives back what it renders too, or it goes on.
INSTANCE_ACTIONS = ("drain", "pause", "resume")
