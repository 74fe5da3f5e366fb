"""POST and GET /prompt, /queue, /interrupt, /free and /history."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from video_queue.simulator.routes.answers import answer, both, empty, trouble
from video_queue.simulator.validation import refusal, validate

if TYPE_CHECKING:
    from video_queue.simulator.server import ComfySimulator


def prompt_routes(simulator: ComfySimulator) -> list[BaseRoute]:
    rooms = _Prompts(simulator)
    return [
        *both("/prompt", rooms.submit, "POST"),
        *both("/prompt", rooms.remaining),
        *both("/queue", rooms.queue),
        *both("/queue", rooms.change_queue, "POST"),
        *both("/interrupt", rooms.interrupt, "POST"),
        *both("/free", rooms.free, "POST"),
        *both("/history", rooms.history),
        *both("/history/{prompt_id}", rooms.history_entry),
        *both("/history", rooms.change_history, "POST"),
    ]


class _Prompts:
    """Handlers over one simulator. What they raise becomes the plain 500."""

    def __init__(self, simulator: ComfySimulator) -> None:
        self.simulator = simulator
        self.dialect = simulator.settings.dialect

    async def submit(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        simulator = self.simulator
        if simulator.faults.use("reject"):
            return _refused(refusal("simulated_refusal", "Refused by a simulated fault"))
        front = bool(body.get("front"))
        number = float(body["number"]) if "number" in body else simulator.queue.draw_number(front)
        if "prompt" not in body:
            return _refused(refusal("no_prompt", "No prompt provided", "No prompt provided"))
        prompt_id = body.get("prompt_id")
        if prompt_id is not None and self.dialect.strict_prompt_ids and not _canonical(prompt_id):
            return _refused(_BAD_ID)
        prompt_id = str(uuid.uuid4() if prompt_id is None else prompt_id)
        targets = body.get("partial_execution_targets")
        verdict = validate(body["prompt"], targets, simulator.folders, self.dialect)
        if verdict.error:
            return _refused(verdict.error, verdict.node_errors)
        extra = self._extra_data(body)
        announce = simulator.executor.send_status
        simulator.queue.put(number, prompt_id, body["prompt"], extra, verdict.outputs, announce)
        if simulator.faults.use("garbage"):
            return trouble()
        return answer({"prompt_id": prompt_id, "number": number, "node_errors": verdict.node_errors})

    def _extra_data(self, body: dict[str, Any]) -> dict[str, Any]:
        extra: dict[str, Any] = dict(body.get("extra_data") or {})
        if "client_id" in body:
            extra["client_id"] = body["client_id"]
        if self.dialect.jobs_api:
            extra["create_time"] = self.simulator.executor.now_ms()
        return extra

    async def remaining(self, _: Request) -> Response:
        return answer({"exec_info": {"queue_remaining": self.simulator.queue.remaining()}})

    async def queue(self, _: Request) -> Response:
        running, pending = self.simulator.queue.snapshot()
        listed = {"queue_running": running, "queue_pending": pending}
        return answer({name: [item.listed() for item in items] for name, items in listed.items()})

    async def change_queue(self, request: Request) -> Response:
        body = await request.json()
        if body.get("clear"):
            self.simulator.queue.clear()
            self.simulator.executor.send_status()
        for prompt_id in body.get("delete", ()):
            if self.simulator.queue.delete(prompt_id):
                self.simulator.executor.send_status()
        return empty()

    async def interrupt(self, request: Request) -> Response:
        raw = await request.body()
        body = await request.json() if raw else {}
        self.simulator.executor.interrupt(body.get("prompt_id"))
        return empty()

    async def free(self, request: Request) -> Response:
        body = await request.json()
        if body.get("free_memory"):
            self.simulator.queue.want_free()
        return empty()

    async def history(self, request: Request) -> Response:
        wanted = request.query_params.get("max_items")
        offset = int(request.query_params.get("offset", -1))
        return answer(self.simulator.history.page(None if wanted is None else int(wanted), offset))

    async def history_entry(self, request: Request) -> Response:
        prompt_id = request.path_params["prompt_id"]
        entry = self.simulator.history.get(prompt_id)
        return answer({prompt_id: entry} if entry else {})

    async def change_history(self, request: Request) -> Response:
        body = await request.json()
        if body.get("clear"):
            self.simulator.history.clear()
        for prompt_id in body.get("delete", ()):
            self.simulator.history.delete(prompt_id)
        return empty()


_BAD_ID = refusal(
    "invalid_prompt_id",
    "prompt_id must be a valid UUID",
    "prompt_id must be a UUID string in canonical lowercase hyphenated form; "
    "omit it to let the server generate one",
)


def _canonical(prompt_id: Any) -> bool:
    try:
        return bool(str(uuid.UUID(prompt_id)) == prompt_id)
    except (ValueError, AttributeError, TypeError):
        return False


def _refused(error: dict[str, Any], node_errors: dict[str, Any] | None = None) -> Response:
    return answer({"error": error, "node_errors": node_errors or {}}, 400)
