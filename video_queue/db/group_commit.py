"""Transactions that share one commit: each has a savepoint of its own, so that an error undoes it alone.

What a commit costs is waiting for the disk, and that is the same for one transaction and for many.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from video_queue.db.connection import Connection
from video_queue.domain.events import Event

# So many at most: the first of them waits for the last.
_MOST = 64


@dataclass(slots=True, eq=False)
class Write:
    """A transaction that a caller waits for. `events` is None where it changed no row."""

    run: Callable[[Connection], Any]
    shared: bool
    done: bool = False
    value: Any = None
    error: BaseException | None = None
    events: tuple[Event, ...] | None = None

    def result(self) -> Any:
        """What it returned; raises what it raised."""
        if self.error is not None:
            raise self.error
        return self.value


def next_writes(waiting: deque[Write]) -> list[Write]:
    """Take the first that waits, with those right behind it that may share its commit."""
    writes = [waiting.popleft()]
    while writes[0].shared and waiting and waiting[0].shared and len(writes) < _MOST:
        writes.append(waiting.popleft())
    return writes


def commit_together(conn: Connection, writes: Sequence[Write]) -> None:
    """Run `writes` in one transaction; what one of them raises is its `error`, and undoes it alone.

    Raises:
        BaseException: what undid all of them (a full disk, a constraint that is checked at the end); none is written.
    """
    try:
        conn.execute("BEGIN IMMEDIATE")
        for write in writes:
            _run(conn, write)
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def commit_alone(conn: Connection, write: Write) -> None:
    """Run `write` in a transaction of its own."""
    conn.events, write.events, write.error = [], None, None
    changes = conn.total_changes
    try:
        conn.execute("BEGIN IMMEDIATE")
        write.value = write.run(conn)
        conn.execute("COMMIT")
    except BaseException as error:  # noqa: BLE001 - every error belongs to the caller
        # A full disk has already rolled back by itself.
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        write.error = error
        return
    if conn.total_changes != changes:
        write.events = tuple(conn.events)


def _run(conn: Connection, write: Write) -> None:
    conn.events = []
    changes = conn.total_changes
    try:
        write.value = conn.alone(write.run)
    except BaseException as error:
        if not conn.in_transaction:
            raise  # a full disk has undone the others too
        write.error = error
    else:
        if conn.total_changes != changes:
            write.events = tuple(conn.events)
