"""What a body may be: JSON of bounded size that every later step can hold, or an upload that is only counted.

Pure ASGI. JSON is read here whole and checked before any model sees it: lone surrogates, NUL characters,
infinities and bottomless nesting end here, as 422.
"""

from __future__ import annotations

import math
from typing import Any

from pydantic_core import from_json
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from video_queue.api.errors import error_response
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.settings import Settings

_UPLOAD = "multipart/form-data"
UPLOADS = "/api/uploads"
# Takes an upload or JSON.
IMPORTS = "/api/workflows/import"
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
# A browser sends these to another site only after asking it, whatever their body.
_ASKED_FOR = frozenset({"DELETE", "PUT", "PATCH"})


class _GoneError(Exception):
    """The client hung up before its body was whole."""


class BodyLimits:
    """The middleware: content types, sizes (`limits.max_body`, `limits.max_upload`) and JSON."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._max_body = settings.limits.max_body
        self._max_upload = settings.limits.max_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that was checked, or refuse it."""
        if scope["type"] != "http" or scope["method"] in _WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        try:
            receive = await self._checked(scope, Headers(scope=scope), receive)
        except VqError as error:
            await error_response(error)(scope, receive, send)
        except _GoneError:
            return
        else:
            await self._app(scope, receive, send)

    async def _checked(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        uploads = scope["path"] == UPLOADS or (scope["path"] == IMPORTS and _is_form(headers))
        limit = self._max_upload if uploads else self._max_body
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length[:30]) > limit:
            raise fail("too_large.body", limit=limit)
        has_body = length.strip("0") != "" or "transfer-encoding" in headers
        if has_body or scope["method"] not in _ASKED_FOR:
            _check_type(headers, _UPLOAD if uploads else "application/json")
        if uploads or not has_body:
            return _counted(receive, limit)
        body = await _whole(_counted(receive, limit))
        if body:
            check_json(body)
        return _replayed(body, receive)


def check_json(body: bytes) -> None:
    """Make sure that `body` is JSON which SQLite, files and answers can hold.

    Raises:
        VqError: `validation.json`.
    """
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise fail("validation.json", detail=str(error)) from None
    if detail := _impossible(value):
        raise fail("validation.json", detail=detail)


def _impossible(whole: Any) -> str | None:
    waiting = [whole]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if "\0" in value:
                return "a text in it holds a NUL character"
        elif isinstance(value, float):
            if not math.isfinite(value):
                return "a number in it is too large"
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
    return None


def _is_form(headers: Headers) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == _UPLOAD


def _check_type(headers: Headers, wanted: str) -> None:
    """A page of another site can send three types, or none, without being asked; none of them is taken for JSON."""
    content_type = headers.get("content-type")
    if (content_type or "").partition(";")[0].strip().lower() != wanted:
        key = "validation.upload_type" if wanted.startswith("multipart") else "validation.content_type"
        raise fail(key, given=(content_type or "no content type")[:100])


def _counted(receive: Receive, limit: int) -> Receive:
    """`receive`, failing with `too_large` once more than `limit` bytes have come."""
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise fail("too_large.body", limit=limit)
        return message

    return counting


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    replayed = False

    async def replaying() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replaying
