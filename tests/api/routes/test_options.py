"""What forms can offer of ComfyUI's: searched, described, with pictures, and stale while it is away."""

from __future__ import annotations

import httpx

from tests.api.running import RunningApi
from tests.comfy.models import LORAS, make_models, seen_comfy


def test_a_comfyui_that_was_never_seen_offers_nothing(client: httpx.Client) -> None:
    for source in ("loras", "checkpoints", "comfy:KSampler.sampler_name"):
        answer = client.get(f"/api/options/{source}").json()
        assert (answer["items"], answer["stale"]) == ([], True)
        assert "models" not in answer
    assert client.get("/api/options/nothing").status_code == 404


def test_loras_are_searched_and_described(api: RunningApi, client: httpx.Client) -> None:
    seen_comfy(api.home / "cache", make_models(api.home / "models"))
    answer = client.get("/api/options/loras").json()
    assert (answer["items"], answer["stale"]) == (LORAS, True)
    assert [model["value"] for model in answer["models"]] == LORAS
    matches = client.get("/api/options/loras", params={"q": "OIL style"}).json()
    assert matches["items"] == ["styles/oil.safetensors"]
    described = client.get("/api/options/loras", params={"q": "flux SUMI"}).json()
    assert described["items"] == ["ink.safetensors"]
    (oil,) = matches["models"]
    assert (oil["folder"], oil["base_model"], oil["has_preview"]) == ("styles", "sdxl_base_v1-0", True)


def test_a_models_picture_is_shown_small_and_nothing_else_is(api: RunningApi, client: httpx.Client) -> None:
    seen_comfy(api.home / "cache", make_models(api.home / "models"))
    answer = client.get("/api/options/loras/preview", params={"name": "styles/oil.safetensors"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    for name in ("damaged.safetensors", "../up.safetensors", "/etc/passwd", "unlisted.safetensors", ""):
        assert client.get("/api/options/loras/preview", params={"name": name}).status_code == 404
    assert client.get("/api/options/samplers/preview", params={"name": "x"}).status_code == 404
