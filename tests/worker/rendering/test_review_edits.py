"""A review of rendered pictures in which the clip that one is of is split: only the new parts are rendered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.media_clips import codes_of, make_clip
from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.workflows import write_graph
from video_queue.domain.actions import ActionOptions
from video_queue.domain.views import Prompt

_SHOTS = """
inputs: {kind: video}
phases:
  - {name: cut, uses: media.split, with: {source: "{{ input.path }}", at_frame: 2}}
  - name: still
    uses: media.keyframes
    for_each: "{{ phases.cut.children }}"
    with: {source: "{{ item.path }}", strategy: uniform, count: 1}
  - name: render
    uses: comfy
    for_each: "{{ phases.still.images }}"
    graph: shots.render.api.json
    files: {"1.inputs.image": "{{ item.path }}"}
  - {name: sheet, uses: media.sprite_sheet, with: {inputs: "{{ phases.render.images }}", columns: 4, tile_width: 16}}
  - name: poster
    uses: comfy
    graph: shots.render.api.json
    files: {"1.inputs.image": "{{ phases.sheet.file }}"}
  - {name: look, uses: review, with: {items: "{{ phases.render.images }}"}}
  - {name: film, uses: media.encode, with: {frames: "{{ phases.look.approved }}", fps: 10}}
output: {phase: film}
"""


def test_only_the_new_parts_are_rendered_and_the_others_keep_their_pictures(
    new_comfy: Comfy, tmp_path: Path
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    queue.workflow("shots", _SHOTS)
    write_graph(queue, "shots.render")

    def review(*decisions: dict[str, Any]) -> Prompt:
        options = ActionOptions.model_validate({"decisions": decisions})
        queue.ask(lambda services: services.actions.prompt_action(1, "review", options))
        queue.work()
        return queue.prompts(1)[0]

    queue.work({"workflow": "shots", "inputs": [str(make_clip(tmp_path / "clip.mp4", frames=6))]})
    assert _pictures(queue.prompts(1)[0]).keys() == {1, 2}
    before = _pictures(queue.prompts(1)[0])
    prompt = review({"item": 1, "do": "split", "at_frame": 1})
    after = _pictures(prompt)
    assert (prompt.state, len(after), after[3]) == ("review", 3, before[2])
    # Two pictures and their poster, then two of the new parts and another poster.
    assert sum(new_comfy.executed().values()) == 3 + 3
    poster = next(phase.result for phase in prompt.phases if phase.name == "poster") or {}
    assert poster["images"][0]["width"] == 3 * 16
    prompt = review(*({"item": number, "do": "approve"} for number in (1, 2, 3)))
    assert prompt.state == "succeeded"
    assert codes_of(Path(prompt.artifacts[0].path)) == [0xFFFF ^ number for number in (0, 1, 4)]


def _pictures(prompt: Prompt) -> dict[int, tuple[str, int]]:
    gate = next(phase.result for phase in prompt.phases if phase.name == "look") or {}
    paths = [Path(item["path"]) for item in gate["items"]]
    return {number: (str(path), path.stat().st_mtime_ns) for number, path in enumerate(paths, start=1)}
