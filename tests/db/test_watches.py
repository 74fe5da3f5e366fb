"""Watched folders as rows: added, changed, paused and removed with an event each."""

from __future__ import annotations

import pytest

from tests.db.conftest import NOW
from video_queue.db import watch_files, watches
from video_queue.db.connection import Connection
from video_queue.db.watch_files import LedgerRow
from video_queue.domain.watches import WatchState

SPEC = '{"existing": "take", "submission": {"workflow": "w"}}'


@pytest.fixture
def watch(conn: Connection) -> int:
    return watches.add_watch(conn, "/drop", SPEC, "/", NOW)


def types(conn: Connection) -> list[str]:
    return [row["type"] for row in conn.execute("SELECT type FROM event ORDER BY id")]


def test_a_watch_is_written_and_read_back(conn: Connection, watch: int) -> None:
    row = watches.get_watch(conn, watch)
    assert row is not None
    assert (row.path, row.spec["submission"], row.enabled) == ("/drop", {"workflow": "w"}, True)
    assert [other.id for other in watches.list_watches(conn)] == [watch]


def test_a_state_is_announced_once(conn: Connection, watch: int) -> None:
    for _ in range(3):
        watches.set_watch_state(conn, watch, WatchState.AWAY, "unplugged", NOW)
    assert types(conn) == ["watch.added", "watch.changed"]


def test_a_changed_watch_considers_what_waits_again(conn: Connection, watch: int) -> None:
    row = LedgerRow("a", 1, 1, "waiting", "refused", "x", 0.0, 9e9)
    watch_files.write_rows(conn, watch, [row], NOW)
    assert watches.edit_watch(conn, watch, SPEC, NOW)
    assert watch_files.next_due(conn, watch) == 0


def test_a_removed_watch_is_gone_with_its_ledger(conn: Connection, watch: int) -> None:
    watch_files.write_rows(conn, watch, [LedgerRow("a", 1, 1, "waiting", "new", "x", 0.0)], NOW)
    assert watches.remove_watch(conn, watch, NOW)
    assert not watches.remove_watch(conn, watch, NOW)
    assert watch_files.read_ledger(conn, watch) == {}
    watch_files.write_rows(conn, watch, [LedgerRow("a", 1, 1, "waiting", "new", "x", 0.0)], NOW)
    assert watch_files.read_ledger(conn, watch) == {}
