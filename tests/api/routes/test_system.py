"""The server about itself, its settings, workflows, options, queue and page."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
import zipfile
from pathlib import Path

import httpx
import pytest

import video_queue
from tests.api.running import RunningApi, running_api
from video_queue.api.page import content_policy


def test_system(api: RunningApi, client: httpx.Client) -> None:
    shown = client.get("/api/system").json()
    assert shown["version"] == video_queue.__version__
    assert shown["home"] == str(api.home)
    assert set(shown["versions"]) == {"video_queue", "python", "sqlite", "ffmpeg"}
    assert all(disk["free"] > 0 for disk in shown["disks"])


def test_health(api: RunningApi, client: httpx.Client) -> None:
    assert client.get("/api/system/health").json() == {"status": "ok"}
    api.call(api.services.db.close())
    answer = client.get("/api/system/health")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "internal")


def test_stats(client: httpx.Client) -> None:
    client.post("/api/jobs", json={"workflow": "draw", "seeds": 3})
    stats = client.get("/api/stats").json()
    assert stats["prompts"]["queued"] == 3
    assert (stats["throughput"], stats["phases"], stats["failures"]) == ([], [], [])


def test_doctor(api: RunningApi, client: httpx.Client) -> None:
    (api.home / "workflows" / "broken.yaml").write_text("name: [")
    checks = {check["name"]: check for check in client.get("/api/doctor").json()["items"]}
    assert checks["python"]["state"] == checks["ffmpeg"]["state"] == checks["outputs"]["state"] == "ok"
    assert checks["workflows"]["state"] == "warn"
    assert "broken.yaml" in checks["workflows"]["message"]
    assert all(check["fix"] for check in checks.values() if check["state"] != "ok")
    assert any(word in checks["outputs"]["message"] for word in ("link", "rename", "reserve"))


def test_a_bundle_for_a_bug_report_holds_no_texts_of_jobs(api: RunningApi, client: httpx.Client) -> None:
    client.post("/api/jobs", json={"workflow": "draw", "name": "Secret film", "seeds": 2})
    answer = client.get("/api/doctor/bundle")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert json.loads(archive.read("counts.json"))["prompts"]["queued"] == 2
    assert not any(b"Secret film" in archive.read(name) for name in archive.namelist())


def test_comfy_actions_while_it_is_away(client: httpx.Client) -> None:
    answer = client.post("/api/comfy/actions", json={"action": "free"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "comfy_unreachable")
    assert client.post("/api/comfy/actions", json={"action": "x"}).status_code == 422


@pytest.mark.parametrize("action", ["start", "stop", "restart"])
def test_without_a_command_comfyui_cannot_be_started_or_stopped(client: httpx.Client, action: str) -> None:
    answer = client.post("/api/comfy/actions", json={"action": action})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "invalid_state")
    assert "comfy.command is not set" in answer.json()["error"]["message"]
    info = client.get("/api/comfy").json()
    assert info["process"] is None
    assert [entry["name"] for entry in info["actions"]] == ["free", "restart", "start", "stop", "refresh"]


def test_settings_are_shown_with_their_origin(api: RunningApi, client: httpx.Client) -> None:
    items = {entry["key"]: entry for entry in client.get("/api/settings").json()["items"]}
    assert items["media_jobs"]["origin"] == "default"
    roots = items["roots"]
    assert (roots["value"], roots["origin"], roots["guarded"]) == ([str(api.home.parent)], "flag", True)


def test_settings_can_be_changed(api: RunningApi, client: httpx.Client) -> None:
    answer = client.patch("/api/settings", json={"min_free_gb": 5.5, "retry.max_attempts": 7})
    assert (answer.status_code, answer.json()["restart_needed"]) == (200, True)
    items = {entry["key"]: entry for entry in answer.json()["items"]}
    free = items["min_free_gb"]
    assert (free["value"], free["default"], free["origin"]) == (5.5, 2.0, "file")
    assert "min_free_gb = 5.5" in (api.home / "vq.toml").read_text()
    client.patch("/api/settings", json={"min_free_gb": None})
    assert "min_free_gb" not in (api.home / "vq.toml").read_text()


def test_wrong_settings_are_refused_and_nothing_is_written(api: RunningApi, client: httpx.Client) -> None:
    for changes in (
        {"media_jobs": 3, "min_free_gb": "much"},
        {"nope": 1},
        {"media_jobs": -1},
        {"comfy.url": "ftp://x"},
    ):
        answer = client.patch("/api/settings", json=changes)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation")
    assert not (api.home / "vq.toml").exists()


@pytest.mark.parametrize(
    "key",
    [
        "roots",
        "ffmpeg",
        "work_root",
        "comfy.command",
        "notify.command",
        "when_done_command",
        "server.token",
        "server.allowed_hosts",
    ],
)
def test_what_opens_doors_is_changed_by_the_cli_only(api: RunningApi, client: httpx.Client, key: str) -> None:
    answer = client.patch("/api/settings", json={key: ["/"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert not (api.home / "vq.toml").exists()


def test_new_roots_count_at_once(api: RunningApi, client: httpx.Client) -> None:
    folder = api.home.parent.parent / "new root"
    folder.mkdir()
    assert client.get("/api/files", params={"path": str(folder)}).status_code == 403
    with api.trusted() as cli:
        answer = cli.patch("/api/settings", json={"roots": [str(folder)]})
    assert answer.json()["restart_needed"] is False
    assert client.get("/api/files", params={"path": str(folder)}).status_code == 200


def test_workflows(api: RunningApi, client: httpx.Client) -> None:
    (api.home / "workflows" / "broken.yaml").write_text("name: broken\nphases: 3\n")
    listed = {entry["name"]: entry for entry in client.get("/api/workflows").json()["items"]}
    assert listed["draw"]["problems"] == []
    assert listed["broken"]["problems"][0]["code"] == "validation"
    assert listed["transcode"]["shipped"] is True
    definition = client.get("/api/workflows/draw").json()
    assert definition["parameters"]["steps"]["max"] == 50
    assert definition["phases"][0]["graph"] == "draw.render.api.json"
    assert "with" in definition["phases"][0]
    schema = client.get("/api/workflows/draw/schema").json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["steps"]["x-ui"]["widget"] == "slider"
    assert client.get("/api/workflows/broken").json()["problems"]
    assert client.get("/api/workflows/broken/schema").status_code == 422
    for tail in ("", "/schema"):
        answer = client.get(f"/api/workflows/nope{tail}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_workflow")


def test_options(client: httpx.Client) -> None:
    feed = client.get("/api/options").json()
    assert "draw" in feed["workflows"]
    assert "libx264" in feed["encoders"]
    assert feed["lanes"] == ["gpu", "media"]
    assert "cancel" in feed["actions"]["job"]
    assert client.get("/api/options/encoders", params={"q": "X264"}).json()["items"] == ["libx264"]
    for source in ("loras", "checkpoints", "comfy:KSampler.sampler_name"):
        assert client.get(f"/api/options/{source}").json() == {
            "items": [],
            "next_cursor": None,
            "stale": True,
        }
    for source in ("nope", "comfy:x", "comfy:.y"):
        answer = client.get(f"/api/options/{source}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_queue(client: httpx.Client) -> None:
    view = client.get("/api/queue").json()
    assert set(view) == {
        "state", "reason", "until", "lanes", "counts", "running", "eta_seconds", "eta_range", "model_loads_saved",
        "schedule", "countdown",
    }  # fmt: skip
    until = "2040-05-06T07:08:09+02:00"
    paused = client.post("/api/queue/actions", json={"action": "pause", "mode": "now", "until": until}).json()
    assert (paused["state"], paused["reason"]) == ("paused", "schedule")
    assert paused["until"].startswith("2040-05-06T05:08:09")
    assert client.post("/api/queue/actions", json={"action": "resume"}).json()["state"] == "running"
    assert client.post("/api/queue/actions", json={"action": "stop"}).status_code == 422


def test_page(client: httpx.Client) -> None:
    answer = client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-cache"
    again = client.get("/", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/nope.js").status_code == 404
    assert client.get("/../app.py").status_code == 404
    assert client.get("/%2e%2e/app.py").status_code == 404


def test_the_policy_lets_inline_scripts_in_by_hash(tmp_path: Path) -> None:
    script = '{"imports": {"preact": "./vendor/preact.js"}}'
    index = tmp_path / "index.html"
    index.write_text(
        f'<script type="importmap">{script}</script><script type="module" src="app.js"></script>'
    )
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in content_policy(index)
    assert content_policy(tmp_path / "none.html").count("sha256") == 0


def test_the_worker_lives_and_ends_with_the_server(tmp_path: Path) -> None:
    def workers() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "vq-worker"]

    with running_api(tmp_path / "home", work=True) as api, api.client() as client:
        assert client.get("/api/system/health").status_code == 200
        assert workers() == ["vq-worker"]
    assert workers() == []
