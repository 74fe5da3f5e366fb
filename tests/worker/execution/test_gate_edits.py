"""A review that splits and joins clips: they are made, and the prompt waits again with the new ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from PIL import Image

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.actions import ActionOptions
from video_queue.domain.views import Prompt
from video_queue.wiring import Services

_CUTTING_ROOM = """
inputs: {kind: video}
phases:
  - {name: cut, uses: media.split, with: {source: "{{ input.path }}", at_frame: 4}}
  - {name: look, uses: review, with: {items: "{{ phases.cut.children }}"}}
  - {name: done, uses: media.convert, for_each: "{{ phases.look.approved }}", with: {source: "{{ item.path }}"}}
output: {phase: done}
"""


_BETWEEN = """
inputs: {kind: video}
phases:
  - {name: cut, uses: media.split, with: {source: "{{ input.path }}", at_frame: [4, 8]}}
  - {name: clip, uses: media.convert, for_each: "{{ phases.cut.children }}", with: {source: "{{ item.path }}"}}
  - {name: still, uses: media.probe, with: {source: "{{ input.path }}"}}
  - {name: print, uses: media.fingerprint, for_each: "{{ phases.clip.file }}", with: {source: "{{ item.path }}"}}
  - {name: sheet, uses: media.sprite_sheet, with: {inputs: "{{ phases.clip.file }}", columns: 8, tile_width: 32}}
  - {name: look, uses: review, with: {items: "{{ phases.clip.file }}"}}
  - {name: done, uses: media.convert, for_each: "{{ phases.look.approved }}", with: {source: "{{ item.path }}"}}
output: {phase: done}
"""


def _phase(prompt: Prompt, name: str) -> dict[str, Any]:
    return next(phase.result or {} for phase in prompt.phases if phase.name == name)


def _shown(prompt: Prompt) -> list[int]:
    return [item["frames"] for item in _phase(prompt, "look")["items"]]


def _kept(prompt: Prompt) -> dict[str, int]:
    paths = [Path(item["path"]) for item in _phase(prompt, "clip")["file"]]
    return {str(path): path.stat().st_mtime_ns for path in paths}


def _finished(queue: Queue) -> Counter[str]:
    def ends(services: Services) -> Any:
        sql = "SELECT json_extract(data, '$.phase') FROM event WHERE type = 'prompt.phase_finished'"
        return services.db.read(lambda conn: [row[0] for row in conn.execute(sql)])

    return Counter(queue.ask(ends))


def test_new_items_go_through_the_phases_between_and_the_others_keep_their_files(
    queue: Queue, tmp_path: Path
) -> None:
    queue.workflow("between", _BETWEEN)
    queue.work({"workflow": "between", "inputs": [str(make_clip(tmp_path / "clip.mp4", frames=14))]})
    before = queue.prompts(1)[0]
    assert _shown(before) == [4, 4, 6]
    assert _phase(before, "look")["between"] == ["clip", "print", "sheet"]
    files, prints = _kept(before), _phase(before, "print")["hash"]

    prompt = _review(queue, {"item": 3, "do": "approve"}, {"item": 1, "do": "split", "at_frame": 1})
    assert (prompt.state, _shown(prompt)) == ("review", [1, 3, 4, 6])
    assert [entry["item"] for entry in _phase(prompt, "look")["decisions"]] == [4]
    assert _kept(prompt).items() >= dict(list(files.items())[1:]).items()
    assert [item["frames"] for item in _phase(prompt, "cut")["children"]] == [1, 3, 4, 6]
    assert _phase(prompt, "print")["hash"][2:] == prints[1:]
    with Image.open(_phase(prompt, "sheet")["file"]["path"]) as sheet:
        assert sheet.width == 4 * 32
    assert {str(path): path.stat().st_mtime_ns for path in map(Path, files)} == files  # of what was split too

    prompt = _review(queue, {"item": 3, "do": "merge", "with": 2})
    assert (prompt.state, _shown(prompt)) == ("review", [1, 7, 6])
    assert [item["frames"] for item in _phase(prompt, "look")["original"]] == [4, 4, 6]
    assert _finished(queue) == {"cut": 1, "clip": 3, "still": 1, "print": 3, "sheet": 3}
    prompt = _review(queue, {"item": 1, "do": "reject"}, {"item": 2, "do": "approve"})
    assert (prompt.state, [artifact.frames for artifact in prompt.artifacts]) == ("succeeded", [7, 6])


def test_what_was_reused_is_kept_too_and_no_other_render_takes_what_was_edited(
    queue: Queue, tmp_path: Path
) -> None:
    queue.workflow("between", _BETWEEN)
    submission = {"workflow": "between", "inputs": [str(make_clip(tmp_path / "clip.mp4", frames=14))]}
    queue.work(submission)
    _review(queue, {"item": 1, "do": "split", "at_frame": 2})
    again = {**submission, "dedupe": False}
    queue.work(again)
    second = queue.prompts(2)[0]
    assert _shown(second) == [4, 4, 6]
    files = _kept(second)
    prompt = _review(queue, {"item": 3, "do": "split", "at_frame": 2}, job=2)
    assert (_shown(prompt), _phase(prompt, "clip")["file"][0]["frames"]) == ([4, 4, 2, 4], 4)
    assert _kept(prompt).items() >= dict(list(files.items())[:2]).items()


def test_a_split_that_cannot_be_done_is_explained_and_the_review_waits_as_it_was(
    queue: Queue, tmp_path: Path
) -> None:
    queue.workflow("between", _BETWEEN)
    queue.work({"workflow": "between", "inputs": [str(make_clip(tmp_path / "clip.mp4", frames=14))]})
    Path(_phase(queue.prompts(1)[0], "cut")["children"][1]["path"]).unlink()
    prompt = _review(queue, {"item": 2, "do": "split", "at_frame": 2})
    assert (prompt.state, _shown(prompt)) == ("review", [4, 4, 6])
    assert _phase(prompt, "look")["problem"]


def _review(queue: Queue, *decisions: dict[str, Any], job: int = 1) -> Prompt:
    options = ActionOptions.model_validate({"decisions": decisions})
    queue.ask(lambda services: services.actions.prompt_action(job, "review", options))
    queue.work()
    return queue.prompts(job)[0]


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
