"""Who has a file open for writing, asked of real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from video_queue.system.processes.open_files import can_ask, open_for_writing

pytestmark = pytest.mark.skipif(not can_ask(), reason="this platform does not say who has a file open")
HOLD = "import sys; file = open(sys.argv[1], sys.argv[2]); print('open', flush=True); sys.stdin.read()"


@pytest.mark.parametrize(("mode", "is_written"), [("wb", True), ("r+b", True), ("ab", True), ("rb", False)])
def test_a_file_that_another_process_writes_is_known(tmp_path: Path, mode: str, is_written: bool) -> None:
    path, other = tmp_path / "a b.mp4", tmp_path / "other.mp4"
    for file in (path, other):
        file.write_bytes(b"x")
    command = [sys.executable, "-c", HOLD, str(path), mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert open_for_writing([str(path), str(other)]) == ({str(path)} if is_written else set())
        process.communicate(b"")
    assert open_for_writing([str(path), str(other)]) == set()


def test_a_file_below_a_link_is_known_by_the_name_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with (tmp_path / "real" / "a.mp4").open("wb"):
        asked = str(tmp_path / "link" / "a.mp4")
        assert open_for_writing([asked]) == {asked}
