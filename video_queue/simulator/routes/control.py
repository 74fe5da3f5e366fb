"""/simulator/...: what tests ask of the simulator itself. Clearly outside ComfyUI's own routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from video_queue.simulator.faults import FAULTS, UnknownFaultError
from video_queue.simulator.routes.answers import answer, one

if TYPE_CHECKING:
    from video_queue.simulator.server import ComfySimulator


def control_routes(simulator: ComfySimulator) -> list[BaseRoute]:
    async def show_faults(_: Request) -> Response:
        return answer({"faults": simulator.faults.all(), "known": dict(FAULTS)})

    async def set_faults(request: Request) -> Response:
        try:
            for name, value in (await request.json()).items():
                simulator.set_fault(name, value)
        except UnknownFaultError as problem:
            return answer({"error": f"unknown fault {problem}", "known": dict(FAULTS)}, 400)
        return answer({"faults": simulator.faults.all()})

    async def executions(_: Request) -> Response:
        return answer(simulator.executions.all())

    async def step(request: Request) -> Response:
        raw = await request.body()
        simulator.executor.gate.let_pass(int((await request.json()).get("nodes", 1)) if raw else 1)
        return answer({"waiting": simulator.executor.gate.waiting})

    async def state(_: Request) -> Response:
        running = simulator.queue.running
        return answer(
            {
                "running": running.prompt_id if running else None,
                "pending": [item.prompt_id for item in sorted(simulator.queue.pending())],
                "waiting_node": simulator.executor.gate.waiting,
                "sockets": list(simulator.hub.sockets),
            }
        )

    return [
        *one("/simulator/state", state),
        *one("/simulator/step", step, "POST"),
        *one("/simulator/faults", show_faults),
        *one("/simulator/faults", set_faults, "POST"),
        *one("/simulator/executions", executions),
    ]
