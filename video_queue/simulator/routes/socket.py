"""GET /ws: joins the hub under a client id, answers a feature_flags hello, ignores all else."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

if TYPE_CHECKING:
    from video_queue.simulator.server import ComfySimulator


def server_flags(simulator: ComfySimulator) -> dict[str, Any]:
    """What the server says it can do, as GET /features and the hello tell it."""
    flags: dict[str, Any] = {"supports_preview_metadata": True, "max_upload_size": 104857600}
    if simulator.settings.dialect.jobs_api:
        flags |= {
            "supports_model_type_tags": True,
            "extension": {"manager": {"supports_v4": True}},
            "node_replacements": True,
            "assets": False,
        }
    return flags


def socket_routes(simulator: ComfySimulator) -> list[BaseRoute]:
    async def serve(socket: WebSocket) -> None:
        await _serve(simulator, socket)

    return [WebSocketRoute(path, serve) for path in ("/ws", "/api/ws")]


async def _serve(simulator: ComfySimulator, socket: WebSocket) -> None:
    client_id = socket.query_params.get("clientId") or uuid.uuid4().hex
    await socket.accept()
    simulator.hub.join(client_id, socket)
    try:
        _greet(simulator, client_id)
        first = True
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if first and message.get("text") is not None:
                first = False
                _first_message(simulator, client_id, message["text"])
    except WebSocketDisconnect:
        return
    finally:
        simulator.hub.leave(client_id)


def _greet(simulator: ComfySimulator, client_id: str) -> None:
    status = {"exec_info": {"queue_remaining": simulator.queue.remaining()}}
    simulator.hub.send("status", {"status": status, "sid": client_id}, client_id)
    run = simulator.executor.run
    if run is not None and run.client_id == client_id and run.current_node is not None:
        simulator.hub.send("executing", {"node": run.current_node}, client_id)


def _first_message(simulator: ComfySimulator, client_id: str, text: str) -> None:
    try:
        message = json.loads(text)
    except ValueError:
        return
    if isinstance(message, dict) and message.get("type") == "feature_flags":
        simulator.hub.flags[client_id] = dict(message.get("data") or {})
        simulator.hub.send("feature_flags", server_flags(simulator), client_id)
