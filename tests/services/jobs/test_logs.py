"""Logs as an artist reads them: whole, one phase, the last lines, and all of a job in blocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from video_queue.services.jobs.logs import job_log, prompt_log

TEXT = "before\n--- phase one\na\nb\n--- phase two\nc\nd\n--- phase one\ne\n"


@pytest.mark.parametrize(
    ("phase", "tail", "expected"),
    [
        (None, None, TEXT),
        (None, 2, "--- phase one\ne\n"),
        ("two", None, "--- phase two\nc\nd\n"),
        ("one", None, "--- phase one\na\nb\n--- phase one\ne\n"),
        ("one", 3, "b\n--- phase one\ne\n"),
        ("three", None, ""),
    ],
)
def test_the_part_that_was_asked_for_is_read(
    tmp_path: Path, phase: str | None, tail: int | None, expected: str
) -> None:
    log = tmp_path / "1.log"
    log.write_text(TEXT, "utf-8")
    assert prompt_log(str(log), phase, tail) == expected


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert prompt_log(None) == prompt_log(str(tmp_path / "1.log")) == ""
    assert "".join(job_log(7, [(1, str(tmp_path / "1.log"))])) == "=== 7.1\n"
    assert "".join(job_log(7, [])) == ""


def test_bytes_that_are_no_text_do_not_hide_the_rest(tmp_path: Path) -> None:
    log = tmp_path / "1.log"
    log.write_bytes(b"a\xff\nb\n")
    assert prompt_log(str(log)) == "a\ufffd\nb\n"


def test_many_logs_come_in_blocks_of_bounded_size_and_in_order(tmp_path: Path) -> None:
    paths = []
    for index in range(1, 301):
        log = tmp_path / f"{index}.log"
        log.write_text(f"{index} " * 200, "utf-8")
        paths.append((index, str(log)))
    blocks = list(job_log(3, paths))
    assert "".join(blocks) == "".join(f"=== 3.{index}\n" + f"{index} " * 200 for index, _ in paths)
    assert 1 < len(blocks) < len(paths)
    assert max(map(len, blocks)) < 2 * 2**16
