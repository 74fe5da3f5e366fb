"""Which actions on ComfyUI are possible, by the state of its process."""

from __future__ import annotations

import pytest

from video_queue.domain.comfy import COMFY_ACTIONS, ProcessState
from video_queue.domain.comfy_actions import comfy_actions


def possible(state: ProcessState, *, connected: bool = True, has_command: bool = True) -> set[str]:
    actions = comfy_actions(state, connected=connected, has_command=has_command)
    assert [action.name for action in actions] == list(COMFY_ACTIONS)
    assert all(bool(action.reason) != action.enabled for action in actions)
    return {action.name for action in actions if action.enabled}


@pytest.mark.parametrize(
    ("state", "names"),
    [
        (ProcessState.OFF, set()),
        (ProcessState.STARTING, {"stop", "restart"}),
        (ProcessState.RUNNING, {"stop", "restart"}),
        (ProcessState.BACKOFF, {"start", "stop", "restart"}),
        (ProcessState.STOPPED, {"start"}),
        (ProcessState.IDLE, {"start"}),
        (ProcessState.FAILED, {"start", "restart"}),
        (ProcessState.EXTERNAL, set()),
    ],
)
def test_only_a_process_of_ours_is_started_and_stopped(state: ProcessState, names: set[str]) -> None:
    assert possible(state) == names | {"free", "refresh"}
    assert possible(state, connected=False) == names
    assert possible(state, has_command=False) == {"free", "refresh"}
