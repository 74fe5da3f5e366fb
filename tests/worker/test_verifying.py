"""Verifying what a queue published: by job, by prompt and by folder."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.errors import VqError
from video_queue.domain.verification import Verification
from video_queue.outputs.manifest import manifest_path
from video_queue.services.asker import Asker
from video_queue.services.roots import Roots
from video_queue.wiring import Services

COPIES = """
inputs: {kind: video}
parameters:
  quality: {type: int, default: 20}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}", crf: "{{ params.quality }}"}}
output: {phase: copy, name: "{{ params.quality }}"}
"""
OUTSIDE = Asker("api")


@pytest.fixture
def outputs(queue: Queue, tmp_path: Path) -> list[Path]:
    """Five outputs of job 1, by quality."""
    queue.workflow("copies", COPIES)
    clip = make_clip(tmp_path / "clip.mp4", frames=3)
    (job,) = queue.work(
        {"workflow": "copies", "inputs": [str(clip)], "sweep": {"quality": [20, 21, 22, 23, 24]}}
    )
    return [Path(prompt.artifacts[0].path) for prompt in queue.prompts(job.id)]


def verified(queue: Queue, target: str | Path, **options: Any) -> Verification:
    """A job, prompt or path verified."""

    def ask(services: Services) -> Awaitable[Verification]:
        if isinstance(target, Path):
            return services.verifier.verify_path(str(target), OUTSIDE, **options)
        return services.verifier.verify_id(target, **options)

    answer: Verification = queue.ask(ask)
    return answer


def test_damaged_missing_and_unreadable_files_are_named(queue: Queue, outputs: list[Path]) -> None:
    folder = outputs[0].parent
    assert verified(queue, "1") == Verification(total=5, manifests=5, files=5, intact=5, problems=[])
    assert verified(queue, folder).intact == 5
    same_size = bytearray(outputs[0].read_bytes())
    same_size[-1] ^= 1
    outputs[0].write_bytes(same_size)
    outputs[1].write_bytes(b"short")
    outputs[2].unlink()
    manifest_path(outputs[3]).write_text("{")
    for target in ("1", folder):
        answer = verified(queue, target)
        kinds = {Path(item.path).name: item.kind for item in answer.problems}
        assert kinds == {
            "20.mp4": "damaged",
            "21.mp4": "damaged",
            "22.mp4": "missing",
            "23.mp4.vq.json": "unreadable",
        }
        assert answer.intact == (2 if target == "1" else 1)
    assert verified(queue, "1.5").intact == 1
    assert verified(queue, outputs[4]).files == 1
    with pytest.raises(VqError, match="no manifest"):
        verified(queue, queue.settings.workflows_dir)

    # Page by page it is the same.
    files, cursor = 0, None
    while (page := verified(queue, folder, cursor=cursor, seconds=1e-9)).cursor:
        files, cursor = files + page.files, page.cursor
    assert (files + page.files, page.total) == (4, 5)


def test_a_request_verifies_only_what_it_may_name(queue: Queue, outputs: list[Path], tmp_path: Path) -> None:
    (hidden := tmp_path / ".hidden").mkdir()
    asker = Asker("api", Roots(queue.settings).guard)
    with pytest.raises(VqError, match="hidden"):
        queue.ask(lambda services: services.verifier.verify_path(str(hidden), asker))
