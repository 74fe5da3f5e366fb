"""Presets over HTTP."""

from __future__ import annotations

import httpx


def test_presets(client: httpx.Client) -> None:
    place = "/api/workflows/draw/presets"
    assert client.get(place).json() == {"items": [], "next_cursor": None}
    kept = client.put(f"{place}/night%20cat", json={"params": {"prompt": "a cat at night"}, "seeds": "1..3"})
    assert kept.status_code == 200
    assert kept.json()["name"] == "night cat"
    assert client.get(f"{place}/night cat").json() == kept.json() == client.get(place).json()["items"][0]
    assert client.get("/api/options").json()["presets"] == ["draw/night cat"]
    assert client.delete(f"{place}/night cat").status_code == 204
    assert client.get(f"{place}/night cat").status_code == 404


def test_what_is_refused(client: httpx.Client) -> None:
    place = "/api/workflows/draw/presets"
    refused = client.put(f"{place}/x", json={"params": {"steps": 99, "nope": 1}})
    assert refused.status_code == 422
    assert [entry["loc"] for entry in refused.json()["error"]["details"]["problems"]] == [
        ["params", "nope"],
        ["params", "steps"],
    ]
    assert client.put(f"{place}/x", json={"inputs": ["/x"]}).status_code == 422
    assert client.put(f"{place}/%2e%2e%5cx", json={}).status_code == 422
    assert client.get("/api/workflows/nope/presets").status_code == 404
