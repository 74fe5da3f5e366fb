"""Whether the caption styles that a submission names are there, before anything is rendered for them."""

from __future__ import annotations

from collections.abc import Sequence

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.submission.prompt_builder import PlannedJob

CAPTION_STYLES = "caption_styles"


def style_problems(
    definition: WorkflowDefinition, planned: PlannedJob, known: Sequence[str]
) -> list[Problem]:
    """A problem for each value of a parameter that chooses a caption style where `known` has none of that name."""
    names = [
        name
        for name, parameter in definition.parameters.items()
        if parameter.options_source == CAPTION_STYLES
    ]
    if not names:
        return []
    used = planned.values_used()
    return [
        problem("validation.caption_style", ("params", name), name=value, known=", ".join(known))
        for name in names
        for value in used.get(name, ())
        if value is not None and value not in known
    ]
