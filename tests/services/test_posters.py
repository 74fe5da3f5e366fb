"""Posters are made in the background, of every picture that is published, and what has none stops nothing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.db.conftest import NOW, new_job
from tests.media_clips import code_of_picture, make_clip, make_junk
from video_queue.db.artifacts import NewArtifact, insert_artifacts
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.services.clock import Clock
from video_queue.services.posters import Posters


def published(path: Path, content: str) -> NewArtifact:
    return NewArtifact(
        phase="p",
        kind="video",
        role="output",
        name=path.name,
        path=str(path),
        bytes=path.stat().st_size,
        sha256=content,
    )


def test_posters_of_what_was_published_before_and_after_the_start(tmp_path: Path) -> None:
    clips = [make_clip(tmp_path / f"{code}.mp4", 2, first=code, sound=None) for code in (3, 77)]
    junk = make_junk(tmp_path / "junk.mp4")
    before = [published(clips[0], "a" * 64), published(junk, "c" * 64)]
    cache = tmp_path / "cache"

    def publish(conn: Connection, artifacts: list[NewArtifact]) -> None:
        job = new_job(conn)
        prompt = conn.execute("SELECT id FROM prompt WHERE job_id = ?", (job,)).fetchone()[0]
        insert_artifacts(conn, job, prompt, artifacts)

    async def run() -> None:
        async with await QueueDB.open(tmp_path / "vq.db", backups=None, now=NOW) as db:
            await db.transact(publish, before)
            making = asyncio.create_task(Posters(db, cache, Clock()).run())
            await db.transact(publish, [published(clips[1], "b" * 64)])
            target, end = cache / "thumbnails" / f"{'b' * 32}.webp", time.monotonic() + 60
            while not target.exists():
                assert time.monotonic() < end
                await asyncio.sleep(0.05)
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)

    asyncio.run(run())
    codes = {path.stem[0]: code_of_picture(path) for path in (cache / "thumbnails").glob("*.webp")}
    assert codes == {"a": 3, "b": 77}
