"""What a submission would come to, before anything is written: the preview of the form and of `--dry-run`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from video_queue.domain.errors import Problem
from video_queue.domain.plan import PromptPlan
from video_queue.domain.viewing import FutureMatrix
from video_queue.services.grids import Grid
from video_queue.services.submission.prepared_job import PreparedJob

_SAMPLE = 5
_MOST_CELLS = 600


class JobPreview(BaseModel):
    """What a submission would come to; nothing was written. Seconds and bytes are null while unknown.

    `matrix` is given where it was asked for and there are no problems.
    """

    prompts: int
    sample: list[dict[str, Any]]
    estimate: dict[str, float | None]
    problems: list[Problem]
    warnings: list[Problem]
    matrix: FutureMatrix | None = None


def future_matrix(prepared: PreparedJob) -> FutureMatrix:
    """The grid of the first renders of a job to be."""
    planned = prepared.planned
    grid = Grid(prepared.workflow.definition)
    plans = planned.prompts[:_MOST_CELLS]
    cells = [(plan.index, *grid.place(plan, planned.seed_of(plan))) for plan in plans]
    return FutureMatrix(**grid.axes(), cells=cells, complete=len(plans) == planned.count)


def sample_of_plans(plans: Sequence[PromptPlan]) -> list[dict[str, Any]]:
    """The first renders of a job to be: index, inputs, own values and the output's name."""
    return [
        {
            "index": plan.index,
            "inputs": list(plan.inputs),
            "params": plan.values,
            "output": plan.output_name,
        }
        for plan in plans[:_SAMPLE]
    ]
