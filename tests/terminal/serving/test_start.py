"""What `on_start` does with a pause of before: `resume` ends it, unless it has a time to come; `last` keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.worker.conftest import Queue
from video_queue.domain.views import QueueView
from video_queue.terminal.serving.start import set_queue_going
from video_queue.wiring import Services


async def _pause_for(services: Services, hours: float) -> None:
    await services.queue.pause(until=datetime.now(UTC) + timedelta(hours=hours))


def _started(queue: Queue, *, paused: bool = False) -> str:
    """The queue's state after a start."""

    async def start(services: Services) -> QueueView:
        await set_queue_going(services, paused=paused)
        return await services.queue.view()

    view: QueueView = queue.ask(start)
    return str(view.state)


@pytest.mark.parametrize(
    ("setting", "expected"), [("resume", "running"), ("paused", "paused"), ("last", "paused")]
)
def test_a_paused_queue_starts_as_the_setting_says(tmp_path: Path, setting: str, expected: str) -> None:
    queue = Queue(tmp_path / "home", on_start=setting)
    queue.ask(lambda services: services.queue.pause())
    assert _started(queue) == expected


@pytest.mark.parametrize(
    ("setting", "expected"), [("resume", "running"), ("paused", "paused"), ("last", "running")]
)
def test_a_running_queue_starts_as_the_setting_says(tmp_path: Path, setting: str, expected: str) -> None:
    assert _started(Queue(tmp_path / "home", on_start=setting)) == expected


def test_a_pause_until_tonight_outlives_a_restart(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home", on_start="resume")
    queue.ask(lambda services: _pause_for(services, 5))
    assert _started(queue) == "paused"


def test_serve_paused_wins_over_the_setting(tmp_path: Path) -> None:
    assert _started(Queue(tmp_path / "home", on_start="resume"), paused=True) == "paused"
