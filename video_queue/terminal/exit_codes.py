"""The one place where exit codes are decided (docs/command-line.md)."""

from __future__ import annotations

OK = 0
FAILED = 1
USAGE = 2
NOT_FOUND = 3
REFUSED = 4
UNREACHABLE = 5
CONFLICT = 6
PARTLY = 7
TIMED_OUT = 124
INTERRUPTED = 130

_BY_ERROR = {
    "validation": USAGE,
    "input_missing": USAGE,
    "input_unreadable": USAGE,
    "too_large": USAGE,
    "unknown_workflow": NOT_FOUND,
    "unknown_job": NOT_FOUND,
    "not_found": NOT_FOUND,
    "path_not_allowed": REFUSED,
    "forbidden_origin": REFUSED,
    "unauthorized": REFUSED,
    "comfy_unreachable": UNREACHABLE,
    "server_unreachable": UNREACHABLE,
    "invalid_state": CONFLICT,
    "locked": CONFLICT,
}
_BY_JOB_STATE = {"succeeded": OK, "failed": FAILED, "cancelled": FAILED, "partial": PARTLY}


def of_error(code: str) -> int:
    """The exit code for an error's code."""
    return _BY_ERROR.get(code, FAILED)


def of_job(state: str) -> int:
    """The exit code for a finished job's (or prompt's) state."""
    return _BY_JOB_STATE.get(state, FAILED)


def of_actions(done: int, refused: list[str]) -> int:
    """The exit code of several actions: `refused` are the error codes of those that were not done."""
    if not refused:
        return OK
    return PARTLY if done else of_error(refused[0])
