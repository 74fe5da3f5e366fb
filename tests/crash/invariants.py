"""What must hold in a home at any moment, and what when all its work is done: the problems found, in words."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.db.claims import count_problems
from video_queue.db.connection import Connection, connect
from video_queue.db.events import event_bounds
from video_queue.domain.states import PromptState, derive_job_state
from video_queue.outputs.verify import verify_manifest
from video_queue.settings import Settings

# A prompt that is not active holds no slot; one that ended waits for nothing.
_CLAIMED = "SELECT id FROM prompt WHERE claimed <> 0 AND state <> 'running'"
_WAITS_AFTER_END = """
    SELECT id FROM prompt WHERE state IN ('succeeded', 'failed', 'cancelled')
        AND (finished_at IS NULL OR waiting_reason IS NOT NULL OR cancel_reason IS NOT NULL)
"""
_OUTPUTS = """
    SELECT a.prompt_id, a.path, a.bytes, a.sha256 FROM artifact a JOIN prompt p ON p.id = a.prompt_id
    WHERE a.role = 'output' AND NOT p.skipped
"""
_FINISHED = "SELECT prompt_id FROM event WHERE type = 'prompt.finished'"
_PHASES = """
    SELECT prompt_id || ' ' || json_extract(data, '$.phase') FROM event WHERE type = 'prompt.phase_finished'
"""


def row_problems(conn: Connection, *, deleted: int = 0) -> Iterator[str]:
    """Of rows, at any moment: counts, events (so many were deleted with their jobs), states, claims."""
    yield from count_problems(conn)
    newest, count = event_bounds(conn)[1], conn.execute("SELECT count(*) FROM event").fetchone()[0]
    if newest != count + deleted:
        yield f"{count} events are there and {deleted} were deleted, but the newest is {newest}"
    for job in conn.execute("SELECT * FROM job WHERE unexpanded = 0"):
        counts = {state: job[state] for state in PromptState}
        states = [derive_job_state(counts, started=started) for started in (False, True)]
        if sum(counts.values()) and job["state"] not in states:
            yield f"job {job['id']} is {job['state']} with {counts}"
    for rule, sql in (("is claimed but not running", _CLAIMED), ("waits after its end", _WAITS_AFTER_END)):
        yield from (f"prompt {row[0]} {rule}" for row in conn.execute(sql))


def damage(conn: Connection) -> Iterator[str]:
    """Of the file: what SQLite finds."""
    yield from (f"integrity: {row[0]}" for row in conn.execute("PRAGMA integrity_check") if row[0] != "ok")
    yield from (f"foreign key: {tuple(row)}" for row in conn.execute("PRAGMA foreign_key_check"))


def problems_when_done(settings: Settings) -> list[str]:
    """Of a home that is closed and whose prompts all succeeded: rows, files, and that nothing was done twice."""
    with closing(connect(settings.db_path, read_only=True)) as conn:
        return [*damage(conn), *row_problems(conn), *_work_problems(conn), *_file_problems(conn, settings)]


def _work_problems(conn: Connection) -> Iterator[str]:
    prompts = conn.execute("SELECT id, state, attempt, error FROM prompt").fetchall()
    ends = Counter(row[0] for row in conn.execute(_FINISHED))
    for prompt in prompts:
        if prompt["state"] != "succeeded":
            yield f"prompt {prompt['id']} is {prompt['state']}: {prompt['error']}"
        if ends[prompt["id"]] != 1:
            yield f"prompt {prompt['id']} ended {ends[prompt['id']]} times"
    phases = Counter(row[0] for row in conn.execute(_PHASES))
    yield from (f"phase {name} finished {count} times" for name, count in phases.items() if count != 1)
    for table in ("publication", "child"):
        yield from (f"a row is left in {table}" for _ in conn.execute(f"SELECT 1 FROM {table}"))


def output_problems(conn: Connection) -> Iterator[str]:
    """Of published files: each belongs to one render and is what was published."""
    outputs = conn.execute(_OUTPUTS).fetchall()
    paths = Counter(row["path"] for row in outputs)
    yield from (f"{path} belongs to {count} renders" for path, count in paths.items() if count > 1)
    for row in outputs:
        path = Path(row["path"])
        data = path.read_bytes() if path.is_file() else b""
        if (len(data), hashlib.sha256(data).hexdigest()) != (row["bytes"], row["sha256"]):
            yield f"{path} is not what was published"


def _file_problems(conn: Connection, settings: Settings) -> Iterator[str]:
    """Of the output folder: exactly the files that rows name, each prompt's with a manifest."""
    yield from output_problems(conn)
    outputs = conn.execute(_OUTPUTS).fetchall()
    known = {Path(row["path"]) for row in outputs}
    there = {path for path in settings.output_root.rglob("*") if path.is_file()}
    manifests = {path for path in there if path.name.endswith(".vq.json")}
    yield from (f"{path} belongs to no prompt" for path in there - manifests - known)
    for path in manifests:
        yield from (f"{path.name}: {check.problem}" for check in verify_manifest(path) if check.problem)
    prompts = {row["prompt_id"] for row in outputs}
    if len(manifests) != len(prompts):
        yield f"{len(manifests)} manifests for {len(prompts)} prompts"
