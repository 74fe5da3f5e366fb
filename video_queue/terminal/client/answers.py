"""Requests and answers on the wire: a path with its query, and a refusal as the exception it stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from video_queue.domain.errors import VqError


def target(path: str, query: Mapping[str, Any] | None = None) -> str:
    """`path` below /api with its query; values that are None are left out."""
    values = {key: value for key, value in (query or {}).items() if value is not None}
    return f"/api{path}?{urlencode(values, doseq=True)}" if values else f"/api{path}"


def refusal(url: str, status: int, content: str) -> VqError:
    """The error in an answer's body; `server_unreachable` when the answer is not of a video_queue server."""
    from video_queue.domain.errors import VqError

    try:
        error = json.loads(content)["error"]
        return VqError(
            code=error["code"], message=error["message"], hint=error["hint"], details=error["details"] or {}
        )
    except (ValueError, KeyError, TypeError):
        return unreachable(url, f"it answered {status}")


def unreachable(url: str, detail: str) -> VqError:
    """The error for a server that does not answer, or not as one of ours does."""
    from video_queue.domain.catalogue import fail

    return fail("server_unreachable.server", url=url, detail=detail)
