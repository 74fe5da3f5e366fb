"""A workflow that came over REST is no way to files that a request may not name."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.api.running import running_api
from tests.media_clips import make_clip
from tests.terminal.processes import VqHere
from tests.worker.conftest import Queue
from video_queue.domain.views import Prompt

TAKE = """
name: take
inputs: {kind: none}
parameters:
  t: {type: text, default: ""}
phases:
  - {name: take, uses: media.convert, with: {source: SOURCE}}
output: {phase: take}
"""
AWAY = """
name: away
inputs: {kind: video}
parameters:
  t: {type: text, default: ""}
phases:
  - {name: away, uses: media.archive, with: {inputs: "{{ input.path }}", folder: "{{ params.t }}"}}
output: {phase: away}
"""
TEXT = "{{ params.t }}"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Two folders with a clip each; requests may name the one."""
    for folder in ("root", "private"):
        (tmp_path / folder).mkdir()
        make_clip(tmp_path / folder / "clip.mp4", frames=2)
    return tmp_path


def bring(client: httpx.Client, text: str) -> httpx.Response:
    name = "away" if "away" in text else "take"
    return client.post(f"/api/workflows/import?save={name}", json={"draft": {"yaml": text}})


def worked(base: Path) -> list[Prompt]:
    """The prompts of the first job, once it has ended."""
    queue = Queue(base / "home", roots=[str(base / "root")])
    queue.work()
    return queue.prompts(1)


def test_a_workflow_that_names_a_file_elsewhere_is_not_stored(base: Path) -> None:
    with running_api(base / "home", roots=[str(base / "root")]) as api, api.client() as client:
        refused = bring(client, TAKE.replace("SOURCE", str(base / "private/clip.mp4")))
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "path_not_allowed")
        assert client.get("/api/workflows/take").status_code == 404
        assert bring(client, TAKE.replace("SOURCE", str(base / "root/clip.mp4"))).status_code == 200


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (TEXT, "private/clip.mp4"),
        (TEXT, "root/../private/clip.mp4"),
        (TEXT, "home/work/../../private/clip.mp4"),  # vq's own folder is no way out either
        (f"{TEXT}/clip.mp4", "private"),
    ],
)
def test_a_text_of_a_request_is_no_way_to_a_file_elsewhere(base: Path, source: str, text: str) -> None:
    with running_api(base / "home", roots=[str(base / "root")]) as api, api.client() as client:
        bring(client, TAKE.replace("SOURCE", json.dumps(source)))
        answer = client.post("/api/jobs", json={"workflow": "take", "params": {"t": str(base / text)}})
        assert answer.status_code == 201, answer.text
    (prompt,) = worked(base)
    assert prompt.error is not None
    assert prompt.error.code == "path_not_allowed"


def test_a_text_of_a_request_is_no_folder_to_write_to(base: Path) -> None:
    with running_api(base / "home", roots=[str(base / "root")]) as api, api.client() as client:
        bring(client, AWAY)
        answer = client.post("/api/jobs", json={
            "workflow": "away", "inputs": [str(base / "root/clip.mp4")], "params": {"t": str(base / "private")}
        })  # fmt: skip
        assert answer.status_code == 201, answer.text
    (prompt,) = worked(base)
    assert prompt.error is not None
    assert (prompt.error.code, len(list((base / "private").iterdir()))) == ("path_not_allowed", 1)


def test_at_the_command_line_and_in_the_artists_own_files_any_path_may_be_named(base: Path) -> None:
    queue = Queue(base / "home", roots=[str(base / "root")])
    queue.workflow("typed", TAKE.replace("name: take", "name: typed", 1).replace("SOURCE", json.dumps(TEXT)))
    own = str(base / "private/clip.mp4")
    queue.workflow("own", TAKE.replace("name: take", "name: own", 1).replace("SOURCE", own))
    assert VqHere(base / "home", base)("submit", "typed", "-p", f"t={own}").code == 0
    with running_api(base / "home", roots=[str(base / "root")]) as api, api.client() as client:
        assert client.post("/api/jobs", json={"workflow": "own"}).status_code == 201
    queue.work()
    assert [queue.job(number).state for number in (1, 2)] == ["succeeded", "succeeded"]
