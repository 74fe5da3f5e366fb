"""The benchmark runs and prints a line for every row; its figures are not judged here."""

from __future__ import annotations

from tests.benchmarks.running import printed_by


def test_quick_run_prints_every_row() -> None:
    printed = printed_by("media.py", "--quick")
    rows = (
        "3 of 3 silences cut",
        "auto-editor",
        "scenes: 2 of 2 cuts",
        "PySceneDetect",
        "convert 6 frames",
        "encode 6 pictures",
        "one prompt of 2",
    )
    assert [row for row in rows if row not in printed] == []
