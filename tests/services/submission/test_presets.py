"""Presets as files: kept whole, checked against the workflow, refused names."""

from __future__ import annotations

from pathlib import Path

import pytest

from video_queue.domain.errors import ProblemsError, VqError
from video_queue.domain.submission import Submission
from video_queue.services.submission.presets import Presets, PresetValues
from video_queue.services.workflows.workflow_service import WorkflowService

STYLED = """
inputs: {kind: video}
resolutions: [832x480, 1280x720]
parameters:
  crf: {type: int, default: 20, min: 0, max: 51}
  style: {type: text}
  seed: {type: seed, default: 1}
phases:
  - {name: convert, uses: media.convert, with: {source: "{{ input.path }}", crf: "{{ params.crf }}"}}
output: {phase: convert}
"""


@pytest.fixture
def presets(tmp_path: Path) -> Presets:
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "look.yaml").write_text(STYLED)
    return Presets(tmp_path / "presets", WorkflowService([tmp_path / "workflows"]))


def test_a_preset_is_kept_replaced_and_taken_away(presets: Presets, tmp_path: Path) -> None:
    values = PresetValues(params={"crf": 18}, resolution="832x480", flip=True, seeds=4)
    preset = presets.put("look", "Nächte 4", values)
    assert (preset.workflow, preset.name) == ("look", "Nächte 4")
    assert (tmp_path / "presets" / "look" / "Nächte 4.json").is_file()
    assert presets.get("look", "Nächte 4") == preset
    presets.put("look", "Nächte 4", PresetValues(params={"crf": 30}))
    presets.put("look", "a", PresetValues())
    assert [preset.name for preset in presets.list_presets("look")] == ["a", "Nächte 4"]
    assert presets.names() == ["look/a", "look/Nächte 4"]
    assert presets.get("look", "Nächte 4").params == {"crf": 30}
    presets.delete("look", "a")
    with pytest.raises(VqError) as gone:
        presets.delete("look", "a")
    assert gone.value.code == "not_found"
    assert [path.name for path in (tmp_path / "presets" / "look").iterdir()] == ["Nächte 4.json"]


def test_what_the_workflow_does_not_take_is_refused_at_once(presets: Presets, tmp_path: Path) -> None:
    values = PresetValues(params={"crf": 99, "nope": 1}, sweep={"style": []}, resolution="1x1")
    with pytest.raises(ProblemsError) as refused:
        presets.put("look", "x", values)
    assert {problem.loc for problem in refused.value.problems} == {
        ("params", "crf"),
        ("params", "nope"),
        ("sweep", "style"),
        ("resolution",),
    }
    assert not (tmp_path / "presets").exists()
    # A required value that is left out follows when the preset is used.
    assert presets.put("look", "x", PresetValues(params={"style": None})).params == {"style": None}


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\\b", ".hidden", "con", "x" * 101, "a\n", " a"])
def test_names_that_are_no_file_names_are_refused(presets: Presets, name: str) -> None:
    for call in (
        lambda: presets.get("look", name),
        lambda: presets.put("look", name, PresetValues()),
        lambda: presets.delete("look", name),
    ):
        with pytest.raises(VqError) as refused:
            call()
        assert refused.value.code == "validation"


def test_an_unknown_workflow_and_a_file_that_is_no_preset(presets: Presets, tmp_path: Path) -> None:
    with pytest.raises(VqError) as refused:
        presets.list_presets("lok")
    assert refused.value.code == "unknown_workflow"
    (tmp_path / "presets" / "look").mkdir(parents=True)
    (tmp_path / "presets" / "look" / "junk.json").write_text("{")
    assert presets.list_presets("look") == []
    with pytest.raises(VqError) as junk:
        presets.get("look", "junk")
    assert junk.value.code == "not_found"


def test_a_workflow_takes_of_a_shared_preset_what_fits_it(presets: Presets, tmp_path: Path) -> None:
    other = STYLED.replace("resolutions: [832x480, 1280x720]", "").replace("max: 51", "max: 25")
    (tmp_path / "workflows" / "plain.yaml").write_text(
        other.replace("  seed: {type: seed, default: 1}\n", "")
    )
    night = {"crf": 30, "style": "rain"}
    values = PresetValues(params=night, seeds=4, resolution="832x480", tags=["night"], priority=-5)
    shared = presets.put_shared("night", values)
    assert presets.list_shared() == [shared]
    whole = presets.get("look", "night")
    assert (whole.params, whole.seeds, whole.shared, whole.left_out) == (night, 4, True, [])
    part = presets.get("plain", "night")
    assert (part.params, part.seeds, part.resolution) == ({"style": "rain"}, None, None)
    assert (part.tags, part.priority) == (["night"], -5)
    assert sorted(part.left_out) == ["crf", "resolution", "seeds"]
    assert presets.names() == ["night"]

    own = presets.put("plain", "night", PresetValues(params={"crf": 1}))
    assert (presets.get("plain", "night"), presets.list_presets("plain")) == (own, [own])
    presets.delete("plain", "night")
    assert presets.get("plain", "night") == part
    presets.delete_shared("night")
    with pytest.raises(VqError) as gone:
        presets.get("plain", "night")
    assert gone.value.code == "not_found"


def test_a_shared_preset_with_a_parameter_that_no_workflow_has_is_refused(
    presets: Presets, tmp_path: Path
) -> None:
    with pytest.raises(ProblemsError) as refused:
        presets.put_shared("x", PresetValues(params={"crf": 1, "crff": 2}, sweep={"nope": [1]}))
    assert {problem.loc for problem in refused.value.problems} == {("params", "crff"), ("sweep", "nope")}
    assert not (tmp_path / "presets").exists()


def test_a_preset_has_every_key_of_a_submission_that_is_not_of_one_job() -> None:
    of_one_job = {
        "workflow", "inputs", "input_dir", "recursive", "glob", "rows", "name", "front", "after", "dedupe",
        "idempotency_key",
    }  # fmt: skip
    assert set(PresetValues.model_fields) | of_one_job == set(Submission.model_fields)
    assert not set(PresetValues.model_fields) & of_one_job
