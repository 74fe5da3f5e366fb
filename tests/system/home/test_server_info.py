"""The announcement of a server in its home."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from video_queue.system.home.lock import HomeLock
from video_queue.system.home.server_info import (
    ServerInfo,
    read_server_info,
    remove_server_info,
    write_server_info,
)

URL = "http://127.0.0.1:8765"


def server(pid: int) -> ServerInfo:
    return ServerInfo(pid=pid, url=URL, started_at="2025-01-01T00:00:00Z")


def test_server_info_is_private_and_round_trips(tmp_path: Path) -> None:
    lock = HomeLock.acquire(tmp_path)
    write_server_info(tmp_path, server(os.getpid()))
    assert read_server_info(tmp_path) == server(os.getpid())
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "server.json").stat().st_mode) == 0o600
    for _ in range(2):
        remove_server_info(tmp_path)
        assert read_server_info(tmp_path) is None
    lock.release()
    assert [path.name for path in tmp_path.iterdir()] == ["vq.lock"]


def test_a_killed_server_is_not_found_though_its_number_belongs_to_a_living_process(tmp_path: Path) -> None:
    write_server_info(tmp_path, server(os.getpid()))
    assert read_server_info(tmp_path) is None
    HomeLock.acquire(tmp_path).release()
    assert read_server_info(tmp_path) is None


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"pid": "x", "url": "", "started_at": ""}', "\0"])
def test_server_info_that_is_junk_counts_as_none(tmp_path: Path, text: str) -> None:
    lock = HomeLock.acquire(tmp_path)
    (tmp_path / "server.json").write_text(text)
    assert read_server_info(tmp_path) is None
    lock.release()
