"""What ended in a span of time, what is new of it, and what waits for a person now."""

from __future__ import annotations

from typing import Any

from video_queue.db.connection import Connection
from video_queue.db.documents import read_workflow
from video_queue.db.predicates import OPEN_JOB
from video_queue.db.rows import artifact_view
from video_queue.db.tracks import read_tracks
from video_queue.domain.report import (
    Cause,
    Decision,
    FinishedJob,
    GivenUpFile,
    NewOutputs,
    Renders,
    Report,
)
from video_queue.domain.states import Lane
from video_queue.domain.views import Counts

_FILES_SHOWN = 200
_EXAMPLES = 20
_MOST_IDS = 10_000
_PICTURES = 4

_RENDERS = """
    SELECT count(*) FILTER (WHERE state = 'succeeded' AND NOT skipped) AS succeeded,
        count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE state = 'succeeded' AND skipped) AS skipped
    FROM prompt WHERE finished_at >= :since AND finished_at < :until
"""
_SECONDS = """
    SELECT j.workflow_hash, f.seq, sum(f.seconds) AS seconds
    FROM prompt p JOIN job j ON j.id = p.job_id JOIN phase f ON f.prompt_id = p.id
    WHERE p.finished_at >= :since AND p.finished_at < :until AND f.seconds IS NOT NULL
    GROUP BY j.workflow_hash, f.seq
"""
_JOBS = "SELECT * FROM job WHERE finished_at >= :since AND finished_at < :until ORDER BY finished_at, id"
_FAILED = """
    SELECT p.job_id || '.' || p.idx AS name, json_extract(p.error, '$.code') AS code,
        json_extract(p.error, '$.message') AS message, json_extract(p.error, '$.hint') AS hint,
        json_extract(p.error, '$.node_class') AS node_class
    FROM prompt p
    WHERE p.finished_at >= :since AND p.finished_at < :until AND p.state = 'failed' AND json_valid(p.error)
    ORDER BY p.finished_at DESC
"""
_DECISIONS = f"""
    SELECT id AS job_id, name, coalesce(held_reason, 'review') AS reason,
        CASE WHEN held_reason IS NULL THEN review ELSE queued + running + review END AS prompts
    FROM job j WHERE {OPEN_JOB} AND (held_reason IS NOT NULL OR review > 0) ORDER BY id
"""
_WAITING = f"""
    SELECT coalesce(sum(queued + running), 0) FROM job j WHERE {OPEN_JOB} AND held_reason IS NULL
"""
_GIVEN_UP = """
    SELECT data FROM event WHERE type = 'watch.file_failed' AND at >= :since AND at < :until
    ORDER BY id DESC LIMIT :limit
"""
_FILES = """
    SELECT a.* FROM prompt p JOIN artifact a ON a.prompt_id = p.id
    WHERE p.finished_at >= :since AND p.finished_at < :until AND p.state = 'succeeded' AND NOT p.skipped
        AND a.role = 'output' AND a.attempt = p.attempt
    ORDER BY p.finished_at DESC, a.id LIMIT :limit
"""
_NEW = """
    WITH file AS (
        SELECT p.job_id, p.finished_at, a.id, count(*) OVER (PARTITION BY p.job_id) AS files,
            row_number() OVER (PARTITION BY p.job_id ORDER BY p.finished_at DESC, a.id) AS place
        FROM prompt p JOIN artifact a ON a.prompt_id = p.id
        WHERE p.finished_at >= :since AND p.finished_at < :until AND p.state = 'succeeded' AND NOT p.skipped
            AND a.role = 'output' AND a.attempt = p.attempt
    )
    SELECT j.id AS job_id, j.name, j.workflow, f.files, f.id, f.finished_at, s.at AS seen_at
    FROM file f JOIN job j ON j.id = f.job_id LEFT JOIN seen_job s ON s.job_id = j.id
    WHERE f.place <= :pictures ORDER BY f.place, f.finished_at DESC, j.id DESC
"""


def read_report(conn: Connection, since: str, until: str) -> Report:
    """What ended from `since` on and before `until` (both as rows hold times: ISO 8601, UTC, milliseconds)."""
    span = {"since": since, "until": until}
    gpu, media = _seconds(conn, span)
    return Report(
        **span,
        renders=Renders(**dict(conn.execute(_RENDERS, span).fetchone())),
        gpu_seconds=gpu,
        media_seconds=media,
        jobs=[_job(row) for row in conn.execute(_JOBS, span)],
        failures=_causes(conn, span),
        given_up=[
            GivenUpFile.model_validate_json(row["data"])
            for row in conn.execute(_GIVEN_UP, {**span, "limit": _FILES_SHOWN})
        ],
        decisions=read_decisions(conn),
        waiting=conn.execute(_WAITING).fetchone()[0],
        outputs=[artifact_view(row) for row in conn.execute(_FILES, {**span, "limit": _FILES_SHOWN})],
        tracks=read_tracks(conn, since, until),
        new_outputs=_new_outputs(conn, span),
    )


def read_decisions(conn: Connection) -> list[Decision]:
    """The jobs that wait for a person now."""
    return [Decision(**dict(row)) for row in conn.execute(_DECISIONS)]


def _seconds(conn: Connection, span: dict[str, str]) -> tuple[float, float]:
    """Seconds in the gpu lane and in the media lane."""
    lanes: dict[str, tuple[Lane, ...]] = {}
    total = {Lane.GPU: 0.0, Lane.MEDIA: 0.0}
    for row in conn.execute(_SECONDS, span).fetchall():
        hash_ = row["workflow_hash"]
        if hash_ not in lanes:
            lanes[hash_] = read_workflow(conn, hash_).lanes
        lane = lanes[hash_][row["seq"]]
        total[lane] = total.get(lane, 0.0) + row["seconds"]
    return total[Lane.GPU], total[Lane.MEDIA]


def _job(row: Any) -> FinishedJob:
    return FinishedJob(**{**dict(row), "counts": Counts(**{name: row[name] for name in Counts.model_fields})})


def _new_outputs(conn: Connection, span: dict[str, str]) -> list[NewOutputs]:
    """By job, the newest first."""
    jobs: dict[int, NewOutputs] = {}
    for row in conn.execute(_NEW, {**span, "pictures": _PICTURES}):
        fields = dict(row)
        artifact, seen_at = fields.pop("id"), fields.pop("seen_at")
        if row["job_id"] not in jobs:
            is_seen = seen_at is not None and seen_at >= row["finished_at"]
            jobs[row["job_id"]] = NewOutputs(**fields, artifacts=[], seen=is_seen)
        jobs[row["job_id"]].artifacts.append(artifact)
    return list(jobs.values())[:_FILES_SHOWN]


def _causes(conn: Connection, span: dict[str, str]) -> list[Cause]:
    """The most frequent first."""
    causes: dict[tuple[str, str | None], Cause] = {}
    for row in conn.execute(_FAILED, span):
        cause = causes.setdefault(
            (row["code"], row["node_class"]),
            Cause(code=row["code"], message=row["message"], hint=row["hint"] or "", prompts=0, examples=[]),
        )
        cause.prompts += 1
        if len(cause.examples) < _EXAMPLES:
            cause.examples.append(row["name"])
        if len(cause.ids) < _MOST_IDS:
            cause.ids.append(row["name"])
    return sorted(causes.values(), key=lambda cause: -cause.prompts)
