"""The benchmark runs and prints a line for every queue, installed or not; its figures are not judged here."""

from __future__ import annotations

from tests.benchmarks.running import printed_by

QUEUES = (
    "video_queue",
    "sqlite3, bare table",
    "sqlite3, our columns and indexes",
    "litequeue as it comes",
    "litequeue, synchronous=FULL",
    "huey",
    "persist-queue",
)
TITLES = (
    "Submit one job of 200 prompts",
    "Enqueue 1,000 items in one transaction",
    "Claim + complete",
    "First page + counts by state",
    "Goals",
)


def test_quick_run_prints_every_row() -> None:
    printed = printed_by("queue.py", "--quick")
    parts = dict.fromkeys(TITLES, "")
    for title, after in zip(TITLES, (*TITLES[1:], None), strict=True):
        parts[title] = printed.partition(title)[2].partition(after or "\0")[0]
    for title in TITLES[1:4]:
        assert [name for name in QUEUES if name not in parts[title]] == []
    assert "the whole graph in each row" in parts[TITLES[0]]
