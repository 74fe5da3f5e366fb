"""The announcement of a server in its home."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from video_queue.system.home.server_info import (
    ServerInfo,
    process_lives,
    read_server_info,
    remove_server_info,
    write_server_info,
)


def test_server_info_is_private_and_round_trips(tmp_path: Path) -> None:
    info = ServerInfo(pid=os.getpid(), url="http://127.0.0.1:8765", started_at="2025-01-01T00:00:00Z")
    write_server_info(tmp_path, info)
    assert read_server_info(tmp_path) == info
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "server.json").stat().st_mode) == 0o600
    remove_server_info(tmp_path, info.pid + 1)
    assert read_server_info(tmp_path) == info
    remove_server_info(tmp_path, info.pid)
    assert read_server_info(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    remove_server_info(tmp_path, info.pid)


def test_server_info_of_a_dead_process_counts_as_none(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write_server_info(tmp_path, ServerInfo(pid=ended.pid, url="http://127.0.0.1:1", started_at="x"))
    assert read_server_info(tmp_path) is None


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"pid": "x", "url": "", "started_at": ""}', "\0"])
def test_server_info_that_is_junk_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.json").write_text(text)
    assert read_server_info(tmp_path) is None
    remove_server_info(tmp_path, 1)


def test_process_lives() -> None:
    assert process_lives(os.getpid())
    assert not any(process_lives(pid) for pid in (0, -1, 2**40))
