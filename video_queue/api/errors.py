"""Failures as HTTP answers: the one table from error code to status, and the one shape of an error body.

`{"error": {"code", "message", "hint", "details"}}`; `details.problems` lists `{loc, code, message}` where there
are several. Nothing that a client sends ends as a 500.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.websockets import WebSocket
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import ErrorCode, Problem, ProblemsError, VqError

_LOG = logging.getLogger(__name__)
_RETRY_AFTER = {"Retry-After": "5"}
_SHOWN = 80  # characters of a refused value that are repeated in the answer

E = ErrorCode
STATUS: Mapping[ErrorCode, int] = {
    E.VALIDATION: 422,
    E.INPUT_MISSING: 422,
    E.INPUT_UNREADABLE: 422,
    E.COMFY_REJECTED: 422,
    E.UNKNOWN_WORKFLOW: 404,
    E.UNKNOWN_JOB: 404,
    E.NOT_FOUND: 404,
    E.INVALID_STATE: 409,
    E.CANCELLED: 409,
    E.PATH_NOT_ALLOWED: 403,
    E.FORBIDDEN_ORIGIN: 403,
    E.UNAUTHORIZED: 401,
    E.TOO_LARGE: 413,
    E.COMFY_UNREACHABLE: 503,
    E.OUTPUT_UNAVAILABLE: 503,
    # Another program has the database; it is told when to come back, see `error_response`.
    E.LOCKED: 503,
    # A VqError of this code means that the database is gone; a bug of ours is a 500, see `_bug`.
    E.INTERNAL: 503,
    E.DISK_FULL: 507,
    # What happens to prompts, not to requests; named so that the table is whole.
    E.COMFY_EXECUTION: 422,
    E.COMFY_LOST: 503,
    E.OUT_OF_MEMORY: 503,
    E.TIMEOUT: 503,
    E.STALLED: 503,
    E.NO_OUTPUT: 422,
    E.BAD_OUTPUT: 422,
    E.MEDIA_FAILED: 422,
    E.POISON: 422,
    # The command line's own: it found no server to send a request to.
    E.SERVER_UNREACHABLE: 503,
}


class ErrorDetail(BaseModel):
    """What went wrong: a stable code, the cause, what to do, and the values behind the message."""

    code: ErrorCode
    message: str
    hint: str
    details: dict[str, Any]


class ErrorBody(BaseModel):
    """The body of every refusal."""

    error: ErrorDetail


def error_response(
    error: VqError, *, status: int | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer for `error`: its code's status unless another is given."""
    info = error.info()
    body = {"code": info.code, "message": info.message, "hint": info.hint, "details": info.details}
    # ASCII, so that lone surrogates in a refused text do no harm; NaN has no place in JSON, so it becomes text.
    text = json.dumps(_finite({"error": body}), default=str)
    if error.code is E.LOCKED:
        headers = {**_RETRY_AFTER, **(headers or {})}
    return Response(text, status or STATUS[error.code], headers, media_type="application/json")


def answer_errors(app: FastAPI) -> None:
    """Have every failure of `app` answered in the one shape."""
    app.add_exception_handler(VqError, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(WebSocketRequestValidationError, _invalid_socket)
    app.add_exception_handler(Exception, _bug)


async def _refusal(_: Request, error: Exception) -> Response:
    known = error if isinstance(error, VqError) else fail("internal.bug", detail=type(error).__name__)
    return error_response(known)


async def _invalid_request(_: Request, error: Exception) -> Response:
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    return error_response(ProblemsError(_problems(errors)))


async def _invalid_socket(socket: WebSocket, error: Exception) -> None:
    errors = error.errors() if isinstance(error, WebSocketRequestValidationError) else []
    await socket.send_denial_response(error_response(ProblemsError(_problems(errors))))


async def _http_error(request: Request, error: Exception) -> Response:
    """Starlette's own: no such route, a method that a route does not take, a body that cannot be parsed."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    headers = error.headers if isinstance(error, HTTPException) else None
    path = request.url.path
    if status == 404:
        return error_response(fail("not_found.route", path=path))
    if status == 405:
        refused = fail("validation.method", path=path, method=request.method)
        return error_response(refused, status=405, headers=headers)
    return error_response(fail("validation.body", detail=str(getattr(error, "detail", error))))


async def _bug(request: Request, error: Exception) -> Response:
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return error_response(fail("internal.bug", detail=type(error).__name__), status=500)


def _problems(errors: Sequence[Any]) -> list[Problem]:
    """Pydantic's errors as problems; the location begins inside the body, or is the parameter's name."""
    return [_problem(error) for error in errors] or [problem("validation.body", (), detail="it is not valid")]


def _problem(error: Mapping[str, Any]) -> Problem:
    place, *rest = error["loc"]
    loc = tuple(part if isinstance(part, int) else _short(part) for part in rest)
    message = str(error["msg"]).removeprefix("Value error, ")
    if place == "body":
        where = ".".join(map(str, loc))
        return problem("validation.body", loc, detail=f"{where}: {message}" if where else message)
    name = str(loc[0]) if loc else str(place)
    return problem("validation.query", loc, name=name, value=_short(error.get("input")), detail=message)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
