"""Finding a server, and a connection that outlasts the server's hanging up."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from video_queue.domain.errors import VqError
from video_queue.settings import resolve_home
from video_queue.system.home.server_info import ServerInfo, write_server_info
from video_queue.terminal.client.connection import Connection, find_server, headers_for, home_folder


@pytest.mark.parametrize("environ", [{}, {"VQ_HOME": "/data/vq"}, {"VQ_HOME": "relative"}, {"VQ_HOME": ""}])
@pytest.mark.parametrize("home", [None, Path("/other"), Path("~/vq"), Path("here")])
def test_home_folder_is_the_one_of_the_settings(home: Path | None, environ: dict[str, str]) -> None:
    environ = {"HOME": os.environ.get("HOME", "/"), **environ}
    assert home_folder(home, environ) == resolve_home(home, environ)[0]


def test_find_server_without_one(tmp_path: Path) -> None:
    assert find_server(tmp_path, None, {}) is None


def test_find_server_ignores_one_that_does_not_answer(tmp_path: Path) -> None:
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
    """A server elsewhere must not learn what opens this one."""
    (tmp_path / "secret").write_text("open sesame")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        here = find_server(tmp_path, f"http://127.0.0.1:{port}", {})
        assert here is not None
        here.close()
        assert "open sesame" in here.headers.values()
    assert "open sesame" not in headers_for("http://example.invalid:8765", tmp_path, {}).values()


class _ForgetfulServer(BaseHTTPRequestHandler):
    """Keeps connections alive in words only: it hangs up after each answer, and drops what is sent to /drop once."""

    protocol_version = "HTTP/1.1"
    seen: list[str]

    def answer(self) -> None:
        self.seen.append(f"{self.command} {self.path}")
        self.close_connection = True
        if self.path == "/drop" and self.seen.count(self.seen[-1]) == 1:
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST = answer  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing on stderr."""


@pytest.fixture
def forgetful() -> Iterator[tuple[Connection, list[str]]]:
    """A connection to a server that hangs up, and the requests it saw."""
    seen: list[str] = []
    endpoint = type("_Server", (_ForgetfulServer,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = Connection(f"http://127.0.0.1:{server.server_port}", {})
        yield connection, seen
        connection.close()
        server.shutdown()


def _wait_until_hung_up(connection: Connection) -> None:
    select.select([connection._http.sock], [], [])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_that_the_server_closed_is_opened_again(
    forgetful: tuple[Connection, list[str]], method: str
) -> None:
    connection, seen = forgetful
    for _ in range(3):
        assert connection.request(method, "/x") == (200, "ok")
        _wait_until_hung_up(connection)
    assert seen == [f"{method} /x"] * 3


def test_only_a_request_that_may_be_repeated_is_sent_twice(forgetful: tuple[Connection, list[str]]) -> None:
    connection, seen = forgetful
    assert connection.request("GET", "/drop") == (200, "ok")
    _wait_until_hung_up(connection)
    with pytest.raises(VqError) as refused:
        connection.request("POST", "/drop")
    assert refused.value.code == "server_unreachable"
    assert seen == ["GET /drop"] * 2 + ["POST /drop"]
