"""`vq watch` as it is typed: a folder is watched, a file dropped, and its output comes."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.terminal.processes import Vq

_SECONDS = 60.0


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """An empty folder to watch."""
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def until_done(vq: Vq, count: int) -> list[str]:
    """Wait until so many jobs have succeeded; their output folders."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with closing(sqlite3.connect(f"file:{vq.home / 'vq.db'}?mode=ro", uri=True)) as conn:
            rows = conn.execute("SELECT output_dir FROM job WHERE state = 'succeeded'").fetchall()
        if len(rows) >= count:
            return [row[0] for row in rows]
        time.sleep(0.05)
    raise AssertionError(vq("watch", "ls").out + vq("ls").out)


def test_a_clip_that_is_dropped_is_rendered_by_the_server(vq: Vq, drop: Path) -> None:
    with vq.serving():
        added = vq(
            "watch",
            "add",
            str(drop),
            "-w",
            "tiny",
            "-p",
            "prompt=rain",
            "--settle",
            "0.2s",
            "--after",
            "move",
        )
        assert added.code == 0, added.err
        assert "watch 1:" in added.out
        shutil.copy(vq.cwd / "a.mp4", drop / "clip.mp4")
        folders = until_done(vq, 1)
    assert [path.name for path in Path(folders[0]).glob("*.mp4")] == ["clip_1.mp4"]
    listed = vq("watch", "ls").out
    assert "watching" in listed
    assert str(drop) in listed


def test_without_watching_the_server_leaves_folders_alone(vq: Vq, drop: Path) -> None:
    assert vq("watch", "add", str(drop), "-w", "tiny", "--settle", "0s").code == 0
    shutil.copy(vq.cwd / "a.mp4", drop / "clip.mp4")
    with vq.serving("--no-watch"):
        assert vq("--json", "watch", "ls").json["items"][0]["scanned_at"] is None
        scanned = vq("--json", "watch", "scan", str(drop)).json
    assert scanned["counts"]["waiting"] == 1


def test_folders_are_watched_and_worked_in_the_foreground(vq: Vq, drop: Path) -> None:
    assert vq("watch", "add", str(drop), "-w", "tiny", "--settle", "0.2s").code == 0
    process = vq.start("watch", "run")
    try:
        shutil.copy(vq.cwd / "a.mp4", drop / "clip.mp4")
        until_done(vq, 1)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=_SECONDS)
    assert process.returncode == 130


def test_files_that_lie_there_are_asked_about(vq: Vq) -> None:
    refused = vq("watch", "add", str(vq.cwd), "-w", "tiny")
    assert refused.code == 2
    assert "existing" in refused.err


def test_why_says_what_holds_a_file_back(vq: Vq, drop: Path) -> None:
    assert vq("watch", "add", str(drop), "-w", "tiny").code == 0
    (drop / "clip.mp4.part").write_bytes(b"x")
    why = vq("watch", "why", str(drop / "clip.mp4.part"))
    assert why.code == 0
    assert "temporary" in why.out
    assert vq("watch", "why", "/nowhere/clip.mp4").code == 3
    assert vq("watch", "pause", "9").code == 3
    assert vq("watch", "add", str(drop), "-w", "tiny").code == 6


def test_a_watch_is_changed_and_what_is_not_typed_stays(vq: Vq, drop: Path) -> None:
    first = ("-p", "prompt=rain", "--priority", "3", "--max-new", "5", "--include", "a*", "-r")
    assert vq("watch", "add", str(drop), "-w", "tiny", *first).code == 0
    changed = vq("--json", "watch", "edit", str(drop), "-p", "mirror=vertical", "--hours", "22:00-07:00").json
    assert (changed["hours"], changed["max_new"], changed["include"]) == ("22:00-07:00", 5, ["a*"])
    assert changed["submission"]["params"] == {"prompt": "rain", "mirror": "vertical"}
    assert changed["submission"]["priority"] == 3
    taken_away = ("--hours", "", "--max-new", "0", "--include", "", "--no-recursive")
    changed = vq("--json", "watch", "edit", "1", *taken_away).json
    rules = ("hours", "max_new", "include", "recursive")
    assert [changed[name] for name in rules] == [None, None, [], False]
    assert changed["submission"]["priority"] == 3
    other = vq("--json", "watch", "edit", "1", "-w", "cut").json
    assert (other["submission"]["workflow"], other["submission"].get("params")) == ("cut", None)
    assert vq("watch", "edit", "9", "--max-new", "1").code == 3
    assert vq("watch", "edit", "1", "--hours", "night").code == 2
