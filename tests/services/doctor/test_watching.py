"""What the doctor says of watched folders and of the system's limits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from video_queue.db.watches import WatchRow
from video_queue.domain.watches import WatchState
from video_queue.services.doctor.check import Check
from video_queue.services.doctor.watching import inotify, watch_checks


def row(folder: Path, *, state: WatchState = WatchState.WATCHING, **spec: Any) -> WatchRow:
    rules = {"recursive": False, "unit": "file", "poll": None, **spec}
    return WatchRow(1, str(folder), rules, True, state, "a reason", None, "", None, 0)


def check_of(watch: WatchRow, limits: Path) -> Check:
    return asyncio.run(watch_checks([watch], limits))[0]


def limits_of(folder: Path, watches: int, instances: int) -> Path:
    (folder / "max_user_watches").write_text(f"{watches}\n")
    (folder / "max_user_instances").write_text(f"{instances}\n")
    return folder


def test_no_watch_is_no_line(tmp_path: Path) -> None:
    assert asyncio.run(watch_checks([], tmp_path)) == []


def test_a_folder_that_is_there_says_how_it_is_read(tmp_path: Path) -> None:
    hinted, polled = (check_of(row(tmp_path, poll=poll), tmp_path / "none") for poll in (None, True))
    assert (hinted.name, hinted.state, "says what changes" in hinted.message) == ("watch 1", "ok", True)
    assert (polled.state, "is read every few seconds" in polled.message) == ("ok", True)


@pytest.mark.parametrize(
    ("folder", "state", "words"),
    [
        ("gone", WatchState.WATCHING, "is not there"),
        (".", WatchState.FAILING, "a reason"),
    ],
)
def test_a_folder_that_cannot_be_watched_says_what_to_do(
    tmp_path: Path, folder: str, state: WatchState, words: str
) -> None:
    check = check_of(row(tmp_path / folder, state=state), tmp_path / "none")
    assert (check.state, words in check.message, bool(check.fix)) == ("warn", True, True)


def test_limits_of_the_system_are_compared_with_what_the_watches_need(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for number in range(9):
        (tree / f"day {number}").mkdir(parents=True)
    watches = [row(tree, recursive=True), row(tmp_path)]
    enough = inotify(watches, limits_of(tmp_path, 100, 100))
    assert (enough.state, enough.message.startswith("11 folders are watched")) == ("ok", True)
    few = inotify(watches, limits_of(tmp_path, 12, 100))
    assert (few.state, "max_user_watches is 12" in few.message) == ("warn", True)
    assert few.fix.startswith("sudo sysctl fs.inotify.max_user_watches=24")
    assert "max_user_instances=4" in inotify(watches, limits_of(tmp_path, 100, 2)).fix
    assert inotify(watches, tmp_path / "none").state == "ok"
