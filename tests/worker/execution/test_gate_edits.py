"""A review that splits and joins clips: they are made, and the prompt waits again with the new ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.actions import ActionOptions
from video_queue.domain.views import Prompt

_CUTTING_ROOM = """
inputs: {kind: video}
phases:
  - {name: cut, uses: media.split, with: {source: "{{ input.path }}", at_frame: 4}}
  - {name: look, uses: review, with: {items: "{{ phases.cut.children }}"}}
  - {name: done, uses: media.convert, for_each: "{{ phases.look.approved }}", with: {source: "{{ item.path }}"}}
output: {phase: done}
"""


def _review(queue: Queue, *decisions: dict[str, Any]) -> Prompt:
    options = ActionOptions.model_validate({"decisions": decisions})
    queue.ask(lambda services: services.actions.prompt_action(1, "review", options))
    queue.work()
    return queue.prompts(1)[0]


def _frames(prompt: Prompt) -> list[int]:
    return [item["frames"] for item in (prompt.phases[1].result or {})["items"]]


def test_a_clip_is_split_and_others_are_joined_before_they_go_on(queue: Queue, tmp_path: Path) -> None:
    queue.workflow("cutting-room", _CUTTING_ROOM)
    queue.work({"workflow": "cutting-room", "inputs": [str(make_clip(tmp_path / "clip.mp4", frames=12))]})
    assert _frames(queue.prompts(1)[0]) == [4, 8]
    prompt = _review(queue, {"item": 1, "do": "approve"}, {"item": 2, "do": "split", "at_frame": 3})
    assert (prompt.state, _frames(prompt)) == ("review", [4, 3, 5])
    prompt = _review(queue, {"item": 1, "do": "merge", "with": 2})
    assert (prompt.state, _frames(prompt)) == ("review", [7, 5])
    prompt = _review(queue, {"item": 2, "do": "reject"})
    assert prompt.state == "review"
    prompt = _review(queue, {"item": 1, "do": "approve"})
    assert (prompt.state, [artifact.frames for artifact in prompt.artifacts]) == ("succeeded", [7])
    result = prompt.phases[1].result or {}
    assert [item["frames"] for item in result["original"]] == [4, 8]


def test_parts_of_a_scene_know_their_place_in_the_footage(queue: Queue, tmp_path: Path) -> None:
    cutting = _CUTTING_ROOM.replace("media.split", "media.splice").replace("at_frame: 4", "cuts: [4, 8]")
    queue.workflow("cutting-room", cutting.replace("cut.children", "cut.clips"))
    clip = str(make_clip(tmp_path / "clip.mp4", frames=12))
    queue.work({"workflow": "cutting-room", "inputs": [clip]})

    def places(prompt: Prompt) -> list[tuple[str | None, int | None, int | None]]:
        items = (prompt.phases[1].result or {})["items"]
        return [tuple(item.get(key) for key in ("parent", "start_frame", "end_frame")) for item in items]

    prompt = _review(queue, {"item": 2, "do": "split", "at_frame": 1})
    assert places(prompt) == [(clip, 0, 4), (clip, 4, 5), (clip, 5, 8), (clip, 8, 12)]
    prompt = _review(queue, {"item": 3, "do": "merge", "with": 4})
    assert places(prompt) == [(clip, 0, 4), (clip, 4, 5), (clip, 5, 12)]
    prompt = _review(queue, {"item": 1, "do": "merge", "with": 3})
    assert sorted(places(prompt), key=str) == [(clip, 4, 5), (None, None, None)]


def test_a_review_in_which_nothing_is_approved_ends_the_render(queue: Queue, tmp_path: Path) -> None:
    queue.workflow("cutting-room", _CUTTING_ROOM)
    queue.work({"workflow": "cutting-room", "inputs": [str(make_clip(tmp_path / "clip.mp4", frames=8))]})
    prompt = _review(queue, {"item": 1, "do": "reject"}, {"item": 2, "do": "reject"})
    assert (prompt.state, prompt.artifacts) == ("cancelled", [])
