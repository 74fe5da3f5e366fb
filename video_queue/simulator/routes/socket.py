"""GET /ws: joins the hub under a client id, answers a feature_flags hello, ignores all else."""

from __future__ import annotations

import json
import uuid
from typing import Any

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from video_queue.simulator.state import SimulatorState


def server_flags(state: SimulatorState) -> dict[str, Any]:
    """What the server says it can do, as GET /features and the hello say it."""
    flags: dict[str, Any] = {"supports_preview_metadata": True, "max_upload_size": 104857600}
    if state.dialect.jobs_api:
        flags |= {
            "supports_model_type_tags": True,
            "extension": {"manager": {"supports_v4": True}},
            "node_replacements": True,
            "assets": False,
        }
    return flags


def socket_routes(state: SimulatorState) -> list[BaseRoute]:
    async def serve(socket: WebSocket) -> None:
        await _serve(state, socket)

    return [WebSocketRoute(path, serve) for path in ("/ws", "/api/ws")]


async def _serve(state: SimulatorState, socket: WebSocket) -> None:
    client_id = socket.query_params.get("clientId") or uuid.uuid4().hex
    await socket.accept()
    state.hub.join(client_id, socket)
    try:
        _greet(state, client_id)
        first = True
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if first and message.get("text") is not None:
                first = False
                _first_message(state, client_id, message["text"])
    except WebSocketDisconnect:
        return
    finally:
        state.hub.leave(client_id)


def _greet(state: SimulatorState, client_id: str) -> None:
    status = {"exec_info": {"queue_remaining": state.queue.remaining()}}
    state.hub.send("status", {"status": status, "sid": client_id}, client_id)
    running, node = state.queue.running, state.current_node
    if running is not None and running.client_id == client_id and node is not None:
        state.hub.send("executing", {"node": node}, client_id)


def _first_message(state: SimulatorState, client_id: str, text: str) -> None:
    try:
        message = json.loads(text)
    except ValueError:
        return
    if isinstance(message, dict) and message.get("type") == "feature_flags":
        state.hub.flags[client_id] = dict(message.get("data") or {})
        state.hub.send("feature_flags", server_flags(state), client_id)
