"""/simulator/...: what tests require of the simulator itself. Clearly outside ComfyUI's own routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from video_queue.simulator.faults import FAULTS, UnknownFaultError
from video_queue.simulator.routes.answers import answer, plain
from video_queue.simulator.state import SimulatorState


def control_routes(state: SimulatorState, set_fault: Callable[[str, Any], None]) -> list[BaseRoute]:
    async def show_faults(_: Request) -> Response:
        return answer({"faults": state.faults.all(), "known": dict(FAULTS)})

    async def set_faults(request: Request) -> Response:
        try:
            for name, value in (await request.json()).items():
                set_fault(name, value)
        except UnknownFaultError as problem:
            return answer({"error": f"unknown fault {problem}", "known": dict(FAULTS)}, 400)
        return answer({"faults": state.faults.all()})

    async def executions(_: Request) -> Response:
        return answer(state.executions.all())

    async def step(request: Request) -> Response:
        raw = await request.body()
        state.gate.let_pass(int((await request.json()).get("nodes", 1)) if raw else 1)
        return answer({"waiting": state.gate.waiting})

    async def show_state(_: Request) -> Response:
        running = state.queue.running
        return answer(
            {
                "running": running.prompt_id if running else None,
                "pending": [item.prompt_id for item in sorted(state.queue.pending())],
                "waiting_node": state.gate.waiting,
                "unanswered": state.unanswered,
                "free_requests": state.queue.free_requests,
                "interrupted": state.interrupted.is_set(),
                "sockets": list(state.hub.sockets),
            }
        )

    return [
        *plain("/simulator/state", show_state),
        *plain("/simulator/step", step, "POST"),
        *plain("/simulator/faults", show_faults),
        *plain("/simulator/faults", set_faults, "POST"),
        *plain("/simulator/executions", executions),
    ]
