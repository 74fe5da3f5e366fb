"""What a rendered prompt reads of its input: once, for its phases, its graphs and its manifest together."""

from __future__ import annotations

import json
from pathlib import Path

from tests.media_clips import make_clip
from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.workflows import write_per_frame
from video_queue.domain.states import JobState


def test_the_manifest_of_a_rendered_clip_reads_no_input_again(new_comfy: Comfy, tmp_path: Path) -> None:
    queue = queue_for(new_comfy, tmp_path)
    write_per_frame(queue)
    (job,) = queue.work(
        {"workflow": "per-frame", "inputs": [str(make_clip(tmp_path / "clip.mp4", frames=3))]}
    )
    assert job.state is JobState.SUCCEEDED
    (output,) = queue.prompts(job.id)[0].artifacts
    phases = json.loads(Path(f"{output.path}.vq.json").read_text())["phases"]
    assert [phase["name"] for phase in phases if phase["graph"]] == ["render"]
    assert queue.worker is not None
    assert queue.worker.facts.probes == 1
