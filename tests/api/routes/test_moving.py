"""Queues as files over HTTP: written and fetched, looked at, made once; and what a request may not do with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from tests.api.running import RunningApi, running_api


def send(client: httpx.Client, what: str, **body: Any) -> httpx.Response:
    return client.post(f"/api/queue/{what}", json=body)


def test_a_file_is_fetched_here_and_uploaded_there(client: httpx.Client, tmp_path: Path) -> None:
    for name in ("first", "second"):
        client.post("/api/jobs", json={"workflow": "draw", "name": name, "tags": ["night"], "dedupe": False})
    exported = send(client, "export", filter={"tag": "night", "q": "second"}, then="hold")
    assert exported.status_code == 201, exported.text
    assert exported.json()["jobs"] == [2]
    assert [client.get(f"/api/jobs/{number}").json()["held"] for number in (1, 2)] == [False, True]
    fetched = client.get(f"/api/queue/exports/{exported.json()['id']}")
    assert fetched.headers["content-type"] == "application/octet-stream"
    assert client.get(f"/api/queue/exports/{'0' * 32}").status_code == 404

    with running_api(tmp_path / "there") as there, there.client() as other:
        path = other.post("/api/uploads", files={"file": ("night.zip", fetched.content)}).json()["path"]
        dry = send(other, "import", path=path, dry_run=True)
        assert (dry.status_code, dry.json()["jobs"][0]["id"]) == (200, None)
        assert send(other, "import", path=path).status_code == 201
        again = send(other, "import", path=path)
        assert (again.status_code, again.json()["jobs"][0]["reused"]) == (200, True)
        assert [job["name"] for job in other.get("/api/jobs").json()["items"]] == ["second"]


def test_what_a_request_may_not_do(client: httpx.Client, api: RunningApi, tmp_path: Path) -> None:
    client.post("/api/jobs", json={"workflow": "draw"})
    database = str(api.home / "vq.db")
    assert send(client, "import", path=database).json()["error"]["code"] == "path_not_allowed"
    assert send(client, "export", path="/etc/x.zip").json()["error"]["code"] == "path_not_allowed"
    assert send(client, "export", ids=[1], filter={}).status_code == 422
    assert send(client, "export", ids=[7]).status_code == 404
    assert send(client, "export", then="delete").status_code == 422
    assert client.post("/api/vacuum", json={}).status_code == 401
    with api.trusted() as command_line:
        assert command_line.post("/api/vacuum", json={}).json() == {"freed": 0}
