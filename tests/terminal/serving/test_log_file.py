"""The server's log: every line is an object that says when, how grave and from where, and all of it has a bound."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

from video_queue.terminal.serving.log_file import logging_to

_MB = 2**20
LOG = logging.getLogger("video_queue.worker")


def test_a_log_that_is_written_for_weeks_stays_within_its_bound(tmp_path: Path) -> None:
    with logging_to(tmp_path / "logs", quiet=True):
        for number in range(60):
            LOG.info("%d %s", number, "x" * (_MB // 2))
    files = sorted((tmp_path / "logs").iterdir())
    assert [file.name for file in files] == ["vq.log", "vq.log.1", "vq.log.2", "vq.log.3"]
    assert sum(file.stat().st_size for file in files) <= 20 * _MB
    newest = json.loads(files[0].read_text("utf-8").splitlines()[-1])
    assert newest["message"].startswith("59 x")


_ENTRIES = """
import logging, sys
from pathlib import Path
from video_queue.terminal.serving.log_file import logging_to
log = logging.getLogger("video_queue.worker")
with logging_to(Path(sys.argv[1]), quiet=True):
    log.warning("a file called %s\\nand more", "clip\\udcff.mp4")
    try:
        raise ValueError("no")
    except ValueError:
        log.exception("it failed")
"""


def test_every_entry_is_one_line_whatever_it_says(tmp_path: Path) -> None:
    # In a process of its own: what the tests log is sent between processes as text, and this name is none.
    subprocess.run([sys.executable, "-c", _ENTRIES, tmp_path], check=True, capture_output=True, timeout=60)
    first, second = map(json.loads, (tmp_path / "vq.log").read_text("utf-8").splitlines())
    assert first.keys() == {"at", "level", "logger", "message"}
    assert (first["level"], first["logger"]) == ("warning", "video_queue.worker")
    assert first["message"] == "a file called clip\udcff.mp4\nand more"
    assert (second["message"], "ValueError: no" in second["trace"]) == ("it failed", True)
