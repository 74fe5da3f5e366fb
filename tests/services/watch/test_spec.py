"""One watch with its workflow: its kind, how long a file waits, and the input that a unit becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from video_queue.domain.errors import VqError
from video_queue.domain.watches import WatchRules, WatchUnit
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.watch.spec import (
    first_picture,
    input_kind,
    own_folders,
    stable_seconds,
    with_targets,
)


def workflow(inputs: dict[str, Any]) -> WorkflowDefinition:
    return WorkflowDefinition.model_validate(
        {
            "name": "w",
            "inputs": inputs,
            "phases": [{"name": "p", "uses": "media.probe"}],
            "output": {"phase": "p"},
        }
    )


def test_a_workflow_with_one_input_can_be_used_for_a_watch() -> None:
    assert input_kind(workflow({"kind": "video"})) == "video"
    assert input_kind(workflow({"clip": {"kind": "audio"}})) == "audio"


@pytest.mark.parametrize(
    "inputs",
    [{"kind": "none"}, {"kind": "video", "per_prompt": 2}, {"a": {"kind": "video"}, "b": {"kind": "image"}}],
)
def test_one_that_takes_none_or_several_together_cannot(inputs: dict[str, Any]) -> None:
    with pytest.raises(VqError) as refused:
        input_kind(workflow(inputs))
    assert refused.value.code == "validation"


def test_pictures_of_a_run_are_waited_for_longer_and_the_artist_may_say_otherwise() -> None:
    assert stable_seconds(WatchRules()) < stable_seconds(WatchRules(unit=WatchUnit.SEQUENCE))
    assert stable_seconds(WatchRules(settle_seconds=0)) == 0


def test_a_run_is_named_by_one_of_its_pictures(tmp_path: Path) -> None:
    for name in ("a_01.png", "a_02.png", "b_01.png"):
        (tmp_path / name).touch()
    assert first_picture(f"{tmp_path}/a_##.png") == f"{tmp_path}/a_01.png"
    with pytest.raises(VqError):
        first_picture(f"{tmp_path}/c_##.png")


def test_finished_files_have_folders_of_their_own(tmp_path: Path) -> None:
    rules = with_targets(tmp_path, WatchRules(done_dir="/elsewhere"))
    assert own_folders(tmp_path, rules) == {
        "done_dir": Path("/elsewhere"),
        "failed_dir": tmp_path / "_failed",
    }


def test_folders_for_finished_files_are_named_without_detours(tmp_path: Path) -> None:
    rules = with_targets(tmp_path, WatchRules(done_dir="a/../fin/", failed_dir="./bad"))
    assert (rules.done_dir, rules.failed_dir) == (str(tmp_path / "fin"), str(tmp_path / "bad"))
    assert with_targets(tmp_path, rules) == rules
