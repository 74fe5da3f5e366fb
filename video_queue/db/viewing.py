"""Reading what the viewer shows: an output's neighbours, the pictures of a render, a job's renders as a grid."""

from __future__ import annotations

from typing import Any

from video_queue.db.connection import Connection
from video_queue.db.rows import artifact_view
from video_queue.domain.plan import PromptPlan
from video_queue.domain.views import Artifact

# What can be looked at or listened to.
_SHOWN = "role = 'output' AND kind IN ('video', 'image', 'audio')"

# The outputs of a job before the first and after the last of a run.
_PREVIOUS = f"SELECT max(id) AS id FROM artifact WHERE job_id = ? AND id < ? AND {_SHOWN}"
_NEXT = f"SELECT min(id) AS id FROM artifact WHERE job_id = ? AND id > ? AND {_SHOWN}"

# The pictures that the attempt of an output published with it, in order.
_PICTURES = """
    SELECT * FROM artifact
    WHERE prompt_id = :prompt_id AND role = 'output' AND kind = 'image'
        AND attempt = (SELECT attempt FROM artifact WHERE id = :id)
    ORDER BY id
"""

# A job's renders by index, with the first picture or clip that the newest attempt of each published.
_CELLS = """
    SELECT p.idx, p.state, p.plan, p.seed, p.rating, p.tags, (
        SELECT a.id FROM artifact a
        WHERE a.prompt_id = p.id AND a.role = 'output' AND a.kind IN ('video', 'image')
        ORDER BY a.attempt DESC, a.id LIMIT 1
    ) AS artifact
    FROM prompt p WHERE p.job_id = ? ORDER BY p.idx LIMIT ?
"""


def read_plan(conn: Connection, prompt_id: int) -> tuple[int, PromptPlan] | None:
    """(number of the job, plan) of a prompt; None if there is no such prompt."""
    row = conn.execute("SELECT job_id, plan FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    return None if row is None else (int(row["job_id"]), PromptPlan.from_json(row["plan"]))


def neighbours(conn: Connection, job_id: int, first: int, last: int) -> tuple[int | None, int | None]:
    """The outputs of a job before the one with the id `first` and after `last`."""
    before = conn.execute(_PREVIOUS, (job_id, first)).fetchone()["id"]
    return before, conn.execute(_NEXT, (job_id, last)).fetchone()["id"]


def pictures_with(conn: Connection, artifact: Artifact) -> list[Artifact]:
    """The pictures that were published together with `artifact`."""
    rows = conn.execute(_PICTURES, {"prompt_id": artifact.prompt_id, "id": artifact.id})
    return [artifact_view(row) for row in rows]


def read_cells(conn: Connection, job_id: int, limit: int) -> list[Any]:
    """`idx, state, plan, seed, rating, tags, artifact` of a job's first prompts."""
    return list(conn.execute(_CELLS, (job_id, limit)))
