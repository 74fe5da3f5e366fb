"""`resolution` and `flip` of a submission against what the workflow offers."""

from __future__ import annotations

from itertools import product

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem
from video_queue.domain.resolution import INPUT, Resolution, parse_size
from video_queue.domain.workflow import WorkflowDefinition


def resolve_resolution(
    definition: WorkflowDefinition, text: str | None, flip: bool
) -> tuple[Resolution | None, list[Problem]]:
    """(the resolution of the job, problems); None for a workflow that offers none.

    Without `text` it is the first of the workflow's `resolutions`. Sizes are compared as numbers: `832X480` is
    `832x480`.
    """
    offered = definition.resolutions
    if not offered:
        if not (text or flip):
            return None, []
        loc = ("resolution",) if text else ("flip",)
        return None, [problem("validation.no_resolution", loc, workflow=definition.name)]
    text = (text or offered[0]).strip()
    size = parse_size(text)
    if size is None and text.lower() != INPUT:
        return None, [problem("validation.resolution", ("resolution",), value=ascii(text)[1:80].rstrip("'"))]
    if size not in [parse_size(item) for item in offered]:
        options = ", ".join(offered)
        key = "validation.resolution_not_offered"
        return None, [problem(key, ("resolution",), workflow=definition.name, value=text, options=options)]
    if size is None:
        return Resolution(flip=flip), []
    return Resolution(*(reversed(size) if flip else size)), []


def as_offered(definition: WorkflowDefinition, stored: str | None) -> tuple[str | None, bool]:
    """(`resolution`, `flip`) of a submission that comes to a stored resolution; (None, False) where none does."""
    for text, flip in product(definition.resolutions, (False, True)):
        resolution, _problems = resolve_resolution(definition, text, flip)
        if resolution is not None and resolution.text == stored:
            return text, flip
    return None, False
