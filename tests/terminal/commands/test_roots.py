"""`vq roots`: with a server it counts at once, without one it is written for the next start."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from tests.terminal.processes import Vq


def status_of_listing(url: str, folder: Path) -> int:
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port)) as connection:
        connection.request("GET", f"/api/files?path={folder}")
        return connection.getresponse().status


def test_roots_count_at_once(vq: Vq, tmp_path: Path) -> None:
    footage = tmp_path / "footage"
    footage.mkdir()
    with vq.serving() as url:
        assert status_of_listing(url, footage) == 403
        assert str(footage) in vq("roots", "add", str(footage)).out
        assert status_of_listing(url, footage) == 200
        assert str(footage) not in vq("roots", "rm", str(footage)).out
        assert status_of_listing(url, footage) == 403


def test_roots_without_a_server(vq: Vq, tmp_path: Path) -> None:
    before = vq("roots", "ls", "--json").json["items"]
    assert vq("roots", "add", str(tmp_path)).code == 0
    assert vq("roots", "ls", "--json").json["items"] == [*before, str(tmp_path)]
    missing = vq("roots", "add", str(tmp_path / "missing"), "--json")
    assert (missing.code, json.loads(missing.out)["error"]["code"]) == (2, "input_missing")
    assert vq("roots", "rm", str(tmp_path / "other")).code == 3
