"""Renders as a grid: one block for each input, what is varied down, seeds across. Of jobs, and of those to be."""

from __future__ import annotations

import json
from typing import Any

from video_queue.domain.plan import PromptPlan
from video_queue.domain.workflow import WorkflowDefinition


class Grid:
    """The blocks, rows and columns of renders, by the order in which they are met."""

    def __init__(self, definition: WorkflowDefinition) -> None:
        self._seeds = {name for name, parameter in definition.parameters.items() if parameter.type == "seed"}
        self._blocks: dict[tuple[int, str, str | None], int] = {}
        self._rows: dict[str, int] = {}
        self._columns: dict[int | str | None, int] = {}
        self._values: list[dict[str, Any]] = []

    def place(self, plan: PromptPlan, seed: int | None) -> tuple[int, int, int]:
        """The block, row and column of a render."""
        own = {name: value for name, value in plan.values.items() if name not in self._seeds}
        block = (plan.input_index, plan.first_name or "", plan.first_path)
        row = self._rows.setdefault(json.dumps(own, sort_keys=True), len(self._rows))
        if row == len(self._values):
            self._values.append(own)
        column = _exact(seed)
        return (
            self._blocks.setdefault(block, len(self._blocks)),
            row,
            self._columns.setdefault(column, len(self._columns)),
        )

    def axes(self) -> dict[str, Any]:
        """The names of blocks and their inputs, the rows' values and which vary, the columns' seeds."""
        return {
            "varied": list(dict.fromkeys(name for own in self._values for name in own)),
            "blocks": [name for _, name, _ in self._blocks],
            "inputs": [path for _, _, path in self._blocks],
            "rows": self._values,
            "columns": list(self._columns),
        }


def _exact(seed: int | None) -> int | str | None:
    """A seed as JSON has it: from 2^53 on as text."""
    return seed if seed is None or seed < 2**53 else str(seed)
