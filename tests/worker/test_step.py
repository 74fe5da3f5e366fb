"""A step is plain data: it can be compared, printed for a log, and shown whole while searching for a bug."""

from __future__ import annotations

import pytest

from video_queue.domain.states import PhaseState
from video_queue.outputs.intent import Publication, PublishedFile
from video_queue.worker.execution.outcome import PhaseDone, PhaseSkipped, ReviewEntered
from video_queue.worker.publishing import Published
from video_queue.worker.step import PhaseFinished, Step

FILE = PublishedFile(source="/scratch/a.mp4", path="/out/a.mp4", kind="video", bytes=5, sha256="ab")
DONE = PhaseDone(PhaseState.SUCCEEDED, {"file": {"path": "/scratch/a.mp4"}}, {}, seconds=1.5)


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (PhaseFinished("encode", "media", DONE), "phase encode succeeded after 1.50 s"),
        (PhaseSkipped("encode", "media"), "phase encode skipped"),
        (ReviewEntered("gate", {"items": [1, 2], "decisions": []}), "phase gate waits for a decision on 2 item(s)"),
        (Published("encode", Publication(files=[FILE], manifest_path="/out/a.mp4.vq.json")), "published: 1 file(s)"),
    ],
)  # fmt: skip
def test_a_step_can_be_printed(step: Step, text: str) -> None:
    assert str(step) == text
    assert type(step).__name__ in repr(step)


def test_an_output_that_was_there_already_leaves_no_working_file_behind() -> None:
    existing = FILE.model_copy(update={"source": ""})
    published = Published("encode", Publication(files=[existing], manifest_path="", skipped=True))
    assert str(published) == "found already published: 1 file(s)"
    assert published.leftovers == []
