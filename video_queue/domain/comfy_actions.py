"""When each action on ComfyUI is possible, and why it is not."""

from __future__ import annotations

from video_queue.domain.comfy import COMFY_ACTIONS, ProcessState
from video_queue.domain.views import Action

# States in which there is a process, or will be one by itself.
_KEPT = (ProcessState.STARTING, ProcessState.RUNNING, ProcessState.BACKOFF)


def comfy_actions(state: ProcessState, *, connected: bool, has_command: bool) -> list[Action]:
    """Every action, with whether it is possible now and, if not, why."""
    away = "" if connected else "ComfyUI does not answer"
    not_ours = _refusal(state, has_command=has_command)
    rests = "" if state in _KEPT else "it does not run"
    refusals = {
        "free": away,
        "restart": not_ours or ("" if state is ProcessState.FAILED else rests),
        "start": not_ours or ("it runs" if state in (ProcessState.STARTING, ProcessState.RUNNING) else ""),
        "stop": not_ours or rests,
        "refresh": away,
    }
    return [Action(name=name, enabled=not refusals[name], reason=refusals[name]) for name in COMFY_ACTIONS]


def _refusal(state: ProcessState, *, has_command: bool) -> str:
    if not has_command:
        return "comfy.command is not set"
    if state is ProcessState.EXTERNAL:
        return "video_queue did not start this ComfyUI"
    return "no vq serve or vq run keeps it" if state is ProcessState.OFF else ""
