"""Watch folders over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.running import RunningApi

TINY = """
inputs: {kind: video}
phases:
  - {name: convert, uses: media.convert, with: {source: "{{ input.path }}"}}
"""


@pytest.fixture
def folder(api: RunningApi, tmp_path: Path) -> Path:
    """A folder to watch, and a workflow that takes clips."""
    (api.home / "workflows" / "tiny.yaml").write_text(TINY)
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def spec(folder: Path, **more: Any) -> dict[str, Any]:
    return {"path": str(folder), "submission": {"workflow": "tiny"}, **more}


def test_a_watch_is_added_listed_changed_paused_and_removed(api: RunningApi, folder: Path) -> None:
    with api.trusted() as client:
        added = client.post("/api/watches", json=spec(folder, max_new=3))
        assert added.status_code == 201, added.text
        watch = added.json()
        assert (watch["path"], watch["state"], watch["enabled"]) == (str(folder), "watching", True)
        assert watch["submission"]["output_dir"].endswith("outputs/tiny/drop")
        assert client.get("/api/watches").json() == {"items": [watch], "next_cursor": None}
        changed = client.patch("/api/watches/1", json={"hours": "22:00-07:00"}).json()
        assert (changed["hours"], changed["max_new"]) == ("22:00-07:00", 3)
        for action, state in (("pause", "paused"), ("resume", "watching")):
            assert client.post("/api/watches/1/actions", json={"action": action}).json()["state"] == state
        assert client.delete("/api/watches/1").status_code == 204
        assert client.get("/api/watches/1").status_code == 404
        types = [event["type"] for event in api.transact(_events)]
        assert types == ["watch.added", "watch.changed", "watch.changed", "watch.changed", "watch.removed"]


def _events(conn: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute("SELECT type FROM event ORDER BY id")]


def test_files_and_the_reason_for_each_are_told(api: RunningApi, folder: Path) -> None:
    with api.trusted() as client:
        client.post("/api/watches", json=spec(folder))
        (folder / "a.mp4").write_bytes(b"not a clip")
        client.post("/api/watches/1/actions", json={"action": "scan"})
        files = client.get("/api/watches/1/files", params={"state": "waiting"}).json()["items"]
        assert [(file["path"], file["size"], file["rule"]) for file in files] == [("a.mp4", 10, "new")]
        answer = client.get("/api/watches/why", params={"path": str(folder / "a.mp4")}).json()
        assert (answer["watch"], answer["state"], answer["rule"]) == (1, "waiting", "new")
        assert answer["change"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"path": "/nowhere/at/all"}, "input_missing"),
        ({"submission": {"workflow": "nosuch"}}, "unknown_workflow"),
        ({"submission": {"workflow": "tiny", "inputs": ["/x"]}}, "validation"),
        ({"hours": "night"}, "validation"),
        ({"unit": "clip"}, "validation"),
        ({"misspelt": 1}, "validation"),
        ({"settle_seconds": -1}, "validation"),
    ],
)
def test_a_watch_that_makes_no_sense_is_refused(
    api: RunningApi, folder: Path, body: dict[str, Any], code: str
) -> None:
    with api.trusted() as client:
        answer = client.post("/api/watches", json={**spec(folder), **body})
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["code"] == code


def test_a_request_may_watch_only_what_it_may_name(api: RunningApi, folder: Path) -> None:
    hidden = folder / ".private"
    hidden.mkdir()
    with api.client() as client:
        for path in (hidden, Path("/etc"), api.home / "logs"):
            answer = client.post("/api/watches", json=spec(path))
            assert answer.json()["error"]["code"] == "path_not_allowed", path
        assert client.get("/api/watches/why", params={"path": "/etc/passwd"}).status_code == 403


@pytest.mark.parametrize("target", ["../../../../../../etc/vq", "/etc/vq", "link/x"])
def test_a_request_may_have_files_moved_only_where_it_may_name_folders(
    api: RunningApi, folder: Path, target: str
) -> None:
    (folder / "link").symlink_to("/etc")
    with api.client() as client:
        for name in ("done_dir", "failed_dir"):
            answer = client.post("/api/watches", json=spec(folder, after="move", **{name: target}))
            assert answer.json()["error"]["code"] == "path_not_allowed"
        assert client.post("/api/watches", json=spec(folder, after="move")).status_code == 201
        assert client.patch("/api/watches/1", json={"done_dir": target}).status_code == 403


@pytest.mark.parametrize("number", [7, 0, -1, 10**20])
def test_an_unknown_watch_is_not_found(shared_client: httpx.Client, number: int) -> None:
    answer = shared_client.get(f"/api/watches/{number}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    answer = shared_client.post(f"/api/watches/{number}/actions", json={"action": "scan"})
    assert answer.status_code == 404
