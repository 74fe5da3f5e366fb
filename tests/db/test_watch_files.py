"""The ledger: a file and its job are written together, or neither is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.db.conftest import NOW
from video_queue.db import watch_files, watches
from video_queue.db.connection import Connection
from video_queue.db.watch_files import FileChangedError, LedgerRow

ROW = LedgerRow("a.mp4", 10, 20, "waiting", "new", "it is new", 1.0, 4.0, "hash")


@pytest.fixture
def watch(conn: Connection) -> int:
    number = watches.add_watch(conn, "/drop", '{"existing": "take", "submission": {}}', None, NOW)
    watch_files.write_rows(conn, number, [ROW], NOW)
    return number


def test_a_taken_file_names_its_job_and_keeps_its_row_when_the_job_is_deleted(
    conn: Connection, watch: int, add_job: Callable[..., int]
) -> None:
    job = add_job()
    watch_files.take_files(conn, watch, [(ROW, job)], NOW)
    assert watch_files.read_ledger(conn, watch)["a.mp4"].job_id == job
    conn.execute("DELETE FROM job WHERE id = ?", (job,))
    row = watch_files.read_ledger(conn, watch)["a.mp4"]
    assert (row.state, row.job_id) == ("taken", None)


@pytest.mark.parametrize("change", ["size", "state", "paused", "removed"])
def test_a_file_that_is_not_what_was_judged_is_not_taken(
    conn: Connection, watch: int, add_job: Callable[..., int], change: str
) -> None:
    if change == "size":
        watch_files.write_rows(conn, watch, [ROW._replace(size=11)], NOW)
    elif change == "state":
        watch_files.take_files(conn, watch, [(ROW, add_job())], NOW)
    elif change == "paused":
        watches.enable_watch(conn, watch, NOW, enabled=False)
    else:
        watches.remove_watch(conn, watch, NOW)
    with pytest.raises(FileChangedError):
        watch_files.take_files(conn, watch, [(ROW, add_job())], NOW)


def test_files_are_listed_by_path_and_counted_by_state(conn: Connection, watch: int) -> None:
    rows = [ROW._replace(path=f"{number}.mp4", state="ignored") for number in range(3)]
    watch_files.write_rows(conn, watch, rows, NOW)
    names = [file.path for file in watch_files.list_files(conn, watch, "ignored", "0.mp4", 10)]
    assert names == ["1.mp4", "2.mp4"]
    counts = watch_files.count_files(conn, watch)
    assert (counts["ignored"], counts["waiting"], counts["gone"]) == (3, 1, 0)
    assert watch_files.next_due(conn, watch) == 4.0


def test_a_file_with_an_impossible_time_can_be_shown(conn: Connection, watch: int) -> None:
    watch_files.write_rows(
        conn, watch, [ROW._replace(mtime=-(10**18)), ROW._replace(path="b", mtime=2**62)], NOW
    )
    assert len(watch_files.list_files(conn, watch, None, "", 10)) == 2


def test_a_renamed_file_keeps_its_row_under_the_new_name(conn: Connection, watch: int) -> None:
    watch_files.rename_file(conn, watch, "a.mp4", ROW._replace(path="b.mp4"), NOW)
    assert list(watch_files.read_ledger(conn, watch)) == ["b.mp4"]
