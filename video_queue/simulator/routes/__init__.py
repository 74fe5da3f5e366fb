"""All HTTP and websocket routes, and the rules that hold for every one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.routing import BaseRoute

from video_queue.simulator.routes.control import control_routes
from video_queue.simulator.routes.files import file_routes
from video_queue.simulator.routes.info import info_routes
from video_queue.simulator.routes.jobs import job_routes
from video_queue.simulator.routes.prompts import prompt_routes
from video_queue.simulator.routes.socket import socket_routes
from video_queue.simulator.state import SimulatorState


def all_routes(state: SimulatorState, set_fault: Callable[[str, Any], None]) -> list[BaseRoute]:
    """Every route of this simulator's version; `set_fault` is what POST /simulator/faults calls."""
    return [
        *prompt_routes(state),
        *job_routes(state),
        *file_routes(state),
        *info_routes(state),
        *socket_routes(state),
        *control_routes(state, set_fault),
    ]
