"""Forms of answers that all routes share: JSON as ComfyUI types it, its plain 500, both paths of a route."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]
_LOG = logging.getLogger("video_queue.simulator")
_TROUBLE = "500 Internal Server Error\n\nServer got itself in trouble"


def answer(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, media_type="application/json; charset=utf-8")


def empty(status: int = 200) -> Response:
    return Response(b"", status)


def trouble() -> Response:
    """The text a real server gives for mistakes it does not handle."""
    return Response(_TROUBLE, 500, media_type="text/plain")


def broken_off() -> Response:
    """An answer whose connection breaks before it is whole: the server notices that bytes are missing."""
    return Response(b"{", headers={"content-length": "100"}, media_type="application/json")


def unhandled(endpoint: Endpoint) -> Endpoint:
    """Turn whatever a endpoint raises into the plain 500, as a real server does."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Exception:  # noqa: BLE001 -- the point: callers' mistakes become the plain 500
            _LOG.debug("unhandled mistake in a request", exc_info=True)
            return trouble()

    return guarded


def both(path: str, endpoint: Endpoint, *methods: str) -> list[BaseRoute]:
    """The route with and without the `/api` prefix."""
    guarded = unhandled(endpoint)
    return [Route(prefix + path, guarded, methods=list(methods or ("GET",))) for prefix in ("", "/api")]


def plain(path: str, endpoint: Endpoint, *methods: str) -> list[BaseRoute]:
    """The route as it is, without a second one."""
    return [Route(path, unhandled(endpoint), methods=list(methods or ("GET",)))]


class SameOrigin:
    """Middleware: 403 with an empty body when `Origin` names another host than a loopback `Host`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {k: v.decode("latin-1") for k, v in scope["headers"] if k in (b"host", b"origin")}
            if _foreign(headers.get(b"host", ""), headers.get(b"origin", "")):
                await empty(403)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _foreign(host: str, origin: str) -> bool:
    if not host or not origin:
        return False
    here, there = urlsplit("//" + host.lower()), urlsplit(origin.lower())
    if here.hostname not in ("localhost", "127.0.0.1", "::1") or not there.netloc:
        return False
    same_port = there.port is None or there.port == here.port
    return here.hostname != there.hostname or not same_port


async def not_found(_: Request, __: Exception) -> Response:
    return Response(b"404: Not Found", 404, media_type="application/octet-stream")
