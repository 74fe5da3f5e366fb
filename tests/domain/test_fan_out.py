"""Which phases the new items of a review go through, and what a split of one means for what it is made from."""

from __future__ import annotations

from typing import Any

import pytest

from video_queue.domain.errors import VqError
from video_queue.domain.fan_out import fan_out_of, items_of, split_of
from video_queue.domain.review import Decision
from video_queue.domain.workflow import WorkflowDefinition

_LIST = "{{ phases.cut.children }}"


def _workflow(*phases: dict[str, Any]) -> WorkflowDefinition:
    cut = {"name": "cut", "uses": "media.split", "with": {"source": "{{ input.path }}", "at_frame": 4}}
    return WorkflowDefinition.model_validate(
        {"name": "x", "inputs": {"kind": "video"}, "phases": [cut, *phases]}
    )


def _clip(name: str, over: str = _LIST, source: str = "{{ item.path }}") -> dict[str, Any]:
    return {"name": name, "uses": "media.convert", "for_each": over, "with": {"source": source}}


def _gate(items: str) -> dict[str, Any]:
    return {"name": "look", "uses": "review", "with": {"items": items}}


_THREE = [{"path": f"/{number}.mp4"} for number in range(3)]
_CUT = {"cut": {"children": _THREE}}


def test_phases_over_the_list_go_along_with_it_and_those_that_take_all_of_it_run_again() -> None:
    sheet = {"name": "sheet", "uses": "media.sprite_sheet", "with": {"inputs": "{{ phases.clip.file }}"}}
    still = {"name": "still", "uses": "media.extract_frames", "with": {"source": "{{ input.path }}"}}
    over = _clip("small", "{{ phases.clip.file }}")
    workflow = _workflow(_clip("clip"), still, over, sheet, _gate("{{ phases.small.file }}"))
    results = (
        _CUT | {name: {"file": _THREE} for name in ("clip", "small", "sheet")} | {"still": {"images": []}}
    )
    fan_out = fan_out_of(workflow, 5, results)
    assert fan_out is not None
    assert (fan_out.phase, fan_out.field) == ("cut", "children")
    assert (fan_out.parallel, fan_out.again, fan_out.between) == ((1, 3), (4,), (1, 3, 4))
    assert fan_out.links == ((1, "file"), (3, "file"))


def test_a_phase_that_looks_at_every_item_for_each_of_them_runs_again_as_a_whole() -> None:
    merge = _clip("all", source="{{ phases.cut.children }}")
    fan_out = fan_out_of(_workflow(merge, _gate(_LIST)), 2, _CUT | {"all": {"file": _THREE}})
    assert fan_out is not None
    assert (fan_out.parallel, fan_out.again) == ((), (1,))


@pytest.mark.parametrize(
    ("phases", "results"),
    [
        ([_gate(_LIST)], {}),  # nothing lies between
        (
            [_clip("clip"), _gate("{{ phases.clip.file }}")],
            {"clip": {"file": _THREE[:2]}},
        ),  # not one for each
        ([_clip("clip"), _gate(_LIST)], {"clip": {}}),  # it was skipped
        ([_clip("clip", "{{ inputs.* }}"), _gate("{{ phases.clip.file }}")], {"clip": {"file": _THREE}}),
    ],
)
def test_items_that_no_list_stands_behind_one_by_one_are_the_gates_own(
    phases: list[dict[str, Any]], results: dict[str, Any]
) -> None:
    assert fan_out_of(_workflow(*phases), len(phases), _CUT | results) is None


def test_a_split_of_what_is_shown_is_one_of_what_it_was_made_from() -> None:
    scene = {"start_frame": 10, "end_frame": 20}
    split = Decision(item=1, do="split", at_frame=4)
    shown = {"path": "/a.mp4", "frames": 10}
    halves = [{"start_frame": 10, "end_frame": 14}, {"start_frame": 14, "end_frame": 20}]
    assert split_of(split, shown, scene) == halves
    assert split_of(split, {"path": "/a.mp4", "frames": 20}, {"path": "/b.mp4", "frames": 10}) == 2
    assert split_of(split, {"path": "/a.png", "frames": 1}, {"path": "/b.mp4", "frames": 10}) == 4
    assert split_of(Decision(item=1, do="split", at_frame=14), scene, scene) == halves
    with pytest.raises(VqError, match="decisions"):
        split_of(split, shown, "a text")


def test_a_joined_result_is_taken_apart_only_where_that_is_clear() -> None:
    joined = {"file": ["a", "b"], "images": [1, 2], "warnings": []}
    assert items_of(joined, 2) == [
        {"file": "a", "images": 1, "warnings": []},
        {"file": "b", "images": 2, "warnings": []},
    ]
    assert items_of({"images": [1, 2, 3, 4]}, 2) is None
