"""The queue worked in the foreground: what runs beside the worker is what runs beside the server's."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing

from tests.db.damage import change_without_index
from tests.terminal.processes import Vq


def test_the_foreground_pauses_by_the_schedule_too(vq: Vq) -> None:
    vq("submit", "tiny", "a.mp4", "--held")
    with closing(sqlite3.connect(vq.home / "vq.db")) as conn:
        conn.execute("UPDATE queue SET schedule = '00:01-00:00'")
        conn.commit()
    process = vq.start("watch", "run", "--json")
    assert process.stdout is not None
    assert "queue.paused" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
    assert process.returncode == 130


def test_damage_is_told_in_the_foreground_too(vq: Vq) -> None:
    vq("submit", "tiny", "a.mp4", "--held")
    change_without_index(vq.home / "vq.db", "prompt_of_job", "UPDATE prompt SET idx = 5")
    process = vq.start("watch", "run")
    assert process.stderr is not None
    assert "the database has damage: " in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
