"""ComfyUI's HTTP calls, one method each. What a server can do shows in its answers, never in its version."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from video_queue.comfy.client.answers import (
    ComfyAnswerError,
    ComfyGoneError,
    json_object,
    node_errors_in,
    refusal_in,
)

# ComfyUI's loop stands still while a node holds the interpreter.
_ANSWER_SECONDS = 30.0
_CONNECT_SECONDS = 3.0
_TRANSFER_SECONDS = 300.0
_MAX_UPLOAD = 100 * 2**20


@dataclass(frozen=True, slots=True)
class Accepted:
    """A prompt that ComfyUI took; with `node_errors` it runs a part of the graph only."""

    number: float
    node_errors: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A prompt as it is sent, made ahead; to be sent once."""

    prompt_id: str
    request: httpx.Request


@dataclass(frozen=True, slots=True)
class QueueItem:
    """An entry of ComfyUI's queue; the lowest `number` runs first. Its frames are sent to `client_id`."""

    number: float
    prompt_id: str
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class RemoteQueue:
    """What runs in ComfyUI, and what waits there in running order."""

    running: tuple[QueueItem, ...]
    pending: tuple[QueueItem, ...]

    def holds(self, prompt_id: str) -> bool:
        """Whether a prompt runs or waits."""
        return any(item.prompt_id == prompt_id for item in (*self.running, *self.pending))

    def before(self, prompt_id: str) -> list[str]:
        """The ids of what runs or waits before one that waits."""
        ids = [item.prompt_id for item in (*self.running, *self.pending)]
        return ids[: ids.index(prompt_id)] if prompt_id in ids else []

    def client_of(self, prompt_id: str) -> str:
        """The client id that a prompt was sent with, if ComfyUI tells."""
        return next(
            (item.client_id for item in (*self.running, *self.pending) if item.prompt_id == prompt_id), ""
        )

    def runs(self, prompt_id: str) -> bool:
        """Whether a prompt runs."""
        return any(item.prompt_id == prompt_id for item in self.running)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """How a prompt ended: `outputs` by node id, and `messages` as (event, data) in order."""

    success: bool
    outputs: dict[str, Any]
    messages: list[tuple[str, dict[str, Any]]]

    def message(self, event: str) -> dict[str, Any] | None:
        """The data of the last message of this kind."""
        return next((data for name, data in reversed(self.messages) if name == event), None)


