"""Caption styles over HTTP, and what forms offer of them."""

from __future__ import annotations

import httpx

from tests.api.running import RunningApi


def test_styles_over_http(api: RunningApi, client: httpx.Client) -> None:
    answer = client.put("/api/caption-styles/loud", json={"size": 9, "colour": "#ff0000"})
    assert (answer.status_code, answer.json()["style"]["size"]) == (200, 9)
    names = [style["name"] for style in client.get("/api/caption-styles").json()["items"]]
    assert names == ["plain", "boxed", "karaoke", "loud"]
    assert client.get("/api/options/caption_styles").json()["items"] == names
    assert client.get("/api/options/caption_styles", params={"q": "kara"}).json()["items"] == ["karaoke"]
    assert client.get("/api/caption-styles/loud").json()["own"] is True
    for body in ({"size": 0}, {"sise": 1}, {"colour": "red"}, [], "x"):
        assert client.put("/api/caption-styles/loud", json=body).status_code == 422, body
    refused = client.put("/api/caption-styles/file", json={"font": "/etc/ssl/private/x.ttf"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "path_not_allowed")
    assert client.put("/api/caption-styles/plain", json={}).status_code == 422
    assert client.delete("/api/caption-styles/loud").status_code == 204
    assert client.get("/api/caption-styles/loud").status_code == 404
    assert client.delete("/api/caption-styles/karaoke").status_code == 404
