"""The list of jobs: filters, keyset paging and counts, at a cost that does not grow with history."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from video_queue.db import tally
from video_queue.db.cells import with_cells
from video_queue.db.connection import Connection
from video_queue.db.predicates import ERROR_CODE, NEEDS_YOU, OPEN_JOB
from video_queue.db.rows import job_view
from video_queue.domain.states import JobState
from video_queue.domain.views import FailureCause, Job, JobPage

# The output folders of all open jobs.
_OUTPUT_FOLDERS = f"SELECT DISTINCT j.output_dir FROM job j WHERE {OPEN_JOB}"

# The tags of the newest jobs.
_TAGS = """
    SELECT DISTINCT t.value AS tag
    FROM (SELECT tags FROM job ORDER BY id DESC LIMIT 5000) j,
        json_each(CASE WHEN json_valid(j.tags) THEN j.tags ELSE '[]' END) t
    ORDER BY tag
"""

# How many queued prompts of a job are held by themselves.
_HELD_PROMPTS = """
    SELECT count(*) FROM prompt INDEXED BY prompt_held
    WHERE job_id = ? AND held_reason IS NOT NULL AND state = 'queued'
"""


# Whether a prompt of a job failed with an error of this code.
_HAS_CAUSE = f"""
    j.failed > 0 AND EXISTS (
        SELECT 1 FROM prompt p INDEXED BY prompt_failed
        WHERE p.job_id = j.id AND p.state = 'failed' AND {ERROR_CODE} = ?
    )
"""

# Failed prompts by the code of their error, each with the words of the newest.
_CAUSES = f"""
    SELECT code, json_extract(error, '$.message') AS message, prompts, jobs FROM (
        SELECT {ERROR_CODE} AS code, p.error, count(*) AS prompts, count(DISTINCT p.job_id) AS jobs, max(p.finished_at)
        FROM prompt p INDEXED BY prompt_failed CROSS JOIN job j ON j.id = p.job_id
        WHERE p.state = 'failed' AND {{}} GROUP BY 1
    )
    WHERE code IS NOT NULL ORDER BY prompts DESC, code
