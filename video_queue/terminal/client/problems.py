"""Pydantic's refusals as the house's problems, for submissions that no server checks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import ProblemsError


@contextmanager
def as_vq_error(what: str) -> Iterator[None]:
    """Raise ProblemsError for what pydantic finds wrong inside; `what` names the thing in the texts."""
    try:
        yield
    except ValidationError as error:
        found = [
            problem(
                "validation.body",
                one["loc"],
                detail=f"{'.'.join(map(str, one['loc'])) or what}: {one['msg'].removeprefix('Value error, ')}",
            )
            for one in error.errors()
        ]
        raise ProblemsError(found) from error
