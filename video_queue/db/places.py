"""Where an artist's files lie, as rows say: folders of the newest inputs and outputs, and those that are watched."""

from __future__ import annotations

from pathlib import Path

from video_queue.db.connection import Connection
from video_queue.domain.plan import PromptPlan

# The newest jobs, each with its first render's plan.
_NEWEST = """
    SELECT job.output_dir, prompt.plan FROM job
    LEFT JOIN prompt ON prompt.job_id = job.id AND prompt.idx = 1
    ORDER BY job.id DESC LIMIT ?
"""


def input_folders(conn: Connection, jobs: int) -> list[str]:
    """The folders that the first inputs of the newest `jobs` jobs lie in, the newest first."""
    rows = conn.execute(_NEWEST, (jobs,)).fetchall()
    plans = [PromptPlan.from_json(row["plan"]) for row in rows if row["plan"]]
    return list(dict.fromkeys(filter(None, map(_folder, plans))))


def output_folders(conn: Connection, jobs: int) -> list[str]:
    """The output folders of the newest `jobs` jobs, the newest first."""
    return list(dict.fromkeys(str(row["output_dir"]) for row in conn.execute(_NEWEST, (jobs,))))


def watched_folders(conn: Connection) -> list[str]:
    """The folders that are watched."""
    return [str(row["path"]) for row in conn.execute("SELECT path FROM watch ORDER BY id")]


def _folder(plan: PromptPlan) -> str | None:
    if plan.sequence is not None or plan.first_path is None:
        return plan.first_path
    return str(Path(plan.first_path).parent)
