"""What is read from the disk about files that are due."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.services.watch.watched import Watched
from video_queue.db import watch_files, watches
from video_queue.services.watch.evidence import judge_files
from video_queue.services.watch.spec import WatchSpec, rules_of


@pytest.mark.parametrize(
    ("beside", "rule"), [("a.mp4.aria2", "partial"), ("a.mp4.part", "partial"), ("a.mp4.vq.json", "own")]
)
def test_what_lies_beside_a_file_counts(watched: Watched, clip: Path, beside: str, rule: str) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    (watched.folder / beside).write_text("{}")
    watched.scan()
    watched.scan(after=10)
    assert watched.files()["a.mp4"].rule == rule


def test_a_picture_that_another_program_still_writes_holds_back_its_run(watched: Watched) -> None:
    from PIL import Image

    watched.add(unit="sequence", submission={"workflow": "run"}, settle_seconds=1)
    for number in range(3):
        Image.new("RGB", (16, 16)).save(watched.folder / f"f_{number}.png")
    with (watched.folder / "f_1.png").open("r+b"):
        watched.scan()
        watched.scan(after=5)
        assert watched.files()["f_#.png"].rule == "open"
    whole = (watched.folder / "f_2.png").read_bytes()
    (watched.folder / "f_2.png").write_bytes(whole[:-10])
    watched.scan(after=5)
    watched.scan(after=5)
    assert "f_2.png" in watched.files()["f_#.png"].reason
    (watched.folder / "f_2.png").write_bytes(whole)
    watched.scan()
    watched.scan(after=20)
    assert watched.inputs() == [["f_0.png"]]


def test_runs_of_one_folder_are_judged_each_by_its_own_pictures(watched: Watched) -> None:
    from PIL import Image

    watched.add(unit="sequence", submission={"workflow": "run"}, settle_seconds=1)
    for name in ("a_1.png", "a_2.png", "b_1.png", "b_20240131235959.png"):
        Image.new("RGB", (16, 16)).save(watched.folder / name)
    with (watched.folder / "b_1.png").open("r+b"):
        watched.scan()
        watched.scan(after=5)
        assert {name: file.rule for name, file in watched.files().items()} == {
            "a_#.png": "taken",
            "b_#.png": "open",
        }
    watched.scan(after=5)
    assert watched.files()["b_#.png"].state == "taken", "numbers far apart are no reason to count for ever"


def test_a_file_that_may_not_be_read_says_so(watched: Watched, clip: Path) -> None:
    import os

    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    watched.add()
    path = watched.folder / "a.mp4"
    shutil.copy(clip, path)
    path.chmod(0)
    watched.scan()
    watched.scan(after=10)
    assert "denied" in watched.files()["a.mp4"].reason


def test_a_file_that_grows_between_a_scan_and_its_turn_waits_again(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watch = watched.ask(lambda services: services.db.read(watches.get_watch, 1))
    rows = watched.ask(lambda services: services.db.read(watch_files.read_ledger, 1))
    workflow = watched.ask(lambda services: asyncio.to_thread(services.workflows.get, "tiny"))
    assert watch is not None
    spec = WatchSpec(watch, rules_of(watch), workflow, lambda _: [])
    now = watched.clock.now() + 100
    assert [item.verdict.rule for item in judge_files(spec, list(rows.values()), now=now)] == ["ready"]
    with (watched.folder / "a.mp4").open("ab") as file:
        file.write(b"more")
    judged = judge_files(spec, list(rows.values()), now=now)
    assert [(item.verdict.rule, item.verdict.due) for item in judged] == [("changing", now + spec.stable)]
