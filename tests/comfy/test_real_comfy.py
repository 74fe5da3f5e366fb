"""The same through a real ComfyUI: set VQ_TEST_COMFY_URL to one with an empty queue. Collects nothing without.

Core nodes only, so that no model is needed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.media_clips import codes_of, make_clip, make_pictures, sound_of
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import until
from tests.worker.rendering.workflows import INVERT, PER_FRAME, inverted
from video_queue.domain.events import Event
from video_queue.domain.states import JobState, PromptState
from video_queue.domain.views import Job
from video_queue.wiring import Services

URLS = [url for url in [os.environ.get("VQ_TEST_COMFY_URL")] if url]
BLUR = {"blur_radius": 15, "sigma": 2.0}
LARGE = {"upscale_method": "lanczos", "width": 512, "height": 512, "crop": "disabled"}
SLOW = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "x.png"}},
    "2": {"class_type": "ImageScale", "inputs": {"image": ["1", 0], **LARGE}},
    **{
        str(n): {"class_type": "ImageBlur", "inputs": {"image": [str(n - 1), 0], **BLUR}} for n in range(3, 9)
    },
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "x"}},
}
SINGLE = """
inputs: {kind: image}
phases:
  - {name: render, uses: comfy, graph: NAME.render.api.json, files: {"1.inputs.image": "{{ input.path }}"}}
output: {phase: render}
"""


class RealComfy:
    """Tests of one real ComfyUI at `url`."""

    url = ""

    def queue(self, tmp_path: Path, **settings: object) -> Queue:
        return Queue(tmp_path / "home", **{"comfy.url": self.url, **settings})

    def graph(self, queue: Queue, name: str, text: str, graph: dict[str, object]) -> None:
        queue.workflow(name, text.replace("NAME", name))
        (queue.settings.workflows_dir / f"{name}.render.api.json").write_text(json.dumps(graph))

    @pytest.mark.parametrize("away", [False, True])
    def test_pictures(self, tmp_path: Path, away: bool) -> None:
        """Through folders on this machine, and over HTTP."""
        nowhere = {"comfy.input_dir": str(tmp_path / "no"), "comfy.output_dir": str(tmp_path / "no")}
        queue = self.queue(tmp_path, **(nowhere if away else {}))
        pictures = make_pictures(tmp_path / "pictures", 4)
        [job] = queue.work({"workflow": "invert-image", "inputs": [str(path) for path in pictures]})
        for prompt, source in zip(queue.prompts(job.id), pictures, strict=True):
            pixels = np.asarray(Image.open(prompt.artifacts[0].path)).astype(int)
            assert abs(pixels - inverted(source)).max() <= 1  # ComfyUI counts in floats

    def test_clip_and_enlarged_picture(self, tmp_path: Path) -> None:
        queue = self.queue(tmp_path)
        clip = make_clip(tmp_path / "clip.mp4", 12)
        [picture] = make_pictures(tmp_path / "pictures", 1)
        jobs = queue.work(
            {"workflow": "invert-video", "inputs": [str(clip)]},
            {"workflow": "upscale-image", "inputs": [str(picture)]},
        )
        video, image = (queue.prompts(job.id)[0].artifacts[0] for job in jobs)
        assert codes_of(Path(video.path)) == [0xFFFF ^ number for number in range(12)]
        assert sound_of(Path(video.path)).size
        assert (image.width, image.height) == (640, 384)

    def test_for_each(self, tmp_path: Path) -> None:
        queue = self.queue(tmp_path)
        self.graph(queue, "per-frame", PER_FRAME, INVERT)
        clip = make_clip(tmp_path / "clip.mp4", 8)
        [job] = queue.work({"workflow": "per-frame", "inputs": [str(clip)]})
        [prompt] = queue.prompts(job.id)
        assert codes_of(Path(prompt.artifacts[0].path)) == [0xFFFF ^ number for number in range(8)]

    def test_refusal_and_failure(self, tmp_path: Path) -> None:
        queue = self.queue(tmp_path)
        unknown = {**INVERT, "2": {"class_type": "NoSuchNode", "inputs": {"image": ["1", 0]}}}
        self.graph(queue, "unknown", SINGLE, unknown)
        crop = {"image": ["1", 0], "width": 9, "height": 9, "x": -1, "y": 0}
        escaping = {**INVERT, "2": {"class_type": "ImageCrop", "inputs": crop}}
        self.graph(queue, "escaping", SINGLE, escaping)
        [picture] = make_pictures(tmp_path / "pictures", 1)
        jobs = queue.work(
            *(
                {"workflow": name, "inputs": [str(picture)]}
                for name in ("unknown", "escaping", "invert-image")
            )
        )
        codes = [error.code if (error := queue.prompts(job.id)[0].error) else None for job in jobs]
        assert codes == ["comfy_rejected", "comfy_rejected", None]

    def test_cancel(self, tmp_path: Path) -> None:
        queue = self.queue(tmp_path)
        self.graph(queue, "slow", SINGLE, SLOW)
        pictures = make_pictures(tmp_path / "pictures", 2)

        async def cancel(services: Services, jobs: list[Job]) -> None:
            events = services.feed.subscribe()
            while True:
                event = await events.get()
                if (
                    isinstance(event, Event)
                    and event.type == "prompt.progress"
                    and event.data["progress"] > 0
                ):
                    break
            [first, _] = (await services.lookup.prompts(jobs[0].id)).items
            await services.actions.prompt_action(first.id, "cancel")

        submission = {"workflow": "slow", "inputs": [str(path) for path in pictures]}
        [job] = queue.work(submission, during=cancel)
        first, second = queue.prompts(job.id)
        assert (first.state, second.state) == (PromptState.CANCELLED, PromptState.SUCCEEDED)

    def test_a_worker_that_ends_and_goes_on(self, tmp_path: Path) -> None:
        queue = self.queue(tmp_path)
        self.graph(queue, "slow", SINGLE, SLOW)
        [picture] = make_pictures(tmp_path / "pictures", 1)

        class EndedError(Exception):
            pass

        async def end(services: Services, jobs: list[Job]) -> None:
            async def runs() -> bool:
                return (await services.lookup.prompts(jobs[0].id)).items[0].progress > 0

            await until(runs)
            raise EndedError

        with pytest.raises(EndedError):
            queue.work({"workflow": "slow", "inputs": [str(picture)]}, during=end)
        queue.work()
        assert queue.ask(_first_state) is JobState.SUCCEEDED


async def _first_state(services: Services) -> JobState:
    return (await services.lookup.job(1)).state


# A class is collected by its name: one for each address, and so none without.
for _url in URLS:
    globals()["TestRealComfy"] = type("TestRealComfy", (RealComfy,), {"url": _url})
