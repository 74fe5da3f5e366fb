"""The rows of output folders that are away: growing pauses, which only a publication ends."""

from __future__ import annotations

from collections.abc import Callable

from tests.db.claims import claim
from tests.db.conftest import NOW
from video_queue.db import away_folders
from video_queue.db.connection import Connection
from video_queue.domain.catalogue import fail

AWAY = fail("output_unavailable.folder", path="/out", detail="not there").info()


def next_probe(conn: Connection) -> float | None:
    (seconds,) = conn.execute("SELECT next_probe FROM away_folder").fetchone()
    return seconds if seconds is None else float(seconds)


def wait(conn: Connection, now: float) -> None:
    taken = claim(conn, now=now)
    assert taken is not None
    away_folders.wait_for_folder(
        conn, taken.prompt_id, taken.attempt, "/out", AWAY, now, NOW, away_folders.Needed()
    )


def test_the_pauses_grow_up_to_a_minute_until_something_is_published(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    add_job(prompts=2)
    wait(conn, 0.0)
    wait(conn, 0.5)
    assert claim(conn, now=0.5) is None
    pauses = []
    for _ in range(8):
        now = next_probe(conn)
        assert now is not None
        assert away_folders.due_folders(conn, now) == ["/out"]
        away_folders.keep_away(conn, "/out", now)
        pauses.append((next_probe(conn) or 0.0) - now)
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    # It is there again, but a file cannot be written: the pauses go on where they were.
    away_folders.release_folder(conn, "/out", NOW)
    assert away_folders.due_folders(conn, 2.0**40) == []
    wait(conn, 1000.0)
    assert next_probe(conn) == 1060.0
    prompt = claim(conn, now=1000.0)
    assert prompt is not None
    assert prompt.attempt == 1
    # Something was published: the other that waits there is probed for at once, with the shortest pauses again.
    away_folders.forget_folder_of(conn, prompt.prompt_id)
    assert away_folders.due_folders(conn, 1000.0) == ["/out"]
    away_folders.keep_away(conn, "/out", 1000.0)
    assert next_probe(conn) == 1002.0
    away_folders.release_folder(conn, "/out", NOW)
    other = claim(conn, now=1000.0)
    assert other is not None
    away_folders.forget_folder_of(conn, other.prompt_id)
    assert conn.execute("SELECT count(*) FROM away_folder").fetchone()[0] == 0


def test_a_folder_that_nothing_waits_for_is_forgotten(conn: Connection, add_job: Callable[..., int]) -> None:
    add_job()
    wait(conn, 0.0)
    conn.execute("UPDATE prompt SET state = 'cancelled'")
    away_folders.keep_away(conn, "/out", 1.0)
    assert conn.execute("SELECT count(*) FROM away_folder").fetchone()[0] == 0


def test_a_clock_that_is_put_back_delays_no_probe(conn: Connection, add_job: Callable[..., int]) -> None:
    add_job()
    wait(conn, 10_000.0)
    assert away_folders.due_folders(conn, 10_000.5) == []
    assert away_folders.due_folders(conn, 6_000.0) == ["/out"]


def test_the_pauses_grow_too_where_a_folder_answers_and_the_work_fails_all_the_same(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    add_job()
    pauses = []
    for now in (0.0, 100.0, 200.0, 300.0):
        wait(conn, now)
        pauses.append((next_probe(conn) or 0.0) - now)
        away_folders.release_folder(conn, "/out", NOW)
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 4 * pauses[0]
