"""The server's log: one JSON object a line, in files of a bounded size."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from video_queue.domain.moments import iso_of

_LOG_NAME = "vq.log"
_LOG_BYTES = 5 * 2**20
_LOG_FILES = 3


class JsonLines(logging.Formatter):
    """Entries as `{at, level, logger, message}`, with `trace` where there is an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The entry on one line, whatever its message holds."""
        entry = {
            "at": iso_of(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


@contextmanager
def logging_to(folder: Path, *, quiet: bool) -> Iterator[None]:
    """Everything from `info` on goes to `vq.log` in the folder, warnings to stderr too unless quiet."""
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(
        folder / _LOG_NAME,
        maxBytes=_LOG_BYTES,
        backupCount=_LOG_FILES,
        encoding="utf-8",
        errors="backslashreplace",  # names of files that are no text
        delay=True,
    )
    file.setFormatter(JsonLines())
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
