"""Client: what a command can ask of the queue, every verb one request of the REST interface (docs/rest.md).

A transport sends the request: `Connection` to a running server, `LocalApp` to the same app in this process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, cast
from urllib.parse import quote

from video_queue.terminal.client.answers import refusal, target
from video_queue.terminal.client.references import is_prompt

Json = dict[str, Any]


class Transport(Protocol):
    """Sends requests to the app, wherever it runs."""

    url: str
    """Where the app is, for messages."""
    serves: bool
    """Whether a worker works the queue there."""

    def request(self, method: str, path: str, content: bytes | None = None) -> tuple[int, str]:
        """The status and the text of the answer; `path` has its query."""

    def close(self) -> None:
        """Let go of connections and locks."""


class Client:
    """The verbs of the command line. Every one raises VqError for what the app refuses.

    Answers are the app's JSON. References are `12` for a job and `12.3` for a prompt.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def serves(self) -> bool:
        """Whether a worker works the queue there."""
        return self._transport.serves

    def submit(self, submission: Json) -> Json:
        """A Job; `reused` when it was there already."""
        return self._json("POST", "/jobs", body=submission)

    def submit_batch(self, batch: Json) -> Json:
        """A batch with its jobs; `reused` when its key was known."""
        return self._json("POST", "/batches", body=batch)

    def batch(self, batch_id: str) -> Json:
        """One batch with its jobs."""
        return self._json("GET", f"/batches/{batch_id}")

    def act_on_batch(self, batch_id: str, action: str, options: Json) -> Json:
        """`{done, refused}` of one action on a batch's jobs."""
        return self._json("POST", f"/batches/{batch_id}/actions", body={"action": action, **options})

    def preview(self, submission: Json) -> Json:
        """What `submit` would make; writes nothing."""
        return self._json("POST", "/jobs/preview", body=submission)

    def jobs(self, query: Json) -> Json:
        """A page of jobs with `counts`; `query` as in GET /api/jobs."""
        return self._json("GET", "/jobs", query)

    def job(self, job_id: str) -> Json:
        """One job."""
        return self._json("GET", f"/jobs/{job_id}")

    def prompt(self, reference: str) -> Json:
        """One prompt."""
        return self._json("GET", f"/prompts/{reference}")

    def prompts(self, job_id: str, state: str | None = None) -> Iterator[Json]:
        """All prompts of a job, without the phases' results."""
        return self._pages(f"/jobs/{job_id}/prompts", {"state": state, "brief": "true"})

    def outputs(self, job_id: str) -> Iterator[Json]:
        """All published artifacts of a job."""
        return self._pages(f"/jobs/{job_id}/outputs")

    def log(self, reference: str, phase: str | None = None, tail: int | None = None) -> str:
        """The log of a job or prompt; `phase` is for prompts, `tail` its last lines."""
        query = {"phase": phase, "tail": tail} if is_prompt(reference) else {}
        text = self._text("GET", f"{_resource(reference)}/log", query)
        return "".join(text.splitlines(keepends=True)[-tail:]) if tail else text

    def act(self, reference: str, action: str, options: Json) -> Json:
        """The job or prompt after an action."""
        return self._json("POST", f"{_resource(reference)}/actions", body={"action": action, **options})

    def act_on(self, action: str, references: list[str], options: Json) -> Json:
        """`{done, refused}` of one action on many."""
        return self._json("POST", "/actions", body={"action": action, "ids": references, **options})

    def act_on_filter(self, action: str, filter_: Json, options: Json) -> Json:
        """`{done, refused}` of one action on all jobs that match a filter."""
        return self._json("POST", "/actions", body={"action": action, "filter": filter_, **options})

    def undo(self, number: int | None = None) -> Json:
        """`{done, refused}` of undoing an action by its number, or the newest."""
        return self._json("POST", "/undo", body={"id": number})

    def edit(self, reference: str, changes: Json) -> Json:
        """The job or prompt after changes; `{changed, refused}` where `params` are among them."""
        return self._json("PATCH", _resource(reference), body=changes)

    def compare(self, a: str, b: str) -> Json:
        """In what two jobs or prompts differ."""
        return self._json("GET", "/diff", {"a": a, "b": b})

    def verify(self, target: Json) -> Json:
        """Outputs compared with what was published; `target` as in POST /api/verify."""
        return self._json("POST", "/verify", body=target)

    def replay(self, body: Json) -> Json:
        """A new job that renders an output once more; `body` as in POST /api/replay."""
        return self._json("POST", "/replay", body=body)

    def restore(self, body: Json) -> Json:
        """The settings of an output as `{submission, warnings}`; `body` as in POST /api/restore."""
        return self._json("POST", "/restore", body=body)

    def queue(self) -> Json:
        """The queue at a glance."""
        return self._json("GET", "/queue")

    def pause(self, options: Json) -> Json:
        """The queue, paused; `options` are `mode` and `until`."""
        return self._json("POST", "/queue/actions", body={"action": "pause", **options})

    def resume(self) -> Json:
        """The queue, resumed."""
        return self._json("POST", "/queue/actions", body={"action": "resume"})

    def export_queue(self, body: Json) -> Json:
        """The file that was written; `body` as in POST /api/queue/export."""
        return self._json("POST", "/queue/export", body=body)

    def import_queue(self, body: Json) -> Json:
        """What came of a queue file, or would; `body` as in POST /api/queue/import."""
        return self._json("POST", "/queue/import", body=body)

    def watches(self) -> list[Json]:
        """Every watched folder."""
        return list(self._pages("/watches"))

    def add_watch(self, watch: Json) -> Json:
        """A new watch."""
        return self._json("POST", "/watches", body=watch)

    def edit_watch(self, number: int, changes: Json) -> Json:
        """The watch after changes."""
        return self._json("PATCH", f"/watches/{number}", body=changes)

    def remove_watch(self, number: int) -> None:
        """Watch a folder no more."""
        self._text("DELETE", f"/watches/{number}")

    def act_on_watch(self, number: int, action: str) -> Json:
        """The watch after an action."""
        return self._json("POST", f"/watches/{number}/actions", body={"action": action})

    def watch_files(self, number: int, state: str | None = None) -> Iterator[Json]:
        """All files of a watch."""
        return self._pages(f"/watches/{number}/files", {"state": state})

    def why(self, path: str) -> Json:
        """Why a file is taken or not."""
        return self._json("GET", "/watches/why", {"path": path})

    def workflows(self) -> list[Json]:
        """Every workflow with its problems."""
        return list(self._pages("/workflows"))

    def workflow(self, name: str) -> Json:
        """One definition."""
        return self._json("GET", f"/workflows/{_segment(name)}")

    def import_workflow(self, body: Json, save: str | None = None, force: bool = False) -> Json:
        """A draft of `{path}` or `{text}`; stored under the name `save`."""
        query = {"save": save, "force": "true" if force else None}
        return self._json("POST", "/workflows/import", query, body)

    def presets(self, workflow: str) -> list[Json]:
        """Every preset of a workflow."""
        return list(self._pages(f"/workflows/{_segment(workflow)}/presets"))

    def shared_presets(self) -> list[Json]:
        """The presets that all workflows share."""
        return list(self._pages("/presets"))

    def keep_preset(self, workflow: str, name: str, values: Json) -> Json:
        """Keep a preset of a workflow, or of all where none is named."""
        return self._json("PUT", _preset_path(workflow, name), body=values)

    def remove_preset(self, workflow: str, name: str) -> None:
        """Take a preset of a workflow away, or a shared one where none is named."""
        self._text("DELETE", _preset_path(workflow, name))

    def preset(self, workflow: str, name: str) -> Json:
        """One preset of a workflow."""
        return self._json("GET", _preset_path(workflow, name))

    def caption_styles(self) -> list[Json]:
        """Every caption style."""
        return list(self._pages("/caption-styles"))

    def caption_style(self, name: str) -> Json:
        """One caption style."""
        return self._json("GET", f"/caption-styles/{_segment(name)}")

    def keep_caption_style(self, name: str, style: Json) -> Json:
        """Keep a caption style of the artist's own."""
        return self._json("PUT", f"/caption-styles/{_segment(name)}", body=style)

    def remove_caption_style(self, name: str) -> None:
        """Take a caption style away."""
        self._text("DELETE", f"/caption-styles/{_segment(name)}")

    def schema(self, name: str) -> Json:
        """The JSON Schema of a workflow's parameters."""
        return self._json("GET", f"/workflows/{_segment(name)}/schema")

    def comfy(self) -> Json:
        """ComfyUI: its connection, its process with its log, what can be done."""
        return self._json("GET", "/comfy")

    def act_on_comfy(self, action: str, instance: str | None = None) -> Json:
        """ComfyUI after an action; `instance` names one of several."""
        return self._json("POST", "/comfy/actions", body={"action": action, "instance": instance})

    def pairing(self) -> Json:
        """How another machine comes in: address, link with the token, QR code."""
        return self._json("GET", "/system/pairing")

    def doctor(self) -> list[Json]:
        """Every check with its state and what to do."""
        return list(self._pages("/doctor"))

    def bundle(self) -> bytes:
        """What a bug report needs, as a ZIP archive."""
        # Transports decode bytes that are no text in a way that can be undone.
        return self._text("GET", "/doctor/bundle").encode("utf-8", "surrogateescape")

    def notifications(self, query: Json) -> Json:
        """A page of the inbox with `unread`; `query` as in GET /api/notifications."""
        return self._json("GET", "/notifications", query)

    def mark_read(self, notification_id: int, read: bool = True) -> Json:
        """One notification, read or unread."""
        return self._json("PATCH", f"/notifications/{notification_id}", body={"read": read})

    def mark_all_read(self, upto: int) -> Json:
        """The unread notifications that are left after all up to this number were read."""
        return self._json("PATCH", "/notifications", body={"upto": upto})

    def test_notifications(self) -> list[Json]:
        """What became of a test by each channel."""
        return list(self._json("POST", "/notifications/test")["items"])

    def report(self, query: Json) -> Json:
        """What ended in a span of time; `query` as in GET /api/report."""
        return self._json("GET", "/report", query)

    def tonight(self) -> Json:
        """When all that waits is done, what it needs, what stands in its way."""
        return self._json("GET", "/tonight")

    def report_page(self, query: Json) -> str:
        """The same as one HTML page."""
        return self._text("GET", "/report.html", query)

    def clean(self, options: Json) -> Json:
        """What was removed, or would be; `options` are `kinds`, `days` and `dry_run`."""
        return self._json("POST", "/clean", body=options)

    def vacuum(self) -> Json:
        """How many bytes the database gave back to the disk."""
        return self._json("POST", "/vacuum")

    def change_settings(self, changes: Json) -> Json:
        """Every setting after changes by dotted key."""
        return self._json("PATCH", "/settings", body=changes)

    def _json(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Json:
        text = self._text(method, path, query, body)
        try:
            return cast(Json, json.loads(text))
        except ValueError as error:
            raise refusal(self._transport.url, 200, text) from error

    def _text(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> str:
        content = None if body is None else json.dumps(body).encode()
        status, text = self._transport.request(method, target(path, query), content)
        if status >= 400:
            raise refusal(self._transport.url, status, text)
        return text

    def _pages(self, path: str, query: Json | None = None) -> Iterator[Json]:
        cursor: str | None = None
        while True:
            page = self._json("GET", path, {**(query or {}), "cursor": cursor})
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return


def _resource(reference: str) -> str:
    return f"/prompts/{reference}" if is_prompt(reference) else f"/jobs/{reference}"


def _preset_path(workflow: str, name: str) -> str:
    place = f"/workflows/{_segment(workflow)}/presets" if workflow else "/presets"
    return f"{place}/{_segment(name)}"


def _segment(name: str) -> str:
    return quote(name, safe="")
