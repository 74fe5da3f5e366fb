"""A real database on disk for statement tests, and jobs made in one line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from video_queue.db.connection import Connection, connect
from video_queue.db.enqueue import NewJob, NewPrompt, enqueue_job
from video_queue.db.migrate import prepare, shipped_migrations

NOW = "2026-01-01T00:00:00.000Z"
SNAPSHOT = json.dumps(
    {
        "definition": {
            "name": "two",
            "phases": [
                {"name": "frames", "uses": "media.extract_frames"},
                {"name": "video", "uses": "media.encode"},
            ],
            "output": {"phase": "video"},
        },
        "graphs": {},
    }
)

SNAPSHOT_HASH = hashlib.sha256(SNAPSHOT.encode()).hexdigest()


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    """A writing connection to a migrated database."""
    path = tmp_path / "vq.db"
    connection = connect(path, read_only=False)
    prepare(connection, path, shipped_migrations(), backups=None, now=NOW)
    yield connection
    connection.close()


def new_job(
    conn: Connection,
    prompts: int = 1,
    lane: str = "media",
    pilot: int | None = None,
    families: str | None = None,
    **changes: Any,
) -> int:
    """Enqueue a job of so many prompts; its number."""
    base: dict[str, Any] = {
        "name": "job", "workflow": "two", "workflow_hash": SNAPSHOT_HASH, "priority": 0, "front": False,
        "held_reason": None, "submission": "{}", "params": '{"crf": 20}', "resolution": None,
        "output_dir": "/out", "dedupe_key": None, "idempotency_key": None, "tags": "[]", "note": "",
        "not_before": None, "after": (), "unexpanded": False, "uses_gpu": lane == "gpu", "parent_id": None,
        "submitted_by": "cli", "documents": {SNAPSHOT_HASH: SNAPSHOT},
    }  # fmt: skip
    rows = [
        NewPrompt(
            idx=number,
            lane=lane,
            plan=json.dumps({"index": number, "inputs": [f"/in/{number}.mp4"], "output_name": str(number)}),
            seed=None,
            held_reason="pilot" if pilot and number > pilot else None,
            families=families,
        )
        for number in range(1, prompts + 1)
    ]
    return enqueue_job(conn, NewJob(**{**base, **changes}), rows, NOW)


@pytest.fixture
def add_job(conn: Connection) -> Callable[..., int]:
    """`add_job(prompts=3, lane="media", **columns)` enqueues a job and gives its number."""
    return partial(new_job, conn)
