"""A submission that this ComfyUI would refuse is refused at once; with ComfyUI away it is only warned about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media_clips import make_pictures
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy
from video_queue.domain.errors import ProblemsError
from video_queue.domain.submission import Submission
from video_queue.domain.views import Job, SubmittedJob
from video_queue.wiring import Services


def test_refused_while_connected_and_warned_while_away(tmp_path: Path, new_comfy: Comfy) -> None:
    queue = Queue(tmp_path / "home", **{"comfy.url": new_comfy.url})
    (picture,) = make_pictures(tmp_path / "pictures", 1)
    submission = {
        "workflow": "image-to-video",
        "inputs": [str(picture)],
        "params": {"lora": "missing.safetensors"},
    }
    quick = {"workflow": "invert-image", "inputs": [str(picture)]}

    async def refused(services: Services, jobs: list[Job]) -> None:
        events = services.feed.subscribe()
        while (await services.lookup.job(jobs[0].id)).state not in ("running", "succeeded"):
            await events.get()
        events.close()
        with pytest.raises(ProblemsError, match=r"missing\.safetensors"):
            await services.jobs.prepare_job(Submission.model_validate(submission))

    (job,) = queue.work(quick, during=refused)
    assert job.state == "succeeded"
    preview = queue.ask(lambda services: services.jobs.preview(Submission.model_validate(submission)))
    assert preview.problems == []
    assert ["missing.safetensors" in warning.message for warning in preview.warnings] == [True]


def test_reading_again_what_comfyui_has_tells_what_waits(tmp_path: Path, new_comfy: Comfy) -> None:
    queue = Queue(tmp_path / "home", **{"comfy.url": new_comfy.url})
    (picture,) = make_pictures(tmp_path / "pictures", 1)
    job = queue.submit(
        workflow="image-to-video", inputs=[str(picture)], params={"lora": "oil-pain.safetensors"}
    )
    assert isinstance(job, SubmittedJob)
    assert ["could not be checked" in warning.message for warning in job.warnings] == [True]
    queue.ask(lambda services: services.comfyui.act("refresh"))
    (prompt,) = queue.prompts(job.id)
    assert prompt.state == "queued"
    assert prompt.message is not None
    assert "no model lora_name='oil-pain.safetensors'" in prompt.message
    assert "oil-paint.safetensors" in prompt.message
