"""Watch folders as lines and rows."""

from __future__ import annotations

from typing import Any

from video_queue.terminal.show import watches

WATCH: dict[str, Any] = {
    "id": 3,
    "path": "/drop",
    "state": "away",
    "reason": "unplugged",
    "submission": {"workflow": "tiny", "output_dir": "/out"},
    "counts": {"waiting": 2, "taken": 0, "failed": 1, "ignored": 0, "gone": 9},
    "totals": {"waiting": 2, "working": 0, "done": 8, "failed": 2},
}
ANSWER: dict[str, Any] = {
    "path": "/drop/a.mp4",
    "watch": 3,
    "state": "waiting",
    "rule": "open",
    "reason": "a program has it open for writing",
    "change": "Close it.",
    "since": None,
    "next": None,
    "job_id": None,
}


def test_a_watch_is_one_row_with_its_counts_and_the_reason_why_it_does_not_work() -> None:
    assert watches.watch_row(WATCH) == ["3", "away", "/drop", "tiny", "2", "0", "8", "2", "unplugged"]
    assert len(watches.watch_row(WATCH)) == len(watches.WATCH_HEADINGS)
    assert watches.watch_lines(WATCH)[-2:] == [
        "so far: 2 waiting, 8 done, 2 failed",
        "files: 2 waiting, 1 failed, 9 gone",
    ]
    assert "away (unplugged)" in watches.watch_lines(WATCH)[1]


def test_a_file_is_one_row_with_its_rule() -> None:
    file = {"path": "a.mp4", "state": "taken", "rule": "taken", "job_id": 7, "reason": "job 7"}
    assert watches.file_row(file) == ["a.mp4", "taken", "taken", "7", "job 7"]
    assert len(watches.file_row(file)) == len(watches.FILE_HEADINGS)


def test_why_names_the_rule_and_what_would_change_it_and_leaves_out_what_is_not_known() -> None:
    lines = watches.why_lines(ANSWER)
    assert lines == [
        "/drop/a.mp4: waiting",
        "rule: open: a program has it open for writing",
        "Close it.",
        "watch: 3",
    ]
