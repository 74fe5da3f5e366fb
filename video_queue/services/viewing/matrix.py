"""A job as a grid: one block per input, what is varied down, seeds across."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from video_queue.db import documents, jobs, viewing
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.plan import PromptPlan
from video_queue.domain.viewing import Matrix, MatrixCell
from video_queue.services.asker import Asker
from video_queue.services.grids import Grid

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
    grid = Grid(documents.read_definition(conn, job.workflow_hash))
    cells: list[MatrixCell] = []
    prompts = viewing.read_cells(conn, job_id, MOST_CELLS + 1)
    for row in prompts[:MOST_CELLS]:
        seed = None if row["seed"] is None else int(row["seed"])
        place = grid.place(PromptPlan.from_json(row["plan"]), seed)
        rejected = REJECTED in json.loads(row["tags"])
        cells.append((row["idx"], *place, row["state"], row["artifact"], row["rating"], rejected))
    return Matrix(
        job_id=job_id,
        name=job.name,
        workflow=job.workflow,
        **grid.axes(),
        cells=cells,
        complete=len(prompts) <= MOST_CELLS,
    )
