"""What runs beside the worker: an error of one loop ends none of them."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import until
from video_queue.wiring import Services, beside_worker


def test_a_schedule_that_could_not_be_kept_is_kept_once_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its hours are written by a hand that makes mistakes; then they are mended."""

    async def story(services: Services) -> None:
        async def paused() -> bool:
            return (await services.queue.view()).reason == "schedule"

        async def failed() -> bool:
            return "keeping the schedule failed and is run again" in caplog.text

        async with beside_worker(services, watching=False, on_dead=lambda: None):
            await services.db.transact(lambda conn: conn.execute("UPDATE queue SET schedule = 'at night'"))
            await until(failed)
            await services.db.transact(lambda conn: conn.execute("UPDATE queue SET schedule = '00:01-00:00'"))
            await until(paused)
        assert len(asyncio.all_tasks()) == 1

    with caplog.at_level(logging.WARNING):
        Queue(tmp_path / "home").ask(story)
