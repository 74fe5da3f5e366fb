"""Answers of ComfyUI checked: refusals, texts in place of JSON, connections that broke.

ComfyUI answers unhandled mistakes with status 500 and a short text: after a `ComfyAnswerError` the call may have
taken effect.
"""

from __future__ import annotations

from typing import Any

import httpx

_SHOWN = 300


class ComfyGoneError(Exception):
    """ComfyUI cannot be reached, or the connection broke before its answer was in."""


class ComfyAnswerError(Exception):
    """An answer that cannot be what the call gives: its status, and the beginning of its text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"status {status}: {text[:_SHOWN] or 'no text'}")
        self.status = status


class ComfyRefusalError(Exception):
    """ComfyUI refused a prompt, and why: `error` about the whole, `node_errors` by node id."""

    def __init__(self, error: dict[str, Any], node_errors: dict[str, Any]) -> None:
        super().__init__(str(error.get("message", "refused")))
        self.error = error
        self.node_errors = node_errors


def json_object(response: httpx.Response) -> dict[str, Any]:
    """The object in an answer with status 200.

    Raises:
        ComfyAnswerError: for any other status, or anything but a JSON object.
    """
    if response.status_code != httpx.codes.OK:
        raise ComfyAnswerError(response.status_code, response.text)
    try:
        body = response.json()
    except (ValueError, RecursionError):
        raise ComfyAnswerError(response.status_code, response.text) from None
    if not isinstance(body, dict):
        raise ComfyAnswerError(response.status_code, response.text)
    return body


def refusal_in(response: httpx.Response) -> ComfyRefusalError | None:
    """The refusal that a 400 carries, or None where it is something else."""
    if response.status_code != httpx.codes.BAD_REQUEST:
        return None
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not isinstance(body.get("error"), dict):
        return None
    return ComfyRefusalError(body["error"], node_errors_in(body))


def node_errors_in(body: dict[str, Any]) -> dict[str, Any]:
    """`node_errors` of an answer; ComfyUI sends an empty list where there are none."""
    node_errors = body.get("node_errors")
    return node_errors if isinstance(node_errors, dict) else {}
