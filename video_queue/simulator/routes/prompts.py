"""POST and GET /prompt, /queue, /interrupt, /free and /history."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from video_queue.simulator.routes.answers import answer, both, broken_off, empty, trouble
from video_queue.simulator.state import SimulatorState, now_ms
from video_queue.simulator.validation import validate
from video_queue.simulator.values import refusal


def prompt_routes(state: SimulatorState) -> list[BaseRoute]:
    prompts = _Prompts(state)
    return [
        *both("/prompt", prompts.submit, "POST"),
        *both("/prompt", prompts.remaining),
        *both("/queue", prompts.queue),
        *both("/queue", prompts.change_queue, "POST"),
        *both("/interrupt", prompts.interrupt, "POST"),
        *both("/free", prompts.free, "POST"),
        *both("/history", prompts.history),
        *both("/history/{prompt_id}", prompts.history_entry),
        *both("/history", prompts.change_history, "POST"),
    ]


class _Prompts:
    """The routes of prompts, queue and history. What they raise becomes the plain 500."""

    def __init__(self, state: SimulatorState) -> None:
        self.state = state
        self.dialect = state.dialect

    async def submit(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        if body.get("prompt_id") is None:
            body["prompt_id"] = str(uuid.uuid4())
        faults, prompt_id = self.state.faults, str(body["prompt_id"])
        faults.note_posted(prompt_id, json.dumps(body.get("prompt")))
        with faults.concerning(prompt_id):
            await self._delay()
            response = self._submit(body)
            await self._withhold(request)
            return response

    async def _withhold(self, request: Request) -> None:
        self.state.unanswered += 1
        try:
            # The fault is ended by a request of its own, the connection by the client.
            while self.state.faults.get("no_answer") and not await request.is_disconnected():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        finally:
            self.state.unanswered -= 1

    async def _delay(self) -> None:
        await asyncio.sleep(self.state.faults.seconds("slow_answers"))

    def _submit(self, body: dict[str, Any]) -> Response:
        state = self.state
        if state.faults.use("refuse_plainly"):
            return trouble()
        if state.faults.use("reject"):
            return _refused(refusal("simulated_refusal", "Refused by a simulated fault"))
        front = bool(body.get("front"))
        number = float(body["number"]) if "number" in body else state.queue.draw_number(front)
        if "prompt" not in body:
            return _refused(refusal("no_prompt", "No prompt provided", "No prompt provided"))
        if self.dialect.strict_prompt_ids and not _canonical(body["prompt_id"]):
            return _refused(_BAD_ID)
        prompt_id = str(body["prompt_id"])
        targets = body.get("partial_execution_targets")
        verdict = validate(body["prompt"], targets, state.folders, self.dialect)
        if verdict.error:
            return _refused(verdict.error, verdict.node_errors)
        extra = self._extra_data(body)
        announce = state.send_status
        if not state.faults.use("dropped"):
            state.queue.put(number, prompt_id, body["prompt"], extra, verdict.outputs, announce)
        if state.faults.use("garbage"):
            return trouble()
        if state.faults.use("lost_answer"):
            return broken_off()
        shown = str(uuid.uuid4()) if state.faults.use("other_id") else prompt_id
        return answer({"prompt_id": shown, "number": number, "node_errors": verdict.node_errors})

    def _extra_data(self, body: dict[str, Any]) -> dict[str, Any]:
        extra: dict[str, Any] = dict(body.get("extra_data") or {})
        if "client_id" in body:
            extra["client_id"] = body["client_id"]
        if self.dialect.jobs_api:
            extra["create_time"] = now_ms()
        return extra

    async def remaining(self, _: Request) -> Response:
        return answer({"exec_info": {"queue_remaining": self.state.queue.remaining()}})

    async def queue(self, _: Request) -> Response:
        await self._delay()
        if self.state.faults.use("queue_garbage"):
            return Response("<html>sign in to go on</html>", media_type="text/html")
        running, pending = self.state.queue.snapshot()
        listed = {"queue_running": running, "queue_pending": pending}
        return answer({name: [item.listed() for item in items] for name, items in listed.items()})

    async def change_queue(self, request: Request) -> Response:
        body = await request.json()
        if body.get("clear"):
            self.state.queue.clear()
            self.state.send_status()
        for prompt_id in body.get("delete", ()):
            if self.state.queue.delete(prompt_id):
                self.state.send_status()
        return empty()

    async def interrupt(self, request: Request) -> Response:
        raw = await request.body()
        body = await request.json() if raw else {}
        self.state.interrupt(body.get("prompt_id"))
        return empty()

    async def free(self, request: Request) -> Response:
        body = await request.json()
        if body.get("free_memory"):
            self.state.queue.request_free()
        return empty()

    async def history(self, request: Request) -> Response:
        wanted = request.query_params.get("max_items")
        offset = int(request.query_params.get("offset", -1))
        return answer(self.state.history.page(None if wanted is None else int(wanted), offset))

    async def history_entry(self, request: Request) -> Response:
        prompt_id = request.path_params["prompt_id"]
        entry = self.state.history.get(prompt_id)
        with self.state.faults.concerning(prompt_id):
            await self._delay()
            if self.state.faults.use("history_garbage"):
                return Response('{"' + prompt_id, media_type="application/json")
            if self.state.faults.use("history_empty"):
                return answer({})
        return answer({prompt_id: entry} if entry else {})

    async def change_history(self, request: Request) -> Response:
        body = await request.json()
        if body.get("clear"):
            self.state.history.clear()
        for prompt_id in body.get("delete", ()):
            self.state.history.delete(prompt_id)
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
