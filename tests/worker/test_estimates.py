"""Estimates of real runs: the second job of a kind has one, the preview too, and they follow the clips' lengths."""

from __future__ import annotations

import json
from pathlib import Path

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.workflows import ROUND_TRIP
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter
from video_queue.domain.submission import Submission
from video_queue.wiring import Services


async def measured(services: Services) -> list[bool]:
    """Whether jobs were measured at their submission as their prompts were when they ran."""

    def read(conn: Connection) -> list[bool]:
        rows = conn.execute(
            "SELECT j.sample, (SELECT max(f.measures) FROM phase f JOIN prompt p ON p.id = f.prompt_id"
            " WHERE p.job_id = j.id) AS measures FROM job j"
        )
        pairs = [(json.loads(row["sample"])[0][1], json.loads(row["measures"])) for row in rows]
        return [{"uses": ran.get("uses"), **sample} == ran for sample, ran in pairs]

    return await services.db.read(read)


def test_estimates_come_from_what_was_run(queue: Queue, tmp_path: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    short, long = make_clip(tmp_path / "short.mp4", frames=5), make_clip(tmp_path / "long.mp4", frames=50)

    async def preview(services: Services) -> list[dict[str, float | None]]:
        inputs = ({"inputs": [str(short)]}, {"inputs": [str(long)]}, {"input_dir": str(tmp_path)})
        submissions = [Submission.model_validate({"workflow": "round-trip", **item}) for item in inputs]
        return [(await services.jobs.preview(item)).estimate for item in submissions]

    assert queue.ask(preview) == [{"seconds_low": None, "seconds_high": None, "bytes": None}] * 3
    queue.work({"workflow": "round-trip", "inputs": [str(short)]})
    queue.work({"workflow": "round-trip", "inputs": [str(long)]})
    assert queue.ask(measured) == [True] * 2
    first, second, both = queue.ask(preview)
    assert 0 < first["seconds_low"] <= first["seconds_high"]
    assert second["seconds_low"] > first["seconds_low"]
    assert second["seconds_high"] > first["seconds_high"]
    assert both["bytes"] > second["bytes"] > first["bytes"] > 0

    async def waiting(services: Services) -> tuple[float | None, float | None]:
        job = await services.jobs.submit(Submission(workflow="round-trip", inputs=[str(long)], dedupe=False))
        page, queue_view = await services.lookup.jobs(JobFilter()), await services.queue.view()
        assert page.items[0].eta_range is not None
        assert page.items[1].eta_seconds is None
        assert page.items[0].eta_seconds == queue_view.eta_seconds
        return (await services.lookup.job(job.id)).eta_seconds, queue_view.eta_seconds

    from_job, from_queue = queue.ask(waiting)
    assert from_job == from_queue
    assert from_job is not None
