"""A home with 10,000 jobs for the page's benchmark: a few are really made, the others are copies of their rows."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from tests.media_clips import make_clip
from tests.page.serving import Served
from video_queue.db import tally
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB

# Of a hundred jobs: how many are copies of the one that was made, the one that failed, the one that waits.
_SHARES = {"made": 80, "failed": 5, "waits": 15}
_TABLES = ("prompt", "phase", "artifact")


def fill_home(server: Served, count: int) -> dict[str, int]:
    """Make a job of each kind (`frames`: 300 pictures; `made`, `failed`, `waits`), then `count` copies; their ids.

    The server is running before and after; it is stopped for the copies. The queue is paused.
    """
    jobs = _templates(server)
    server.stop()
    with ThreadPoolExecutor(1) as other:  # in a test a loop of the browser's runs in this thread
        other.submit(asyncio.run, _copies(server, jobs, count)).result()
    server.start()
    return jobs


def _templates(server: Served) -> dict[str, int]:
    clip = str(server.clips / "good.mp4")
    long = make_clip(server.clips / "long.mp4", 300, size=(160, 90), sound=None)
    frames = server.submit(workflow="video-to-frames", inputs=[str(long)], name="Three hundred frames")
    web = {"workflow": "transcode", "params": {"preset": "small"}}
    done = server.submit(**web, inputs=[clip], name="Web version", sweep={"crf": [28, 30, 32]})
    failed = server.submit(**web, input_dir=str(server.mixed), name="With a broken file")
    for job in (frames, done, failed):
        server.wait_for(job, "succeeded", "failed", "partial")
    with server.client() as client:
        client.post("/api/queue/actions", json={"action": "pause"}).raise_for_status()
    waits = server.submit(**web, inputs=[clip], name="To be made")
    return {"frames": frames, "made": done, "failed": failed, "waits": waits}


async def _copies(server: Served, jobs: dict[str, int], count: int) -> None:
    async with await QueueDB.open(server.home / "vq.db", backups=None, now="2026-01-01T00:00:00Z") as db:
        await db.transact(_copy, jobs, count)


def _copy(conn: Connection, jobs: dict[str, int], count: int) -> None:
    columns = {name: _columns(conn, name) for name in ("job", *_TABLES)}
    kinds = [name for name, share in _SHARES.items() for _ in range(share)]
    at = datetime.now(UTC) - timedelta(minutes=count)
    for number in range(count):
        original = jobs[kinds[number * 37 % len(kinds)]]
        at += timedelta(minutes=1)
        _copy_job(conn, columns, original, at.strftime("%Y-%m-%dT%H:%M:%S.000Z"))


def _columns(conn: Connection, table: str) -> list[str]:
    rows = conn.execute(f"PRAGMA table_info({table})").fetchall()
    return [row["name"] for row in rows if row["name"] != "id"]


def _copy_job(conn: Connection, columns: dict[str, list[str]], original: int, at: str) -> None:
    fresh = _copy_row(conn, "job", columns["job"], original, {"idempotency_key": None})
    conn.execute(
        "UPDATE job SET created_at = ?, position = ?, name = name || ' ' || ?,"
        " finished_at = CASE WHEN finished_at IS NULL THEN NULL ELSE ? END WHERE id = ?",
        (at, float(fresh), fresh, at, fresh),
    )
    (state,) = conn.execute("SELECT state FROM job WHERE id = ?", (fresh,)).fetchone()
    tally.count_change(conn, "job", None, state)
    for row in conn.execute("SELECT id, state FROM prompt WHERE job_id = ?", (original,)).fetchall():
        prompt = _copy_row(conn, "prompt", columns["prompt"], row["id"], {"job_id": fresh})
        tally.count_change(conn, "prompt", None, row["state"])
        for table in ("phase", "artifact"):
            names = [name for name in columns[table] if name not in ("prompt_id", "job_id")]
            place = "?, ?" if table == "artifact" else "?"
            into = "prompt_id, job_id" if table == "artifact" else "prompt_id"
            values = (prompt, fresh) if table == "artifact" else (prompt,)
            conn.execute(
                f"INSERT INTO {table} ({into}, {', '.join(names)})"
                f" SELECT {place}, {', '.join(names)} FROM {table} WHERE prompt_id = ?",
                (*values, row["id"]),
            )


def _copy_row(
    conn: Connection, table: str, columns: list[str], original: int, other: dict[str, object]
) -> int:
    values = ", ".join("?" if name in other else name for name in columns)
    row = conn.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE id = ? RETURNING id",
        (*(other[name] for name in columns if name in other), original),
    ).fetchone()
    return int(row[0])
