"""What an artist notes goes into the manifests: when a prompt is published, and when it is changed later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.workflows import ROUND_TRIP
from video_queue.wiring import Services

SPLIT = """
inputs: {kind: video}
phases:
  - {name: parts, uses: media.split, with: {source: "{{ input.path }}", at_frame: 4}}
output: {phase: parts}
"""


def noted(manifest: Path) -> tuple[list[str], str, int | None]:
    body: dict[str, Any] = json.loads(manifest.read_text())
    return body["tags"], body["note"], body["rating"]


def test_notes_go_into_the_manifests(queue: Queue, tmp_path: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    queue.workflow("split", SPLIT)
    clip = str(make_clip(tmp_path / "clip.mp4", frames=8))
    common = {"inputs": [clip], "tags": ["night"], "note": "first"}
    jobs = queue.work({"workflow": "round-trip", **common}, {"workflow": "split", **common})
    whole, parts = (Path(queue.prompts(job.id)[0].artifacts[0].path) for job in jobs)
    manifests = [Path(f"{whole}.vq.json"), Path(f"{parts.parent}.vq.json")]
    assert [noted(path) for path in manifests] == [(["night"], "first", None)] * 2

    async def edit(services: Services) -> None:
        for job in jobs:
            await services.edits.edit_job(job.id, {"rating": 3, "tags": ["day"]})
        (prompt,) = (await services.lookup.prompts(jobs[0].id)).items
        await services.edits.edit_prompt(prompt.id, {"rating": 5, "tags": ["best"], "note": "mine"})

    queue.ask(edit)
    assert [noted(path) for path in manifests] == [(["day", "best"], "mine", 5), (["day"], "first", 3)]
    # A manifest that is gone, or a folder that is away, is no reason to refuse.
    manifests[0].unlink()
    queue.ask(edit)
    assert not manifests[0].exists()
