"""A job that takes another's outputs, and a server that is killed before and after that one ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.crash.invariants import problems_when_done
from tests.crash.server import Server
from tests.media_clips import make_clip
from video_queue.settings import load_settings


def _until(url: str, job: int, condition: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    """The job as REST has it, once the condition holds."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        view: dict[str, object] = httpx.get(f"{url}/api/jobs/{job}").json()
        if condition(view):
            return view
        time.sleep(0.02)
    raise AssertionError(f"job {job} waits: {view}")


def test_a_job_that_waits_for_anothers_outputs_gets_them_across_kills(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "vq.toml").write_text(f"roots = ['{tmp_path}']\nmin_free_gb = 0\n")
    clips = [str(make_clip(tmp_path / f"{name}.mp4", frames=4)) for name in "ab"]
    server = Server(home, tmp_path)
    try:
        server.start()
        first = {"workflow": "transcode", "inputs": clips}
        assert httpx.post(f"{server.url}/api/jobs", json=first).status_code == 201
        follow_up = {"workflow": "transcode", "inputs": ["job:1"]}
        assert httpx.post(f"{server.url}/api/jobs", json=follow_up).status_code == 201
        server.kill()  # while the first one runs: the other has no prompts yet
        server.start()
        _until(server.url, 1, lambda job: job["state"] == "succeeded")
        server.kill()  # while the other is fanned out, or runs
        server.start()
        job = _until(server.url, 2, lambda job: job["state"] in ("succeeded", "failed", "partial"))
        assert (job["state"], job["counts"]["succeeded"]) == ("succeeded", 2)  # type: ignore[index]
    finally:
        server.end()
    assert problems_when_done(load_settings(home, {}, {})) == []