class ComfyClient:
    """Calls of one ComfyUI. Use it on one event loop; `close` it when done.

    Every method may raise ComfyGoneError (not reached, or no answer) and ComfyAnswerError (an answer that cannot
    be read).
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=self.url,
            trust_env=False,  # a proxy has no business between us and a ComfyUI
            verify=self.url.startswith("https:"),  # reading all certificates takes 60 ms
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
        )
        self._object_info: dict[str, Any] | None = None
        self._has_job_cancel: bool | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    # --- facts

    async def exec_info(self) -> dict[str, Any]:
        """The quickest call there is; `exec_info.queue_remaining` counts what runs and waits."""
        return json_object(await self._send("GET", "/prompt", timeout=_CONNECT_SECONDS))

    async def system_stats(self) -> dict[str, Any]:
        """Versions, memory and devices."""
        return json_object(await self._send("GET", "/system_stats"))

    async def features(self) -> dict[str, Any]:
        """What the server announces; empty where it has no such route."""
        try:
            return json_object(await self._send("GET", "/features"))
        except ComfyAnswerError:
            return {}

    async def object_info(self, *, fresh: bool = False) -> dict[str, Any]:
        """Every node class by name (about 1 MB; kept after the first call unless `fresh`)."""
        if fresh or self._object_info is None:
            self._object_info = json_object(await self._send("GET", "/object_info"))
        return self._object_info

    async def models(self, folder: str) -> list[str]:
        """The names of a model folder; empty for a folder ComfyUI does not know."""
        response = await self._send("GET", f"/models/{folder}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return []
        if response.status_code != httpx.codes.OK:
            raise ComfyAnswerError(response.status_code, response.text)
        with suppress(ValueError):
            names = response.json()
            if isinstance(names, list):
                return [name for name in names if isinstance(name, str)]
        raise ComfyAnswerError(response.status_code, response.text)

    async def model_metadata(self, folder: str, name: str) -> dict[str, Any]:
        """What the header of a safetensors file says of it; empty where it says nothing."""
        response = await self._send("GET", f"/view_metadata/{folder}", params={"filename": name})
        return {} if response.status_code == httpx.codes.NOT_FOUND else json_object(response)

    async def folder_paths(self) -> dict[str, list[str]]:
        """Where ComfyUI keeps its models, as it sees its own disk; empty where it does not tell."""
        try:
            folders = json_object(await self._send("GET", "/internal/folder_paths"))
        except ComfyAnswerError:
            return {}
        return {
            name: [path for path in paths if isinstance(path, str)]
            for name, paths in folders.items()
            if isinstance(paths, list)
        }

    # --- prompts

    def outgoing(
        self, graph: dict[str, Any], *, prompt_id: str, client_id: str, extra_data: dict[str, Any]
    ) -> Outgoing:
        """A graph to be queued under our own id (a lower-case UUID)."""
        body = {"prompt": graph, "prompt_id": prompt_id, "client_id": client_id, "extra_data": extra_data}
        return Outgoing(prompt_id, self._http.build_request("POST", "/prompt", json=body))

    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Queue a prompt.

        Raises:
            ComfyRefusalError: it is not queued, and why.
            ComfyGoneError, ComfyAnswerError: it may be queued all the same: read the queue before sending it again.
        """
        with _explained():
            response = await self._http.send(outgoing.request)
        if refusal := refusal_in(response):
            raise refusal
        answer = json_object(response)
        if answer.get("prompt_id") != outgoing.prompt_id:
            raise ComfyAnswerError(response.status_code, response.text)
        number = answer.get("number")
        return Accepted(number if isinstance(number, int | float) else 0, node_errors_in(answer))

    async def queue(self) -> RemoteQueue:
        """What runs and waits now."""
        answer = json_object(await self._send("GET", "/queue"))
        running, pending = (_items(answer.get(part)) for part in ("queue_running", "queue_pending"))
        if running is None or pending is None:
            raise ComfyAnswerError(httpx.codes.OK, str(answer))
        return RemoteQueue(running, tuple(sorted(pending, key=lambda item: item.number)))

    async def history(self, prompt_id: str) -> HistoryEntry | None:
        """How a prompt ended; None while it has not, or when it is not known."""
        answer = json_object(await self._send("GET", f"/history/{prompt_id}"))
        entry = answer.get(prompt_id)
        return _entry(entry) if isinstance(entry, dict) else None

    async def cancel(self, prompt_id: str) -> None:
        """Take a prompt out of the queue or interrupt it, and nothing else.

        It may go on until its node ends: the queue shows it. An unknown id does nothing.
        """
        if self._has_job_cancel is not False:
            response = await self._send("POST", f"/api/jobs/{prompt_id}/cancel")
            self._has_job_cancel = _says_cancelled(response)
            if self._has_job_cancel:
                return
        await self._send("POST", "/queue", json={"delete": [prompt_id]})
        # Where a server does not know prompt ids in /interrupt, it stops whatever runs: so it must be ours.
        if (await self.queue()).runs(prompt_id):
            await self._send("POST", "/interrupt", json={"prompt_id": prompt_id})

    async def free(self) -> None:
        """Free models and cached results once idle."""
        response = await self._send("POST", "/free", json={"unload_models": True, "free_memory": True})
        if response.status_code != httpx.codes.OK:
            raise ComfyAnswerError(response.status_code, response.text)

    # --- files

    async def upload(self, source: Path, *, name: str, subfolder: str) -> str:
        """Put a file into the input folder under `subfolder/name`, replacing one of that name; its name for graphs.

        Raises:
            OSError: the file cannot be read.
        """
        form = {"type": "input", "subfolder": subfolder, "overwrite": "true"}
        with source.open("rb") as file:
            response = await self._send(
                "POST", "/upload/image", data=form, files={"image": (name, file)}, timeout=_TRANSFER_SECONDS
            )
        answer = json_object(response)
        stored, folder = answer.get("name"), answer.get("subfolder")
        if not isinstance(stored, str) or not isinstance(folder, str):
            raise ComfyAnswerError(response.status_code, response.text)
        return f"{folder}/{stored}" if folder else stored

    async def upload_limit(self) -> int:
        """How many bytes an upload may have."""
        limit = (await self.features()).get("max_upload_size")
        return limit if isinstance(limit, int) else _MAX_UPLOAD

    async def view(self, *, filename: str, subfolder: str, type_: str, target: Path) -> None:
        """Write a file of ComfyUI's to `target`.

        Raises:
            FileNotFoundError: ComfyUI has no such file.
            OSError: the target cannot be written.
        """
        query = {"filename": filename, "subfolder": subfolder, "type": type_}
        async with self._stream(query) as response:
            if response.status_code in (httpx.codes.NOT_FOUND, httpx.codes.BAD_REQUEST):
                raise FileNotFoundError(filename)
            if response.status_code != httpx.codes.OK:
                raise ComfyAnswerError(response.status_code, "")
            with target.open("xb") as file:
                async for block in response.aiter_bytes(2**20):
                    file.write(block)
            length = response.headers.get("content-length")
            if length and length.isdigit() and target.stat().st_size != int(length):
                raise ComfyGoneError(f"{filename} broke off")

    # --- sending

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        with _explained():
            return await self._http.request(method, path, **more)

    @asynccontextmanager
    async def _stream(self, query: dict[str, str]) -> AsyncIterator[httpx.Response]:
        try:
            async with self._http.stream("GET", "/view", params=query, timeout=_TRANSFER_SECONDS) as response:
                yield response
        except httpx.TransportError as error:
            raise ComfyGoneError(str(error) or type(error).__name__) from error


