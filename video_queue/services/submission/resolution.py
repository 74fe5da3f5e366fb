"""`resolution` and `flip` of a submission against what the workflow offers."""

from __future__ import annotations

from dataclasses import dataclass

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.workflows.parameters import parse_size

INPUT = "input"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The size a job renders at; without width and height it is its input's. `flip` swaps the sides.

    `text` is how a job stores it: `832x480`, `input`, `input flip` (an explicit size is stored swapped already).
    """

    width: int | None = None
    height: int | None = None
    flip: bool = False

    @property
    def text(self) -> str:
        """The resolution as `parse_stored` reads it."""
        if self.width is not None:
            return f"{self.width}x{self.height}"
        return f"{INPUT} flip" if self.flip else INPUT

    def size(self, width: int | None, height: int | None) -> tuple[int | None, int | None]:
        """(width, height) for an input of the given size; None where neither knows."""
        if self.width is not None:
            return self.width, self.height
        return (height, width) if self.flip else (width, height)


def parse_stored(text: str | None) -> Resolution | None:
    """The Resolution that `Resolution.text` wrote; None for None."""
    if text is None:
        return None
    size = parse_size(text)
    return Resolution(*size) if size else Resolution(flip=text.endswith("flip"))


def resolve_resolution(
    definition: WorkflowDefinition, given: str | None, flip: bool
) -> tuple[Resolution | None, list[Problem]]:
    """(the resolution of the job, problems); None for a workflow that offers none.

    Without `given` it is the first of the workflow's `resolutions`. Sizes are compared as numbers: `832X480` is
    `832x480`.
    """
    offered = definition.resolutions
    if not offered:
        where = ("resolution",) if given else ("flip",)
        wrong = (
            [problem("validation.no_resolution", where, workflow=definition.name)] if given or flip else []
        )
        return None, wrong
    text = (given or offered[0]).strip()
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
