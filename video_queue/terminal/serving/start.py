"""What happens before a queue is worked in this process: the log file, and whether it starts paused."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from video_queue.domain.states import QueueState
from video_queue.wiring import Services

_LOG_NAME = "vq.log"
_LOG_BYTES = 5 * 2**20
_LOG_FILES = 3


@contextmanager
def logging_to(folder: Path, *, quiet: bool) -> Iterator[None]:
    """Everything from `info` on goes to `vq.log` in the folder, warnings to stderr too unless quiet."""
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(
        folder / _LOG_NAME, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8", delay=True
    )
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    screen = logging.StreamHandler()
    screen.setLevel(logging.ERROR if quiet else logging.WARNING)
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it writes a line for every request
    for output in (file, screen):
        root.addHandler(output)
    try:
        yield
    finally:
        root.setLevel(before)
        for output in (file, screen):
            root.removeHandler(output)
            output.close()


async def set_queue_going(services: Services, *, paused: bool) -> None:
    """As `on_start` says: `resume` ends an earlier pause (but not one until a time to come), `last` keeps it."""
    on_start = services.settings.on_start
    if paused or on_start == "paused":
        await services.queue.pause()
        return
    view = await services.queue.view()
    timed = view.until is not None and datetime.fromisoformat(view.until).timestamp() > services.clock.now()
    if on_start == "resume" and view.state is not QueueState.RUNNING and not timed:
        await services.queue.resume()
