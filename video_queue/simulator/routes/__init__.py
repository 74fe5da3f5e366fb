"""All HTTP and websocket routes, and the rules that hold for every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from video_queue.simulator.routes.control import control_routes
from video_queue.simulator.routes.files import file_routes
from video_queue.simulator.routes.info import info_routes
from video_queue.simulator.routes.jobs import job_routes
from video_queue.simulator.routes.prompts import prompt_routes
from video_queue.simulator.routes.socket import socket_routes

if TYPE_CHECKING:
    from video_queue.simulator.server import ComfySimulator


def all_routes(simulator: ComfySimulator) -> list[BaseRoute]:
    """Every route of this simulator's version."""
    return [
        *prompt_routes(simulator),
        *job_routes(simulator),
        *file_routes(simulator),
        *info_routes(simulator),
        *socket_routes(simulator),
        *control_routes(simulator),
    ]
