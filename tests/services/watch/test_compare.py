"""What a scan changes in the ledger."""

from __future__ import annotations

from typing import NamedTuple

from video_queue.db.watch_files import LedgerRow
from video_queue.services.watch.compare import Changes, Ledger, compare, skipped

A = LedgerRow("a", 1, 1, "waiting", "new", "it is new", 0.0, 3.0)
TAKEN = LedgerRow("t", 5, 5, "taken", "taken", "job 1", 0.0, None, "hash", 1)


class Unit(NamedTuple):
    path: str
    size: int
    mtime: int


def changes(rows: list[LedgerRow], units: list[Unit], now: float = 10.0, **options: object) -> Changes:
    found_units = {unit.path: (unit.size, unit.mtime) for unit in units}
    return compare(Ledger({row.path: row for row in rows}), found_units, now=now, stable=3.0, **options)  # type: ignore[arg-type]


def states(result: Changes) -> dict[str, tuple[str, str]]:
    return {row.path: (row.state, row.rule) for row in result.rows}


def test_an_unchanged_folder_changes_nothing() -> None:
    result = changes([A, TAKEN], [Unit("a", 1, 1), Unit("t", 5, 5)], now=1.0)
    assert (result.rows, result.due, result.renamed) == ([], [], [])


def test_a_file_that_kept_its_size_and_time_is_due() -> None:
    assert changes([A], [Unit("a", 1, 1)]).due == [A]


def test_a_file_that_changed_waits_again_and_one_that_was_taken_keeps_its_job() -> None:
    result = changes([A, TAKEN], [Unit("a", 2, 2), Unit("t", 6, 6)])
    assert states(result) == {"a": ("waiting", "changing"), "t": ("waiting", "changing")}
    assert {(row.path, row.job_id, row.hash, row.due) for row in result.rows} == {
        ("a", None, None, 13.0), ("t", 1, "hash", 13.0),
    }  # fmt: skip


def test_missing_files_are_gone_but_not_those_of_a_folder_that_cannot_be_read() -> None:
    rows = [A, TAKEN._replace(path="sub/t")]
    assert states(changes(rows, [])) == {"a": ("gone", "gone"), "sub/t": ("gone", "gone")}
    assert states(changes(rows, [], unread=["sub"])) == {"a": ("gone", "gone")}
    assert states(changes(rows, [], unread=[""])) == {}


def test_the_same_file_under_another_name_is_renamed_and_a_copy_is_new() -> None:
    renamed = changes([TAKEN], [Unit("u", 5, 5)])
    assert renamed.renamed == [(TAKEN, "u")]
    assert renamed.rows == []
    copied = changes([TAKEN], [Unit("t", 5, 5), Unit("u", 5, 5)])
    assert states(copied) == {"u": ("waiting", "new")}


def test_a_file_that_is_back_has_its_job_again_and_one_that_was_moved_away_is_new() -> None:
    away = TAKEN._replace(state="gone", rule="gone")
    assert states(changes([away], [Unit("t", 5, 5)])) == {"t": ("taken", "taken")}
    moved = TAKEN._replace(state="gone", rule="moved")
    assert states(changes([moved], [Unit("t", 5, 5)])) == {"t": ("waiting", "new")}


def test_a_clock_that_was_put_back_makes_no_file_wait_for_ever() -> None:
    result = changes([A._replace(since=1000.0, due=1003.0)], [Unit("a", 1, 1)])
    assert [(row.since, row.due) for row in result.rows] == [(10.0, 13.0)]


def test_a_file_that_is_skipped_is_left_alone_until_it_changes() -> None:
    rows = skipped({"a": (1, 1)}, 5.0)
    assert [(row.path, row.state, row.rule) for row in rows] == [("a", "ignored", "existing")]
    same = changes(rows, [Unit("a", 1, 1)])
    assert (same.rows, same.due) == ([], [])
    assert states(changes(rows, [Unit("a", 2, 2)])) == {"a": ("waiting", "changing")}
