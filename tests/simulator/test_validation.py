"""Refusals that the recordings do not show, and the shape of those they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.simulator.media import fill_inputs
from tests.simulator.serving import invert, restyled
from video_queue.simulator.folders import Folders
from video_queue.simulator.settings import SimulatorSettings
from video_queue.simulator.validation import Verdict, validate


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    fill_inputs(tmp_path / "input")
    return Folders(SimulatorSettings(tmp_path))


def _check(folders: Folders, prompt: dict[str, Any], targets: list[str] | None = None) -> Verdict:
    return validate(prompt, targets, folders, folders.settings.dialect)


def test_a_good_prompt_names_its_outputs(folders: Folders) -> None:
    assert _check(folders, restyled()) == Verdict(None, ["10"], {})


def test_a_bad_link_of_an_output_itself(folders: Folders) -> None:
    prompt = {"1": {"class_type": "SaveImage", "inputs": {"images": ["9", 0], "filename_prefix": "x"}}}
    verdict = _check(folders, prompt)
    [error] = verdict.node_errors["1"]["errors"]
    assert error["type"] == "exception_during_validation"
    assert verdict.error is not None
    assert verdict.error["details"] == "Exception when validating node: '9'"


def test_targets_choose_among_outputs(folders: Folders) -> None:
    prompt = invert() | {"4": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}
    assert _check(folders, prompt).outputs == ["3", "4"]
    assert _check(folders, prompt, ["4"]).outputs == ["4"]
    assert _check(folders, prompt, ["1"]).error is not None


def test_long_choices_are_counted_not_listed(folders: Folders) -> None:
    prompt = restyled()
    prompt["3"]["inputs"]["sampler_name"] = "magic"
    [error] = _check(folders, prompt).node_errors["3"]["errors"]
    assert "(list of length" in error["details"]
    assert error["extra_info"]["input_config"] is None


def test_texts_become_numbers(folders: Folders) -> None:
    prompt = restyled()
    prompt["3"]["inputs"]["steps"] = "7"
    assert _check(folders, prompt).error is None
    assert prompt["3"]["inputs"]["steps"] == 7


@pytest.mark.parametrize("name", ["../photo.png", "/etc/hostname", "missing.png", "photo.png [temp]", 5])
def test_files_that_are_not_in_the_input_folder(folders: Folders, name: Any) -> None:
    prompt = invert()
    prompt["1"]["inputs"]["image"] = name
    assert _check(folders, prompt).node_errors["1"]["errors"][0]["type"] == "custom_validation_failed"


def test_what_is_no_prompt_at_all_raises(folders: Folders) -> None:
    with pytest.raises(TypeError):
        _check(folders, {"nodes": 3})
