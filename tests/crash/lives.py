"""Small lives of a home, each lived again after a crash as an artist would: the same submission, the same folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.services.watch.watched import Watched
from tests.worker.conftest import Queue
from video_queue.domain.actions import ActionOptions
from video_queue.wiring import Services

_NO_COMFY = "http://127.0.0.1:9"
COPY = """
inputs: {kind: video}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}"}}
output: {phase: copy, name: "{{ input.stem }}"}
"""
RENDER = """
inputs: {kind: sequence}
phases:
  - name: render
    uses: comfy
    for_each: "{{ input.images }}"
    graph: render.render.api.json
    files: {"1.inputs.image": "{{ item.path }}"}
output: {phase: render, name: "{{ input.stem }}"}
"""
EACH = """
inputs: {kind: image}
parameters:
  mark: {type: int, default: 1, min: 1, max: 9, sweepable: true}
phases:
  - {name: render, uses: comfy, graph: each.render.api.json, files: {"1.inputs.image": "{{ input.path }}"}}
output: {phase: render, name: "{{ input.stem }}_{{ params.mark }}"}
"""
CUT = """
inputs: {kind: video}
phases:
  - {name: cut, uses: media.split, with: {source: "{{ input.path }}", at_frame: 1}}
  - {name: copy, uses: media.convert, for_each: "{{ phases.cut.children }}", with: {source: "{{ item.path }}"}}
  - {name: look, uses: review, with: {items: "{{ phases.copy.file }}"}}
  - {name: join, uses: media.merge, with: {inputs: "{{ phases.look.approved }}"}}
output: {phase: join, name: "{{ input.stem }}"}
"""
GRAPH = """{"1": {"class_type": "LoadImage", "inputs": {"image": ""}},
 "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}"""


def queue_of(base: Path, url: str) -> Queue:
    """The queue in `base`, which holds `clip.mp4`, `long.mp4` and the folder `pictures`."""
    queue = Queue(base / "home", **{"comfy.url": url})
    queue.workflow("copy", COPY)
    queue.workflow("cut", CUT)
    for name, text in (("render", RENDER), ("each", EACH)):
        queue.workflow(name, text)
        (queue.settings.workflows_dir / f"{name}.render.api.json").write_text(GRAPH)
    return queue


def copy(base: Path, _: str) -> None:
    """One clip is converted."""
    queue_of(base, _NO_COMFY).work(_once("copy", str(base / "clip.mp4")))


def chain(base: Path, _: str) -> None:
    """One clip is converted, and what came of it once more."""
    queue_of(base, _NO_COMFY).work(_once("copy", str(base / "clip.mp4")), _once("copy", "job:1"))


def render(base: Path, url: str) -> None:
    """Two pictures are rendered as the items of one prompt."""
    queue_of(base, url).work(_once("render", str(base / "pictures")))


def each(base: Path, url: str) -> None:
    """Two pictures are rendered three times each, as prompts of their own."""
    changes = {"inputs": [], "input_dir": str(base / "pictures"), "reuse": False}
    queue_of(base, url).work(_once("each", "pictures") | changes | {"sweep": {"mark": [1, 2, 3]}})


def edit(base: Path, url: str) -> None:
    """A clip is cut in two, the second part in two once more in the review, and then all is approved."""
    queue = queue_of(base, url)
    queue.work(_once("cut", str(base / "long.mp4")))
    for _ in range(2):
        [prompt] = queue.prompts(1)
        if prompt.state != "review":
            return
        gate = next(phase.result for phase in prompt.phases if phase.state == "review") or {}
        whole = {} if "original" in gate else {"item": 2, "do": "split", "at_frame": 1}
        decisions = [whole] if whole else [{"item": number, "do": "approve"} for number in (1, 2, 3)]
        options = ActionOptions.model_validate({"decisions": decisions})
        queue.ask(partial(_review, options=options))
        queue.work()


def watch(base: Path, _: str) -> None:
    """A file is dropped, taken, and moved away when its job has ended."""
    watched = Watched(base)
    if not watched.ask(lambda services: services.watches.list()).items:
        watched.add(after="move")
        shutil.copy(base / "clip.mp4", watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    for job in watched.jobs():
        watched.end(job.id, "succeeded")
    watched.scan(after=5)
    watched.close()


LIVES: dict[str, Callable[[Path, str], None]] = {
    "copy": copy,
    "chain": chain,
    "render": render,
    "each": each,
    "edit": edit,
    "watch": watch,
}


async def _review(services: Services, options: ActionOptions) -> object:
    return await services.actions.prompt_action(1, "review", options)


def _once(workflow: str, source: str) -> dict[str, object]:
    """A submission that is sent again where nobody knows whether it was accepted."""
    return {"workflow": workflow, "inputs": [source], "idempotency_key": f"{workflow} {source}"}
