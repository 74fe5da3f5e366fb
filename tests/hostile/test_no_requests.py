"""Nothing is asked of the network unless a setting names it: by work, by any page, by the checks of `vq doctor`."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.api.every_route import filled, routes
from tests.api.running import running_api
from tests.media_clips import make_clip
from tests.terminal.processes import VqHere

_asked: list[str] = []
_watching = False


def _note(event: str, args: tuple[Any, ...]) -> None:
    """Python's own account of what is connected to and what names are looked up: see its table of audit events."""
    if not _watching:
        return
    if event == "socket.connect" and isinstance(args[1], tuple):
        # A datagram socket that is connected sends nothing: so `vq pair` learns this machine's address.
        if args[0].type != socket.SOCK_DGRAM:
            _asked.append(str(args[1][0]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _asked.append(str(args[0]))


@contextmanager
def network_watched() -> Iterator[list[str]]:
    """The addresses and names outside this machine that are asked for meanwhile."""
    global _watching
    outside: list[str] = []
    _asked.clear()
    _watching = True
    try:
        yield outside
    finally:
        _watching = False
    outside += [name for name in _asked if not _is_here(name)]


def _is_here(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in ("localhost", "None", "")


sys.addaudithook(_note)


def test_the_watch_sees_what_is_asked() -> None:
    with network_watched() as outside, socket.socket() as out:
        out.setblocking(False)
        out.connect_ex(("192.0.2.1", 9))  # kept for documents: nobody is there
    assert outside == ["192.0.2.1"]


def test_a_night_of_work_asks_nothing_of_the_network(tmp_path: Path) -> None:
    make_clip(tmp_path / "clip.mp4", frames=3)
    with network_watched() as outside:
        with running_api(tmp_path / "home", work=True, min_free_gb=0) as api, api.client() as client:
            job = client.post(
                "/api/jobs", json={"workflow": "transcode", "inputs": [str(tmp_path / "clip.mp4")]}
            )
            assert job.status_code == 201, job.text
            for method, path in routes():
                if method == "GET" and path != "/api/events":
                    assert client.get(filled(path)).status_code < 500, path
            assert client.post("/api/notifications/test").status_code < 500
            VqHere(tmp_path / "home", tmp_path)("wait", "1")
            assert client.get("/api/jobs/1").json()["state"] == "succeeded"
        assert VqHere(tmp_path / "home", tmp_path)("doctor").code in (0, 1)
    assert outside == []
