"""`POST /workflows/import`: a file, a path inside the roots, a text or a changed draft."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from tests.api.running import RunningApi
from tests.graphs import text_to_image

GRAPH = json.dumps(text_to_image())


def test_an_uploaded_graph_becomes_a_draft_and_leaves_nothing(api: RunningApi, client: httpx.Client) -> None:
    answer = client.post("/api/workflows/import", files={"file": ("My Cat.json", GRAPH)})
    assert answer.status_code == 200
    draft = answer.json()
    assert (draft["name"], draft["saved"], draft["problems"]) == ("my-cat", None, [])
    assert draft["graphs"] == {"render": text_to_image()}
    assert draft["definition"]["parameters"]["seed"]["type"] == "seed"
    assert list((api.home / "cache" / "imports").iterdir()) == []
    assert not list(api.home.glob("workflows/my-cat*"))


def test_saved_it_can_be_submitted_at_once(client: httpx.Client) -> None:
    stored = client.post("/api/workflows/import?save=cat", json={"text": GRAPH}).json()
    assert Path(stored["saved"]).name == "cat.yaml"
    assert client.get("/api/workflows/cat").json()["problems"] == []
    again = client.post("/api/workflows/import?save=cat", json={"text": GRAPH})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "invalid_state")
    assert client.post("/api/workflows/import?save=cat&force=true", json={"text": GRAPH}).status_code == 200
    draft = {"definition": stored["definition"] | {"title": "Tom"}, "graphs": stored["graphs"]}
    assert client.post("/api/workflows/import?save=tom", json={"draft": draft}).status_code == 200
    assert client.get("/api/workflows/tom").json()["title"] == "Tom"


def test_what_cannot_be_imported_is_refused(client: httpx.Client) -> None:
    url = "/api/workflows/import"
    assert client.post(url, json={"path": "/etc/passwd"}).status_code == 403
    assert client.post(url, json={}).status_code == 422
    assert client.post(url, json={"path": "a", "text": "b"}).status_code == 422
    assert client.post(url, json={"text": "{}"}).json()["error"]["code"] == "validation"
    assert client.post(url, files={"file": ("x.bin", b"\0\1\2" * 100)}).status_code == 422
    assert client.post(f"{url}?save=../x", json={"text": GRAPH}).status_code == 422
    assert client.post(url, content=b"a=1", headers={"content-type": "text/plain"}).status_code == 422
