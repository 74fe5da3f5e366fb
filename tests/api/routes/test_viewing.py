"""What the viewer asks for: outputs with their neighbours, frames, the input before, and a job as a grid."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.api.running import RunningApi, running_api
from tests.media_clips import make_clip, make_pictures, make_sound, read_code
from video_queue.db.artifacts import NewArtifact, insert_artifacts

_COPY = """
name: copy
title: Copy
inputs: {kind: video}
parameters: {crf: {type: int, default: 20}, seed: {type: seed, default: 7}}
phases: [{name: render, uses: comfy, graph: draw.render.api.json, set: {"1.inputs.seed": "{{ params.seed }}"}}]
output: {phase: render, name: "{{ input.stem }}"}
"""


class Job:
    """A job over a clip, whose prompts get outputs."""

    def __init__(self, api: RunningApi, clip: Path, **more: Any) -> None:
        (api.home / "workflows" / "copy.yaml").write_text(_COPY, "utf-8")
        self.api = api
        with api.trusted() as client:
            body = {"workflow": "copy", "inputs": [str(clip)], "dedupe": False, "held": True, **more}
            answer = client.post("/api/jobs", json=body)
            assert answer.is_success, answer.text
            self.id = answer.json()["id"]
            self.prompts = [item["id"] for item in client.get(f"/api/jobs/{self.id}/prompts").json()["items"]]

    def publish(self, prompt: int, *files: Path, kind: str, **facts: Any) -> list[int]:
        """The artifacts' numbers."""
        new = [
            NewArtifact(
                phase="render", kind=kind, role="output", name=path.name, path=str(path),
                bytes=path.stat().st_size, **facts,
            )
            for path in files
        ]  # fmt: skip

        def write(conn: Any) -> list[int]:
            insert_artifacts(conn, self.id, self.prompts[prompt], new)
            rows = conn.execute("SELECT id FROM artifact ORDER BY id DESC LIMIT ?", (len(new),))
            return [row["id"] for row in rows][::-1]

        return self.api.transact(write)


def code(answer: httpx.Response) -> int:
    """The number that a picture carries."""
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as picture:
        return read_code(np.asarray(picture.convert("RGB")))


def test_frames_of_an_output_and_of_its_input_before(
    api: RunningApi, client: httpx.Client, tmp_path: Path
) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    clip = make_clip(folder / "in.mp4", 40, sound=None)
    job = Job(api, clip)
    same = make_clip(folder / "out.mp4", 40, sound=None, first=500)
    doubled = make_clip(folder / "smooth.mp4", 80, fps=60, sound=None, first=700)
    digest = hashlib.sha256(same.read_bytes()).hexdigest()
    (first,) = job.publish(0, same, kind="video", frames=40, fps=30.0, sha256=digest)
    (second,) = job.publish(0, doubled, kind="video", frames=80, fps=60.0)
    assert code(client.get(f"/api/artifacts/{first}/picture?frame=11")) == 511
    assert code(client.get(f"/api/artifacts/{first}/before?frame=11")) == 11
    assert code(client.get(f"/api/artifacts/{second}/before?frame=22")) == 11
    view = client.get(f"/api/artifacts/{second}/view").json()
    assert (view["render"], view["playable"], view["before"]) == (f"{job.id}.1", True, True)
    assert (view["previous"], view["next"], view["run"]) == (first, None, None)
    sheet = client.get(f"/api/artifacts/{first}/scrub").json()
    assert (sheet["count"], sheet["frames"]) == (40, list(range(40)))
    same.unlink()  # what was seen once is still seen
    assert client.get(sheet["url"]).headers["content-type"] == "image/webp"


def test_numbered_pictures_of_a_render_are_one_clip(
    api: RunningApi, client: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "clips").mkdir()
    job = Job(api, make_clip(tmp_path / "clips" / "in.mp4", 40, sound=None))
    pictures = make_pictures(tmp_path / "clips" / "frames", 12)
    numbers = job.publish(0, *pictures, kind="image", width=320, height=192)
    (sound,) = job.publish(0, make_sound(tmp_path / "clips" / "a.flac", 0.2), kind="audio")
    view = client.get(f"/api/artifacts/{numbers[5]}/view").json()
    assert view["run"] == {"first": numbers[0], "frames": 12}
    assert (view["artifact"]["id"], view["previous"], view["next"]) == (numbers[0], None, sound)
    assert code(client.get(f"/api/artifacts/{numbers[5]}/picture?frame=9")) == 9
    assert client.get(f"/api/artifacts/{numbers[5]}/scrub").json()["count"] == 12
    for tail in ("scrub", "picture"):
        assert client.get(f"/api/artifacts/{sound}/{tail}").status_code == 404


def test_an_input_that_requests_may_not_name_is_not_shown(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = make_clip(tmp_path_factory.mktemp("outside") / "secret.mp4", 4, sound=None)
    with running_api(tmp_path / "home") as api, api.client() as client, api.trusted() as trusted:
        job = Job(api, outside)
        (number,) = job.publish(0, make_clip(tmp_path / "out.mp4", 4, sound=None), kind="video", frames=4)
        assert client.get(f"/api/artifacts/{number}/view").json()["before"] is False
        assert client.get(f"/api/jobs/{job.id}/matrix").json()["inputs"] == [None]
        answer = client.get(f"/api/artifacts/{number}/before")
        assert answer.json()["error"]["code"] == "path_not_allowed"
        assert code(trusted.get(f"/api/artifacts/{number}/before?frame=2")) == 2


def test_a_sweep_is_a_grid_of_values_and_seeds(api: RunningApi, client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    clips = [make_clip(tmp_path / "clips" / f"{name}.mp4", 4, sound=None) for name in "ab"]
    job = Job(api, clips[0], inputs=[str(clip) for clip in clips], sweep={"crf": [18, 30]}, seeds=3)
    (number,) = job.publish(4, clips[0], kind="video")
    with api.client() as changing:
        changing.patch(f"/api/prompts/{job.id}.5", json={"rating": 4, "tags": ["rejected"]})
    grid = client.get(f"/api/jobs/{job.id}/matrix").json()
    assert (grid["varied"], grid["blocks"], grid["columns"]) == (["crf"], ["a.mp4", "b.mp4"], [7, 8, 9])
    assert grid["inputs"] == [str(clip) for clip in clips]
    assert grid["rows"] == [{"crf": 18}, {"crf": 30}]
    assert len(grid["cells"]) == 12
    assert grid["cells"][4] == [5, 0, 1, 1, "queued", number, 4, True]
    assert grid["cells"][11][:4] == [12, 1, 1, 2]
    assert client.get("/api/jobs/999/matrix").status_code == 404
