"""The log of a prompt: whole while it is short, its beginning and end where a program prints without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from video_queue.services.clock import Clock
from video_queue.services.jobs.logs import prompt_log
from video_queue.worker.prompt_log import LogWriter, PromptLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The log of a prompt, in a folder that is not there yet."""
    return tmp_path / "logs" / "1.log"


def test_a_short_log_is_whole(path: Path) -> None:
    writer = LogWriter()
    log = PromptLog(path, Clock(), writer)
    log.heading("phase frames (media.extract_frames), attempt 1")
    for number in range(100):
        log.line(f"line {number}")
    log.end_part()
    writer.close()
    heading, *lines = path.read_text().splitlines()
    assert heading == "--- phase frames (media.extract_frames), attempt 1"
    assert [line.split(" ", 1)[1] for line in lines] == [f"line {number}" for number in range(100)]


def test_a_long_log_keeps_its_beginning_and_its_end(path: Path) -> None:
    writer = LogWriter()
    log = PromptLog(path, Clock(), writer)
    for part in ("one", "two"):
        log.heading(f"phase {part} (media.convert), attempt 1")
        for number in range(50_000):
            log.line(f"line {number}")
    log.end_part()
    writer.close()
    assert path.stat().st_size < 2_000_000
    lines = prompt_log(str(path), "two").splitlines()
    assert lines[1].endswith("line 0")
    assert lines[-1].endswith("line 49999")
    (note,) = [line for line in lines if "left out" in line]
    assert int(note.split()[1]) == 50_000 - (len(lines) - 2)


def test_a_log_that_cannot_be_written_stops_nothing(path: Path) -> None:
    path.parent.write_text("no folder")
    writer = LogWriter()
    PromptLog(path, Clock(), writer).line("lost")
    writer.close()
