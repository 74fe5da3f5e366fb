"""Statements about artifacts: the files that phases made and that were published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from video_queue.db.connection import Connection
from video_queue.db.rows import artifact_view
from video_queue.domain.views import Artifact, FileFacts

# Record a file of a prompt.
_INSERT = """
    INSERT INTO artifact (job_id, prompt_id, phase, kind, role, name, path, bytes, width, height, frames, fps,
        duration, sha256, attempt)
    VALUES (:job_id, :prompt_id, :phase, :kind, :role, :name, :path, :bytes, :width, :height, :frames, :fps,
        :duration, :sha256, (SELECT attempt FROM prompt WHERE id = :prompt_id))
"""

# A prompt's files in order; the one that stands for it.
_OF_PROMPT = "SELECT * FROM artifact WHERE prompt_id = ? ORDER BY id"
_FIRST = "SELECT * FROM artifact WHERE prompt_id = ? ORDER BY attempt DESC, id LIMIT 1"

# A job's published files after an id, in order.
_OUTPUTS = "SELECT * FROM artifact WHERE job_id = ? AND role = 'output' AND id > ? ORDER BY id LIMIT ?"

# Published pictures and videos after an id, in order; the newest artifact.
_PICTURES = """
    SELECT * FROM artifact WHERE id > ? AND role = 'output' AND kind IN ('video', 'image') ORDER BY id LIMIT ?
"""
_NEWEST = "SELECT max(id) FROM artifact"

# The files that the last publication of each prompt gave, in the prompts' order: of a job, or of one prompt.
_LATEST = """
    SELECT a.* FROM artifact a JOIN prompt p ON p.id = a.prompt_id
    WHERE {} = ? AND a.role = 'output' AND a.attempt = (
        SELECT max(b.attempt) FROM artifact b WHERE b.prompt_id = a.prompt_id AND b.role = 'output'
    )
    ORDER BY p.idx, a.id
"""
_LATEST_OF_JOB, _LATEST_OF_PROMPT = _LATEST.format("a.job_id"), _LATEST.format("a.prompt_id")

# Where a job's outputs lie, who published them, and which other job shows the same file. Of two prompts that show one
# file, the one that published it is last.
_OUTPUT_FILES = """
    SELECT a.path, a.sha256, a.prompt_id, p.skipped,
        (SELECT min(other.job_id) FROM artifact other WHERE other.path = a.path AND other.job_id <> a.job_id) AS shared
    FROM artifact a JOIN prompt p ON p.id = a.prompt_id
    WHERE a.job_id = ? AND a.role = 'output'
    ORDER BY p.skipped DESC, a.id
"""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A published file as its rows know it: `skipped` says that its prompt found it there, `shared` which other job
    shows it too.
    """

    path: str
    sha256: str | None
    prompt_id: int
    skipped: bool
    shared: int | None


class NewArtifact(FileFacts):
    """A file to be recorded; the fields are the columns."""

    phase: str
    kind: str
    role: str
    name: str
    path: str


def insert_artifacts(conn: Connection, job_id: int, prompt_id: int, artifacts: Sequence[NewArtifact]) -> None:
    """Record a prompt's files; those of an earlier attempt with the same path are replaced."""
    for artifact in artifacts:
        conn.execute("DELETE FROM artifact WHERE prompt_id = ? AND path = ?", (prompt_id, artifact.path))
    place = {"job_id": job_id, "prompt_id": prompt_id}
    conn.executemany(_INSERT, [place | artifact.model_dump() for artifact in artifacts])


def get_artifact(conn: Connection, artifact_id: int) -> Artifact | None:
    """One artifact, or None."""
    row = conn.execute("SELECT * FROM artifact WHERE id = ?", (artifact_id,)).fetchone()
    return None if row is None else artifact_view(row)


def list_artifacts(conn: Connection, prompt_id: int, *, first_only: bool = False) -> list[Artifact]:
    """A prompt's artifacts in the order they were made, or the first of its last publication."""
    rows = conn.execute(_FIRST if first_only else _OF_PROMPT, (prompt_id,))
    return [artifact_view(row) for row in rows]


def list_outputs(conn: Connection, job_id: int, after: int = 0, limit: int = 1000) -> list[Artifact]:
    """A job's published files with an id above `after`."""
    return [artifact_view(row) for row in conn.execute(_OUTPUTS, (job_id, after, limit))]


def pictures(conn: Connection, after: int, limit: int) -> list[Artifact]:
    """Published pictures and videos of all jobs with an id above `after`."""
    return [artifact_view(row) for row in conn.execute(_PICTURES, (after, limit))]


def newest(conn: Connection) -> int:
    """The number of the newest artifact; 0 where there is none."""
    return int(conn.execute(_NEWEST).fetchone()[0] or 0)


def output_files(conn: Connection, job_id: int) -> list[OutputFile]:
    """Every published file of a job, once."""
    files = [OutputFile(**dict(row)) for row in conn.execute(_OUTPUT_FILES, (job_id,))]
    return list({file.path: file for file in files}.values())


def latest_outputs_of_job(conn: Connection, job_id: int) -> list[str]:
    """The files that stand for a job: of a prompt that was published again only the newest, in the prompts' order."""
    return [row["path"] for row in conn.execute(_LATEST_OF_JOB, (job_id,))]


def latest_outputs_of_prompt(conn: Connection, prompt_id: int) -> list[str]:
    """As `latest_outputs_of_job`, of one prompt."""
    return [row["path"] for row in conn.execute(_LATEST_OF_PROMPT, (prompt_id,))]
