"""Errors made of the texts in `texts`: `fail` makes an exception of an entry, `problem` one line of a list."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from video_queue.domain.errors import Loc, Problem, VqError
from video_queue.domain.texts import TEXTS


def fail(key: str, /, **values: Any) -> VqError:
    """The exception for `key`, its text filled from `values`. The values become `details`."""
    text = TEXTS[key]
    message, hint = text.message.format(**values), text.hint.format(**values)
    return VqError(code=key.split(".", 1)[0], message=message, hint=hint, details=values)


def problem(key: str, loc: Loc, /, **values: Any) -> Problem:
    """One line of a list of problems: `loc` says where in the submission or file it is."""
    return fail(key, **values).problem(loc)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `name`, case ignored, or None."""
    return next(iter(similar(name, known, most=1)), None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean NEAREST?`, or nothing."""
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""


def similar(name: str, known: Iterable[str], *, most: int, cutoff: float = 0.6) -> list[str]:
    """Up to `most` known names like `name`, case ignored, the most similar first; `cutoff` 1 is equality."""
    by_fold = {other.casefold(): other for other in known}
    matches = difflib.get_close_matches(name.casefold(), by_fold, n=most, cutoff=cutoff)
    return [by_fold[match] for match in matches]
