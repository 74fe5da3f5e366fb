"""A job as a grid: one block per input, what is varied down, seeds across."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from video_queue.db import documents, jobs, viewing
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.plan import PromptPlan
from video_queue.domain.viewing import Matrix, MatrixCell
from video_queue.services.asker import Asker

MOST_CELLS = 10_000
REJECTED = "rejected"


async def read_matrix(db: QueueDB, job_id: int, asker: Asker) -> Matrix:
    """The grid of a job; inputs that `asker` may not name have no path.

    Raises:
        VqError: `unknown_job`.
    """
    matrix = await db.read(_read, job_id)
    if matrix is None:
        raise fail("unknown_job.id", id=job_id)
    matrix.inputs = await asyncio.to_thread(lambda: [_allowed(path, asker) for path in matrix.inputs])
    return matrix


def _allowed(path: str | None, asker: Asker) -> str | None:
    try:
        if path and asker.guard:
            asker.guard(Path(path))
    except VqError:
        return None
    return path


def _read(conn: Connection, job_id: int) -> Matrix | None:
    job = jobs.get_job(conn, job_id)
    if job is None:
        return None
    definition = documents.read_definition(conn, job.workflow_hash)
    seeds = {name for name, parameter in definition.parameters.items() if parameter.type == "seed"}
    blocks, rows, columns = _Places(), _Places(), _Places()
    values: list[dict[str, Any]] = []
    cells: list[MatrixCell] = []
    prompts = viewing.read_cells(conn, job_id, MOST_CELLS + 1)
    for row in prompts[:MOST_CELLS]:
        plan = PromptPlan.from_json(row["plan"])
        own = {name: value for name, value in plan.values.items() if name not in seeds}
        block = blocks.place((plan.input_index, plan.first_name or "", _first_input(plan)))
        line = rows.place(json.dumps(own, sort_keys=True))
        if line == len(values):
            values.append(own)
        column = columns.place(_seed(row["seed"]))
        rejected = REJECTED in json.loads(row["tags"])
        cells.append(
            (row["idx"], block, line, column, row["state"], row["artifact"], row["rating"], rejected)
        )
    return Matrix(
        job_id=job_id,
        name=job.name,
        workflow=job.workflow,
        varied=list(dict.fromkeys(name for own in values for name in own)),
        blocks=[name for _, name, _ in blocks.keys],
        inputs=[path for _, _, path in blocks.keys],
        rows=values,
        columns=list(columns.keys),
        cells=cells,
        complete=len(prompts) <= MOST_CELLS,
    )


class _Places:
    """The place of each key by the order in which they are met."""

    def __init__(self) -> None:
        self.keys: dict[Any, int] = {}

    def place(self, key: Any) -> int:
        """The place of `key`, the next one if it is new."""
        return self.keys.setdefault(key, len(self.keys))


def _first_input(plan: PromptPlan) -> str | None:
    if plan.sequence is not None:
        return plan.sequence.folder
    return next(iter(plan.inputs or next(iter(plan.slots.values()), ())), None)


def _seed(text: str | None) -> int | str | None:
    """A seed as JSON has it: from 2^53 on as text."""
    if text is None:
        return None
    return int(text) if int(text) < 2**53 else text
