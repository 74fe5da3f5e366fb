"""Reading changes nothing: every GET, with a job, a file, a watch and a preset behind it."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import httpx

from tests.api.every_route import filled, routes
from tests.api.running import RunningApi
from tests.media_clips import make_clip
from video_queue.db.artifacts import NewArtifact, insert_artifacts

# What may be there afterwards: thumbnails, and a log.
_KEPT_ASIDE = ("cache/", "logs/")
_QUERIES = {
    "/api/files": "?path={home}/outputs",
    "/api/report": "?since=2026-01-01",
    "/api/report.html": "?since=2026-01-01",
    "/api/diff": "?a=1&b=1",
    "/api/watches/why": "?path={home}/../drop/clip.mp4",
    "/api/jobs/{id}/events": "?follow=false",
}
_ENDLESS = frozenset({"/api/events"})
TINY = """
inputs: {kind: video}
phases:
  - {name: convert, uses: media.convert, with: {source: "{{ input.path }}"}}
"""


def test_no_get_changes_anything(api: RunningApi) -> None:
    fill(api)
    before = everything(api.home)
    answered = set[str]()
    with api.trusted() as command_line, api.client() as anybody:
        for client in (command_line, anybody):
            for method, path in routes():
                if method in ("GET", "HEAD") and path not in _ENDLESS:
                    query = _QUERIES.get(path, "").format(home=api.home)
                    answer = client.request(method, filled(path) + query)
                    assert answer.status_code < 500 or answer.json()["error"]["code"] != "internal", path
                    answered |= {path} if answer.status_code == 200 else set()
                    assert everything(api.home) == before, path
        read_events(anybody)
    assert everything(api.home) == before
    assert len(answered) > 30, "most routes had something to read"


def fill(api: RunningApi) -> None:
    """A job with a file, a watch, a preset."""
    (api.home / "workflows" / "tiny.yaml").write_text(TINY)
    (api.home.parent / "drop").mkdir()
    make_clip(api.home.parent / "drop" / "clip.mp4", 8)
    clip = make_clip(api.home / "outputs" / "clip.mp4", 8)
    with api.trusted() as client:
        batch = {"submissions": [{"workflow": "draw", "held": True}]}
        assert client.post("/api/batches", json=batch).status_code == 201
        watch = {
            "path": str(api.home.parent / "drop"),
            "submission": {"workflow": "tiny"},
            "existing": "skip",
        }
        answer = client.post("/api/watches", json=watch)
        assert answer.status_code == 201, answer.text
        for path in ("/api/workflows/draw/presets/soft", "/api/presets/draw"):
            answer = client.put(path, json={"params": {"steps": 9}})
            assert answer.status_code == 200, answer.text
        prompt = client.get("/api/jobs/1/prompts").json()["items"][0]["id"]
    artifact = NewArtifact(
        phase="render", kind="video", role="output", name=clip.name, path=str(clip), bytes=clip.stat().st_size
    )
    api.transact(insert_artifacts, 1, prompt, [artifact])


def read_events(client: httpx.Client) -> None:
    """The beginning of a stream that does not end by itself."""
    with client.stream("GET", "/api/events?after=0") as stream:
        next(stream.iter_lines())


def everything(home: Path) -> dict[str, str]:
    """Every row of the database, and every file of the home."""
    database = sqlite3.connect(f"file:{home / 'vq.db'}?mode=ro", uri=True)
    rows = "\n".join(database.iterdump())
    database.close()
    files = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file()
        and not (name := path.relative_to(home).as_posix()).startswith((*_KEPT_ASIDE, "vq.db"))
    }
    return {**files, "rows": rows}
