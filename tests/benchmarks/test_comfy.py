"""The benchmark runs and prints a line for every way; its figures are not judged here."""

from __future__ import annotations

from tests.benchmarks.running import printed_by


def test_quick_run_prints_every_row() -> None:
    printed = printed_by("comfy.py", "--quick")
    rows = ("ComfyUI's own queue", "a client that polls once a second", "video_queue")
    assert [row for row in rows if row not in printed] == []