@contextmanager
def _explained() -> Iterator[None]:
    """What httpx raises, as this module's errors."""
    try:
        yield
    except httpx.TransportError as error:
        raise ComfyGoneError(str(error) or type(error).__name__) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ComfyAnswerError(0, str(error)) from error


def _says_cancelled(response: httpx.Response) -> bool:
    """Whether the answer is of a cancel route: then the server has one."""
    try:
        return isinstance(json_object(response).get("cancelled"), bool)
    except ComfyAnswerError:
        return False


def _items(raw: Any) -> tuple[QueueItem, ...] | None:
    """Queue entries `[number, prompt_id, ...]`; None for anything that is no list."""
    if not isinstance(raw, list):
        return None
    return tuple(
        QueueItem(item[0], item[1], _client_id(item))
        for item in raw
        if isinstance(item, list) and len(item) > 1 and isinstance(item[0], int | float)
    )


def _client_id(item: list[Any]) -> str:
    extra = item[3] if len(item) > 3 else None
    client_id = extra.get("client_id") if isinstance(extra, dict) else None
    return client_id if isinstance(client_id, str) else ""


def _entry(entry: dict[str, Any]) -> HistoryEntry:
    status = entry.get("status")
    status = status if isinstance(status, dict) else {}
    outputs = entry.get("outputs")
    messages = [
        (message[0], message[1])
        for message in status.get("messages") or ()
        if isinstance(message, list) and len(message) > 1 and isinstance(message[1], dict)
    ]
    # Entries without a status are from prompts that ended well before there was one.
    return HistoryEntry(
        success=status.get("status_str", "success") == "success",
        outputs=outputs if isinstance(outputs, dict) else {},
        messages=messages,
    )


# The server's own default port, and the desktop application's.
DEFAULT_URLS = ("http://127.0.0.1:8188", "http://127.0.0.1:8000")


async def find_comfy(url: str | None) -> ComfyClient | None:
    """A client of the ComfyUI at `url`, or at the first usual address where one answers; None where none does."""
    for address in (url,) if url else DEFAULT_URLS:
        client, is_comfy = ComfyClient(address), False
        try:
            is_comfy = await _is_comfy(client)
        finally:  # also when the worker ends meanwhile
            if not is_comfy:
                await client.close()
        if is_comfy:
            return client
    return None


async def _is_comfy(client: ComfyClient) -> bool:
    """Whether a queue of ComfyUI's answers: another program may listen on such a port."""
    try:
        return "exec_info" in await client.exec_info()
    except (ComfyGoneError, ComfyAnswerError):
        return False
