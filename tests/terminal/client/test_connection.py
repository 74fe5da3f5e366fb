"""Finding a server."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from video_queue.domain.errors import VqError
from video_queue.settings import resolve_home
from video_queue.system.home.server_info import ServerInfo, write_server_info
from video_queue.terminal.client.connection import find_server, headers_for, home_folder


@pytest.mark.parametrize("environ", [{}, {"VQ_HOME": "/data/vq"}, {"VQ_HOME": "relative"}, {"VQ_HOME": ""}])
@pytest.mark.parametrize("home", [None, Path("/other"), Path("~/vq"), Path("here")])
def test_home_folder_is_the_one_of_the_settings(home: Path | None, environ: dict[str, str]) -> None:
    environ = {"HOME": os.environ.get("HOME", "/"), **environ}
    assert home_folder(home, environ) == resolve_home(home, environ)[0]


def test_find_server_without_one(tmp_path: Path) -> None:
    assert find_server(tmp_path, None, {}) is None


def test_find_server_passes_over_one_that_does_not_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    write_server_info(tmp_path, ServerInfo(os.getpid(), f"http://127.0.0.1:{port}", "2026-01-01T00:00:00Z"))
    assert find_server(tmp_path, None, {}) is None
    with pytest.raises(VqError) as refused:
        find_server(tmp_path, f"http://127.0.0.1:{port}", {})
    assert refused.value.code == "server_unreachable"


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://x:99999999", "http://[::1"])
def test_find_server_refuses_what_is_no_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(VqError) as refused:
        find_server(tmp_path, url, {})
    assert refused.value.code == "validation"


def test_find_server_keeps_the_secret_on_this_machine(tmp_path: Path) -> None:
    """Whoever runs a server elsewhere must not learn what opens this one."""
    (tmp_path / "secret").write_text("open sesame")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        here = find_server(tmp_path, f"http://127.0.0.1:{port}", {})
        assert here is not None
        here.close()
        assert "open sesame" in here.headers.values()
    assert "open sesame" not in headers_for("http://example.invalid:8765", tmp_path, {}).values()
