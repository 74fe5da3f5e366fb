"""What can go wrong, as values: one exception type with a stable code, and lists of problems.

    Exception
    ├── VqError                     every failure that an artist sees, made by `catalogue.fail`
    │   └── ProblemsError           a submission or file, with all its problems
    ├── StaleAttemptError           `db`: a late write of an old attempt; nothing was written
    ├── MissingReferenceError       `domain.references`: a reference that leads nowhere
    └── ComfyGoneError, ...         `comfy`, `media`, `outputs`, `worker`: the caller handles it or raises a VqError

HTTP statuses are decided in `api/errors.py`, exit codes in the CLI, texts in `domain/texts.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel


class ErrorCode(StrEnum):
    """The stable codes; each has a section in docs/errors.md."""

    VALIDATION = "validation"
    UNKNOWN_WORKFLOW = "unknown_workflow"
    UNKNOWN_JOB = "unknown_job"
    NOT_FOUND = "not_found"
    INVALID_STATE = "invalid_state"
    INPUT_MISSING = "input_missing"
    INPUT_UNREADABLE = "input_unreadable"
    PATH_NOT_ALLOWED = "path_not_allowed"
    COMFY_UNREACHABLE = "comfy_unreachable"
    COMFY_REJECTED = "comfy_rejected"
    COMFY_EXECUTION = "comfy_execution"
    COMFY_LOST = "comfy_lost"
    OUT_OF_MEMORY = "out_of_memory"
    TIMEOUT = "timeout"
    STALLED = "stalled"
    NO_OUTPUT = "no_output"
    BAD_OUTPUT = "bad_output"
    MEDIA_FAILED = "media_failed"
    DISK_FULL = "disk_full"
    OUTPUT_UNAVAILABLE = "output_unavailable"
    POISON = "poison"
    CANCELLED = "cancelled"
    FORBIDDEN_ORIGIN = "forbidden_origin"
    UNAUTHORIZED = "unauthorized"
    TOO_LARGE = "too_large"
    SERVER_UNREACHABLE = "server_unreachable"
    LOCKED = "locked"
    INTERNAL = "internal"


Loc = tuple[str | int, ...]
"""Where a problem is: keys and item numbers that lead to a place in a submission or a file."""


class Text(NamedTuple):
    """One entry of the catalogue: the message with `{fields}`, and the hint that says what to do."""

    message: str
    hint: str


class Problem(BaseModel):
    """One thing wrong with a submission or a workflow file; all are reported at once."""

    loc: Loc
    code: str
    message: str


class ErrorInfo(BaseModel):
    """A failure as it is stored with a prompt and shown everywhere."""

    code: str
    message: str
    hint: str = ""
    phase: str | None = None
    node_id: str | None = None
    node_class: str | None = None
    details: dict[str, Any] = {}


class VqError(Exception):
    """A failure with a stable `code`, a `message` that names the cause and a `hint` that says what to do.

    Made by `catalogue.fail`; never raised with free text.
    """

    def __init__(self, *, code: str, message: str, hint: str, details: dict[str, Any]) -> None:
        super().__init__(message)
        self.code = ErrorCode(code)
        self.message = message
        self.hint = hint
        self.details = details

    def info(self, *, phase: str | None = None) -> ErrorInfo:
        """The failure as a model, with the phase it happened in."""
        known = {name: self.details[name] for name in ("node_id", "node_class") if name in self.details}
        plain = {name: _plain(value) for name, value in self.details.items()}
        return ErrorInfo(
            code=self.code, message=self.message, hint=self.hint, phase=phase, details=plain, **known
        )

    def problem(self, loc: Loc, *, about: str = "") -> Problem:
        """The failure as one line of a list: cause and remedy, after what it is about."""
        text = f"{self.message}. {self.hint}" if self.hint else self.message
        return Problem(loc=loc, code=self.code, message=f"{about}: {text}" if about else text)


class ProblemsError(VqError):
    """A submission or file with one or more problems; `problems` holds all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        many = f"{len(problems)} problems, the first: " if len(problems) > 1 else ""
        super().__init__(
            code=first.code,
            message=many + first.message,
            hint="Correct what is listed and try again; nothing was written.",
            details={"problems": [item.model_dump(mode="json") for item in problems]},
        )
        self.problems = list(problems)


def _plain(value: Any) -> Any:
    """`value` if JSON has it, else its text."""
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)