"""


class _Page(NamedTuple):
    """How a page is read: a statement with a place for the filter, and the condition of what follows a cursor."""

    select: str
    after: str


_NEWEST_PAGE = _Page("SELECT * FROM job j WHERE {} ORDER BY id DESC LIMIT ?", "id < ?")
# Left alone SQLite takes the index of states and sorts all open jobs.
_QUEUE_PAGE = _Page(
    f"""
    SELECT * FROM job j INDEXED BY job_open WHERE {OPEN_JOB} AND {{}}
    ORDER BY priority DESC, position, id LIMIT ?
    """,
    "(-priority, position, id) > (?, ?, ?)",
)
# The newest end first, before it what has not ended.
_ENDED_PAGE = _Page(
    """
    SELECT * FROM job j INDEXED BY job_ended WHERE {}
    ORDER BY coalesce(j.finished_at, '~') DESC, j.id DESC LIMIT ?
    """,
    "(coalesce(j.finished_at, '~'), j.id) < (?, ?)",
)
_NEEDS_PAGE = _ENDED_PAGE._replace(select=_ENDED_PAGE.select.replace("job_ended", "job_needs"))
_PAGES = {"newest": _NEWEST_PAGE, "queue": _QUEUE_PAGE, "ended": _ENDED_PAGE}

# The parts of the page's list: what needs the artist, what runs, what comes, what is over.
SECTIONS = {
    "needs": NEEDS_YOU,
    "now": "j.state = 'running' AND j.held_reason IS NULL",
    "next": "j.state = 'queued' AND j.held_reason IS NULL",
    "ended": "j.state IN ('succeeded', 'cancelled')",
}


@dataclass(frozen=True, slots=True)
class JobFilter:
    """What to list; empty fields do not filter. `q` searches name, note and workflow.

    `since` (ISO 8601, UTC): what ended then or later or, where it has not ended, was submitted. `cause` is the code of
    an error with which a prompt failed. `up_to` and `without` are numbers: no later job than that, none of those.
    `within` are states that the counts keep to as well. Archived jobs are a list of their own: `archived` lists
    those and no others. `section` is one of `SECTIONS`.
    """

    state: tuple[str, ...] = ()
    workflow: str | None = None
    tag: str | None = None
    q: str | None = None
    created_before: str | None = None
    archived: bool = False
    batch: int | None = None
    within: tuple[str, ...] = ()
    section: str | None = None
    since: str | None = None
    cause: str | None = None
    up_to: int | None = None
    without: tuple[int, ...] = ()


def list_jobs(
    conn: Connection, filter_: JobFilter, sort: str = "newest", limit: int = 50, cursor: str | None = None
) -> JobPage:
    """One page, newest first, in queue order or by their end, with the number of matching jobs by state.

    `cursor` is a `next_cursor` of an earlier page (of the same filter and sort).
    """
    where, values = _where(filter_)
    page = _NEEDS_PAGE if (sort, filter_.section) == ("ended", "needs") else _PAGES[sort]
    if cursor:
        where.append(page.after)
        place = json.loads(cursor)
        values += place if isinstance(place, list) else [place]
    rows = conn.fetch_readable(page.select.format(" AND ".join(where)), [*values, limit + 1])
    more = len(rows) > limit
    items = with_held_prompts(conn, with_cells(conn, [job_view(row, brief=True) for row in rows[:limit]]))
    next_cursor = _cursor_of(items[-1], sort) if more else None
    return JobPage(items=items, next_cursor=next_cursor, counts=count_jobs(conn, filter_))


def with_held_prompts(conn: Connection, jobs: list[Job]) -> list[Job]:
    """The jobs, each with the number of its prompts that are held while it is not held itself."""
    for job in jobs:
        if job.counts.queued and not job.held:
            job.held_prompts = conn.execute(_HELD_PROMPTS, (job.id,)).fetchone()[0]
    return jobs


def count_jobs(conn: Connection, filter_: JobFilter) -> dict[str, int]:
    """Jobs by state that match the filter except its `state`; every state is named."""
    any_state = replace(filter_, state=(), created_before=None, section=None)
    if any_state == JobFilter(archived=filter_.archived):
        counts = tally.read_tally(conn, "archive" if filter_.archived else "job")
    else:
        where, values = _where(any_state)
        sql = f"SELECT state, count(*) AS n FROM job j WHERE {' AND '.join(where)} GROUP BY state"
        counts = {row["state"]: row["n"] for row in conn.execute(sql, values)}
    return {state.value: counts.get(state, 0) for state in JobState}


def matching_jobs(conn: Connection, filter_: JobFilter) -> list[int]:
    """The numbers of all jobs that match, oldest first."""
    where, values = _where(filter_)
    sql = f"SELECT id FROM job j WHERE {' AND '.join(where)} ORDER BY id"
    return [row["id"] for row in conn.execute(sql, values)]


def _cursor_of(job: Job, sort: str) -> str:
    place: dict[str, Any] = {
        "queue": [-job.priority, job.position, job.id],
        "ended": [job.finished_at or "~", job.id],
    }
    return json.dumps(place.get(sort, job.id))


def _where(filter_: JobFilter) -> tuple[list[str], list[Any]]:
    where: list[str] = [f"j.archived = {int(filter_.archived)}"]
    values: list[Any] = []
    for states in filter(None, (filter_.state, filter_.within)):
        where.append(f"j.state IN ({','.join('?' * len(states))})")
        values.extend(states)
    if filter_.section:
        where.append(SECTIONS[filter_.section])
    if filter_.workflow:
        where.append("j.workflow = ?")
        values.append(filter_.workflow)
    if filter_.tag:
        where.append(
            "json_valid(j.tags) AND EXISTS (SELECT 1 FROM json_each(j.tags) WHERE json_each.value = ?)"
        )
        values.append(filter_.tag)
    if filter_.q:
        where.append("instr(lower(j.name || ' ' || j.note || ' ' || j.workflow), lower(?)) > 0")
        values.append(filter_.q)
    if filter_.batch is not None:
        where.append("j.batch = ?")
        values.append(filter_.batch)
    if filter_.created_before:
        where.append("j.created_at < ?")
        values.append(filter_.created_before)
    if filter_.since:
        where.append("coalesce(j.finished_at, j.created_at) >= ?")
        values.append(filter_.since)
    if filter_.cause:
        where.append(_HAS_CAUSE)
        values.append(filter_.cause)
    if filter_.up_to is not None:
        where.append("j.id <= ?")
        values.append(filter_.up_to)
    if filter_.without:
        where.append("j.id NOT IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(filter_.without))
    return where, values


def list_causes(conn: Connection, filter_: JobFilter) -> list[FailureCause]:
    """Why prompts failed that were not retried since, of the jobs that match: the most frequent first."""
    where, values = _where(filter_)
    rows = conn.execute(_CAUSES.format(" AND ".join(where)), values)
    return [FailureCause(**dict(row)) for row in rows]


def list_tags(conn: Connection) -> list[str]:
    """The tags of the newest jobs, each once, in the order of the alphabet."""
    return [row["tag"] for row in conn.execute(_TAGS)]


def output_folders(conn: Connection) -> list[str]:
    """The output folders of all unfinished jobs."""
    return [row["output_dir"] for row in conn.execute(_OUTPUT_FOLDERS)]
