"""Plays one recorded scenario against a simulator in this process, and collects its answers and frames.

Before each recorded request all frames recorded before it must have come; the simulator's gate lets one
node (or sampler step) through at a time, and only while frames are still missing. So "during node 3" in the
recording is during node 3 here too, without a sleep.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import websockets

from tests.simulator.canonical import canonical, compact_frame, replace_ids
from video_queue.simulator import ComfySimulator

PATIENCE = 30.0


def load(path: Path) -> tuple[dict[str, Any], list[list[Any]]]:
    """A recording's header and its events."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return lines[0], lines[1:]


@dataclass
class Listener:
    """One websocket of the recorder: what it should get, and what it got."""

    socket: websockets.ClientConnection
    expected: list[list[Any]] = field(default_factory=list)
    got: list[list[Any]] = field(default_factory=list)
    reader: asyncio.Task[None] | None = None

    async def read(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for message in self.socket:
                self.got.append(compact_frame(message))


class Replay:
    """`await play(events)`, then read `listeners` and `answers` (pairs of recorded and simulated)."""

    def __init__(self, simulator: ComfySimulator, media: Path) -> None:
        self.simulator, self.media = simulator, media
        self.listeners: dict[str, Listener] = {}
        self.closed: dict[str, Listener] = {}
        self.answers: list[tuple[str, Any, Any]] = []
        self.ids: dict[str, str] = {}
        self.sent: dict[tuple[str, float], Any] = {}

    async def play(self, events: list[list[Any]]) -> None:
        async with httpx.AsyncClient(
            base_url=self.simulator.url, trust_env=False, timeout=PATIENCE
        ) as client:
            for place, event in enumerate(events):
                await self._event(event, events[place + 1 :], client)
            await self._wait_for_frames()
        for listener in self.listeners.values():
            await (await listener.socket.ping())
            await listener.socket.close()
        self.closed |= self.listeners

    async def _event(self, event: list[Any], rest: list[list[Any]], client: httpx.AsyncClient) -> None:
        kind, label = event[0], event[1]
        if kind == "open":
            await self._open(label, event[2], rest)
        elif kind == "send":
            await self.listeners[label].socket.send(json.dumps(event[2]))
        elif kind == "closed":
            await self._close(label)
        elif kind == "http":
            await self._wait_for_frames()
            await self._request(client, event[1], event[2])
        else:
            self.listeners[label].expected.append([kind, *event[2:]])

    async def _open(self, label: str, client_id: str | None, rest: list[list[Any]]) -> None:
        await self._wait_for_frames()
        first = next((e for e in rest if e[0] == "frame" and e[1] == label), None)
        if first and first[2] == "executing":
            await self._step_until(first[3]["node"])
        query = f"?clientId={client_id}" if client_id else ""
        address = self.simulator.url.replace("http", "ws") + "/ws" + query
        listener = Listener(await websockets.connect(address, proxy=None, max_size=None))
        listener.reader = asyncio.create_task(listener.read())
        self.listeners[label] = listener

    async def _close(self, label: str) -> None:
        await self._wait_for_frames()
        listener = self.listeners.pop(label)
        await listener.socket.close()
        self.closed[label] = listener
        await self._wait(lambda: listener.socket.state is websockets.State.CLOSED)
        await self._wait(self._socket_left())

    def _socket_left(self) -> Any:
        """True once the server, too, has seen the end of it: it has one connection fewer."""
        open_here = len(self.listeners)
        server = self.simulator._server
        assert server is not None

        def left() -> bool:
            sockets = [c for c in server.server_state.connections if "WebSocket" in type(c).__name__]
            return len(sockets) <= open_here

        return left

    async def _step_until(self, node_id: str) -> None:
        gate = self.simulator.state.gate
        while gate.waiting != node_id:
            if gate.waiting is not None:
                gate.let_pass()
                await self._wait(lambda: gate._passes == 0)
            await asyncio.sleep(0.001)

    async def _wait_for_frames(self) -> None:
        """Let nodes pass until every open socket has what was recorded so far."""
        gate, deadline = self.simulator.state.gate, time.monotonic() + PATIENCE
        while self._incomplete():
            if time.monotonic() > deadline:
                missing = {
                    label: (listener.expected[len(listener.got) :][:3], len(listener.got))
                    for label, listener in self.listeners.items()
                }
                raise AssertionError(f"frames did not come: {missing}")
            if gate.waiting is not None:
                await self._quiet()
                if self._incomplete():
                    gate.let_pass()
                    await self._wait(lambda: gate._passes == 0)
            await asyncio.sleep(0.001)
        await self._worker_rests()

    def _incomplete(self) -> bool:
        return any(len(listener.got) < len(listener.expected) for listener in self.listeners.values())

    async def _finish_all(self) -> None:
        """Let every node pass until nothing runs: the recorded server had come to its end, unseen."""
        gate = self.simulator.state.gate
        while self.simulator.state.queue.remaining():
            if gate.waiting is not None:
                gate.let_pass()
            await asyncio.sleep(0.001)

    async def _quiet(self) -> None:
        """Frames sent before now have arrived."""
        await self._wait(lambda: not self.simulator.state.hub._outgoing)
        for listener in self.listeners.values():
            await (await listener.socket.ping())

    async def _worker_rests(self) -> None:
        """The worker waits at the gate, or has nothing to do: what it had to say is on its way."""
        gate, queue = self.simulator.state.gate, self.simulator.state.queue
        await self._wait(lambda: gate.waiting is not None or queue.idle)

    async def _wait(self, condition: Any) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError("the simulator did not get there")
            await asyncio.sleep(0.001)

    async def _request(
        self, client: httpx.AsyncClient, request: dict[str, Any], recorded: dict[str, Any]
    ) -> None:
        request = self._with_real_ids(json.loads(json.dumps(request)))
        if request["path"].startswith("/history/") and recorded["body"]:
            await self._finish_all()
        prompt = self._expand(request)
        answer = await client.request(request["method"], request["path"], **self._body(request))
        body = _body_of(answer)
        if prompt is not None and isinstance(body, dict) and "prompt_id" in body:
            self._learn(recorded["body"]["prompt_id"], body["prompt_id"])
            self.sent[(recorded["body"]["prompt_id"], body["number"])] = prompt
        names = {real: name for name, real in self.ids.items()}
        body = replace_ids(body, {**names, str(self.media): "/comfyui/media"})
        self._shorten_echoes(body)
        name = f"{request['method']} {request['path']}"
        got = {"status": answer.status_code, "headers": dict(answer.headers), "body": body}
        self.answers.append((name, recorded, got))

    def _expand(self, request: dict[str, Any]) -> Any:
        body = request.get("json")
        if not isinstance(body, dict) or not isinstance(body.get("prompt"), dict):
            return None
        if request.get("compact"):
            body["prompt"] = {k: {"class_type": v[0], "inputs": v[1]} for k, v in body["prompt"].items()}
        prompt = json.loads(json.dumps(body["prompt"]).replace("/comfyui/media", str(self.media)))
        body["prompt"] = prompt
        return prompt

    def _body(self, request: dict[str, Any]) -> dict[str, Any]:
        how: dict[str, Any] = {"headers": request.get("headers", {})}
        if "json" in request:
            how["json"] = request["json"]
        if "raw" in request:
            how["content"] = request["raw"].encode()
        if "multipart" in request:
            fields = dict(request["multipart"])
            image = fields.pop("image", None)
            how["data"] = fields
            how["files"] = (
                {"image": self._upload(image)} if image else {"other": ("o.txt", b"", "text/plain")}
            )
        return how

    def _upload(self, image: dict[str, Any]) -> tuple[str, bytes, str]:
        """Bytes that are equal where the recorded ones had equal length."""
        names = {6931: "photo.png", 24305: "photo2.png"}
        if image["content_type"] == "text/html":
            data = b"<script>1</script>"
        else:
            data = (self.media / names.get(image["bytes"], "clip.mp4")).read_bytes()
        return image["filename"], data, image["content_type"]

    def _with_real_ids(self, request: dict[str, Any]) -> Any:
        raw = json.dumps(request)
        for number in range(19, -1, -1):  # P1 would also match in P12
            if f"P{number}" in raw and f"P{number}" not in self.ids:
                self.ids[f"P{number}"] = str(uuid.uuid4())
        return replace_ids(request, dict(sorted(self.ids.items(), key=lambda pair: -len(pair[0]))))

    def _learn(self, name: str, real: str) -> None:
        self.ids[name] = real

    def _shorten_echoes(self, body: Any) -> None:
        if not isinstance(body, dict):
            return
        items = [
            v["prompt"] for v in body.values() if isinstance(v, dict) and isinstance(v.get("prompt"), list)
        ]
        items += [item for name in ("queue_running", "queue_pending") for item in body.get(name, [])]
        for item in items:
            if self.sent.get((item[1], item[0])) == item[2]:
                item[2] = "$SENT"
        workflow = body.get("workflow")  # the recorder cut some off: $CUT
        if isinstance(workflow, dict) and self.sent.get((body["id"], body["priority"])) == workflow["prompt"]:
            workflow["prompt"] = "$SENT"

    def frames_of(self, label: str) -> tuple[list[list[Any]], list[list[Any]]]:
        """Expected and received frames of one socket, in comparable form."""
        listener = self.closed[label]
        got = replace_ids(listener.got, {real: name for name, real in self.ids.items()})
        return [canonical(f) for f in listener.expected], [canonical(f) for f in got]


def _body_of(answer: httpx.Response) -> Any:
    kind = answer.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return answer.json()
    if kind.startswith("text/") or not answer.content:
        return {"_text": answer.text}
    return {"_binary_length": len(answer.content), "_head_hex": answer.content[:16].hex()}
