"""The door to a running server: every verb is one request of CONTRACT section 5."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import quote

from video_queue.terminal.client.connection import Connection
from video_queue.terminal.client.door import Json
from video_queue.terminal.client.references import is_prompt


class ServerDoor:
    """A server that answers; raises what it refuses as VqError."""

    serves = True

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def submit(self, submission: Json) -> Json:
        """POST /api/jobs."""
        return self._json("POST", "/jobs", body=submission)

    def preview(self, submission: Json) -> Json:
        """POST /api/jobs/preview."""
        return self._json("POST", "/jobs/preview", body=submission)

    def jobs(self, query: Json) -> Json:
        """GET /api/jobs."""
        return self._json("GET", "/jobs", query)

    def job(self, job_id: str) -> Json:
        """GET /api/jobs/{id}."""
        return self._json("GET", f"/jobs/{job_id}")

    def prompt(self, reference: str) -> Json:
        """GET /api/prompts/{id}."""
        return self._json("GET", f"/prompts/{reference}")

    def prompts(self, job_id: str, state: str | None = None) -> Iterator[Json]:
        """Every page of GET /api/jobs/{id}/prompts."""
        return self._pages(f"/jobs/{job_id}/prompts", {"state": state})

    def outputs(self, job_id: str) -> Iterator[Json]:
        """Every page of GET /api/jobs/{id}/outputs."""
        return self._pages(f"/jobs/{job_id}/outputs", {})

    def log(self, reference: str, phase: str | None = None, tail: int | None = None) -> str:
        """GET .../log."""
        query = {"phase": phase, "tail": tail} if is_prompt(reference) else {}
        text = self.connection.text("GET", f"{_place(reference)}/log", query)
        return "".join(text.splitlines(keepends=True)[-tail:]) if tail else text

    def act(self, reference: str, action: str, options: Json) -> Json:
        """POST .../actions."""
        return self._json("POST", f"{_place(reference)}/actions", body={"action": action, **options})

    def act_on(self, action: str, references: list[str], options: Json) -> Json:
        """POST /api/actions."""
        return self._json("POST", "/actions", body={"action": action, "ids": references, **options})

    def edit(self, reference: str, changes: Json) -> Json:
        """PATCH a job or prompt."""
        return self._json("PATCH", _place(reference), body=changes)

    def queue(self) -> Json:
        """GET /api/queue."""
        return self._json("GET", "/queue")

    def pause(self, options: Json) -> Json:
        """POST /api/queue/actions."""
        return self._json("POST", "/queue/actions", body={"action": "pause", **options})

    def resume(self) -> Json:
        """POST /api/queue/actions."""
        return self._json("POST", "/queue/actions", body={"action": "resume"})

    def workflows(self) -> list[Json]:
        """GET /api/workflows."""
        return list(self._pages("/workflows", {}))

    def workflow(self, name: str) -> Json:
        """GET /api/workflows/{name}."""
        return self._json("GET", f"/workflows/{quote(name, safe='')}")

    def preset(self, workflow: str, name: str) -> Json:
        """GET /api/workflows/{name}/presets/{preset}."""
        return self._json("GET", f"/workflows/{quote(workflow, safe='')}/presets/{quote(name, safe='')}")

    def schema(self, name: str) -> Json:
        """GET /api/workflows/{name}/schema."""
        return self._json("GET", f"/workflows/{quote(name, safe='')}/schema")

    def doctor(self) -> list[Json]:
        """GET /api/doctor."""
        return list(self._pages("/doctor", {}))

    def change_settings(self, changes: Json) -> Json:
        """Change settings by dotted key."""
        return self._json("PATCH", "/settings", body=changes)

    def events(self, after: int | None, seconds_left: Callable[[], float]) -> Iterator[Json | None]:
        """The server's news after an id (None: from now on), with None now and then while there is none."""
        return self.connection.events({"after": after}, seconds_left)

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def _json(self, method: str, path: str, query: Json | None = None, body: Any = None) -> Json:
        return cast(Json, self.connection.json(method, path, query, body))

    def _pages(self, path: str, query: Json) -> Iterator[Json]:
        cursor: str | None = None
        while True:
            page = self._json("GET", path, {**query, "cursor": cursor})
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return


def _place(reference: str) -> str:
    return f"/prompts/{reference}" if is_prompt(reference) else f"/jobs/{reference}"
