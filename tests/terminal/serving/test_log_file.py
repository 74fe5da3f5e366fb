"""The server's log: every line says when, how grave and from where, and all of it has a bound."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from video_queue.terminal.serving.start import logging_to

_MB = 2**20
_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO|WARNING|ERROR) video_queue\.[\w.]+: ")


def test_a_log_that_is_written_for_weeks_stays_within_its_bound(tmp_path: Path) -> None:
    log = logging.getLogger("video_queue.worker")
    with logging_to(tmp_path / "logs", quiet=True):
        for number in range(60):
            log.info("%d %s", number, "x" * (_MB // 2))
    files = sorted((tmp_path / "logs").iterdir())
    assert [file.name for file in files] == ["vq.log", "vq.log.1", "vq.log.2", "vq.log.3"]
    assert sum(file.stat().st_size for file in files) <= 20 * _MB
    newest = files[0].read_text("utf-8").splitlines()
    assert all(_LINE.match(line) for line in newest)
    assert " 59 x" in newest[-1]
