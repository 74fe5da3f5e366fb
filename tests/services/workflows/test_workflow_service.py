"""Workflow files: loading, problems with line and key, reloading, snapshots."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from video_queue.domain.errors import ProblemsError, VqError
from video_queue.domain.snapshot import from_snapshot
from video_queue.domain.states import Lane
from video_queue.domain.workflow import Output
from video_queue.services.workflows.workflow_service import SHIPPED, WorkflowService

RESTYLE = """\
title: Restyle a clip
description: One line.
inputs: {kind: video}
resolutions: [input, 832x480]
parameters:
  prompt: {type: text, default: "", ui: {widget: textarea, group: Style}}
  denoise: {type: float, default: 0.6, min: 0.0, max: 1.0, step: 0.05}
  lora: {type: choice, options_source: loras, required: false}
  seed: {type: seed, default: random}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
  - name: render
    uses: comfy
    for_each: "{{ phases.frames.images }}"
    graph: restyle.render.api.json
    set: {"6.inputs.text": "{{ params.prompt }}", "3:1.inputs.seed": "{{ params.seed }}"}
    files: {"10.inputs.image": "{{ item.path }}"}
    timeout: 10m
    on_oom: {set: {"5.inputs.width": 640}}
  - name: encode
    uses: media.encode
    with: {frames: "{{ phases.render.images }}", fps: "{{ input.fps }}", audio: "{{ input.path }}"}
  - {name: check, uses: review, optional: true, with: {items: "{{ phases.encode.file }}"}}
output: {phase: encode, name: "{{ input.stem }}_{{ params.seed }}"}
"""
GRAPH = {
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ""}},
    "3:1": {"class_type": "KSampler", "inputs": {"seed": 2**64 - 1}},
    "10": {"class_type": "LoadImage", "inputs": {"image": ""}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 8}},
}
SIMPLE = """\
inputs: {kind: video}
phases:
  - {name: look, uses: media.probe, with: {source: "{{ input.path }}"}}
output: {phase: look}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "restyle.yaml").write_text(RESTYLE)
    (tmp_path / "restyle.render.api.json").write_text(json.dumps(GRAPH))
    return tmp_path


def touch(path: Path, text: str, *, seconds: int) -> None:
    """Write a file whose time of change differs, however coarse the file system's clock is."""
    path.write_text(text)
    os.utime(path, (seconds, seconds))


def messages(service: WorkflowService, name: str) -> list[str]:
    return [problem.message for problem in service.info(name).problems]


def test_a_workflow_of_every_kind_of_phase_loads(folder: Path) -> None:
    loaded = WorkflowService([folder]).get("restyle")
    assert loaded.definition.name == "restyle"
    assert loaded.graphs == {"render": GRAPH}
    assert loaded.lanes == (Lane.MEDIA, Lane.GPU, Lane.MEDIA, Lane.MEDIA, Lane.MEDIA)
    assert loaded.definition.phases[1].timeout == 600
    assert not loaded.counts_input_frames


def test_a_snapshot_gives_the_workflow_again(folder: Path) -> None:
    loaded = WorkflowService([folder]).get("restyle")
    graphs = {phase: loaded.documents[hash_] for phase, hash_ in loaded.graph_hashes.items()}
    again = from_snapshot(loaded.documents[loaded.hash], graphs)
    assert again == loaded
    assert again.hash == loaded.hash
    assert list(again.definition.parameters) == ["prompt", "denoise", "lora", "seed"]


def test_the_hash_follows_definition_and_graphs(folder: Path) -> None:
    service = WorkflowService([folder])
    first = service.get("restyle")
    assert service.get("restyle") is first
    touch(folder / "restyle.render.api.json", json.dumps(GRAPH, indent=2), seconds=1_000)
    assert service.get("restyle").hash == first.hash
    changed = {**GRAPH, "6": {"class_type": "Other", "inputs": {"text": ""}}}
    touch(folder / "restyle.render.api.json", json.dumps(changed), seconds=2_000)
    second = service.get("restyle")
    assert second.hash != first.hash
    touch(folder / "restyle.yaml", RESTYLE.replace("One line.", "Two."), seconds=3_000)
    assert service.get("restyle").hash not in (first.hash, second.hash)


def test_a_file_is_read_again_when_it_or_its_graph_changes(folder: Path) -> None:
    service = WorkflowService([folder])
    touch(folder / "restyle.yaml", RESTYLE + "colour: red\n", seconds=1_000)
    assert "line 25: colour: unknown key" in messages(service, "restyle")[0]
    touch(folder / "restyle.yaml", RESTYLE, seconds=2_000)
    assert messages(service, "restyle") == []
    (folder / "restyle.render.api.json").unlink()
    assert (
        "line 15: phases.1.graph: restyle.render.api.json does not exist" in messages(service, "restyle")[0]
    )
    (folder / "restyle.render.api.json").write_text(json.dumps(GRAPH))
    assert messages(service, "restyle") == []
    (folder / "new.yaml").write_text(SIMPLE)
    assert service.get("new").definition.name == "new"
    (folder / "new.yaml").unlink()
    assert [info.name for info in service.list()] == ["restyle"]


def test_a_broken_file_hides_no_other(folder: Path) -> None:
    (folder / "syntax.yaml").write_text("name: [\n")
    (folder / "shape.yaml").write_text("name: shape\ntitle: Still shown\n")
    (folder / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    (folder / "list.yaml").write_text("- a\n")
    (folder / "empty.yaml").write_text("")
    service = WorkflowService([folder])
    broken = {info.name: bool(info.problems) for info in service.list()}
    assert broken == {
        "bytes": True,
        "empty": True,
        "list": True,
        "restyle": False,
        "shape": True,
        "syntax": True,
    }
    assert service.info("shape").title == "Still shown"
    with pytest.raises(ProblemsError) as error:
        service.get("shape")
    (problem,) = error.value.problems
    assert ": the file: phases is missing." in problem.message


def test_without_output_the_last_phase_that_makes_files_is_published(folder: Path) -> None:
    service = WorkflowService([folder])
    lines = RESTYLE.splitlines(keepends=True)
    touch(folder / "restyle.yaml", "".join(lines[:-1]), seconds=1_000)
    short = service.get("restyle")
    assert short.definition.output == Output(phase="encode", name="{{ input.stem }}")
    touch(folder / "restyle.yaml", "".join([*lines[:-1], "output: {phase: encode}"]), seconds=2_000)
    assert service.get("restyle").hash == short.hash
    assert from_snapshot(short.snapshot, {}).definition == short.definition


def test_without_output_and_inputs_files_are_named_by_workflow_and_prompt(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(
        "phases:\n  - {name: turn, uses: media.convert, with: {source: /x.mp4}}\n"
        "  - {name: look, uses: media.probe, with: {source: /x.mp4}}\n"
    )
    output = WorkflowService([tmp_path]).get("w").definition.output
    assert output == Output(phase="turn", name="w_{{ prompt.index }}")


def test_a_workflow_that_makes_no_files_needs_an_output(tmp_path: Path) -> None:
    text = SIMPLE.replace("output: {phase: look}\n", "")
    (tmp_path / "w.yaml").write_text(text)
    (problem,) = WorkflowService([tmp_path]).info("w").problems
    assert problem.loc == ("w.yaml", 2, "phases")
    assert "no phase makes files, so there is nothing to publish" in problem.message
    (tmp_path / "w.yaml").write_text(text.replace("media.probe", "media.prob"))
    (problem,) = WorkflowService([tmp_path]).info("w").problems
    assert "did you mean media.probe?" in problem.message


def test_the_artists_workflows_win(tmp_path: Path) -> None:
    (tmp_path / "transcode.yaml").write_text("title: Mine\n" + SIMPLE)
    service = WorkflowService([tmp_path, SHIPPED])
    info = service.info("transcode")
    assert (info.title, info.shipped) == ("Mine", False)
    assert service.info("contact-sheet").shipped
    (tmp_path / "transcode.yaml").write_text("broken")
    assert service.info("transcode").problems


def test_two_files_of_one_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("name: same\n" + SIMPLE)
    service = WorkflowService([tmp_path])
    assert [(info.name, len(info.problems)) for info in service.list()] == [("b.yaml", 1), ("same", 0)]
    assert "a.yaml has the name same already" in service.info("b.yaml").problems[0].message


def test_sidecars_and_hidden_files_are_no_workflows(tmp_path: Path) -> None:
    for name in ("_vq.yaml", "clip.mp4.vq.yaml", "._a.yaml", "notes.txt"):
        (tmp_path / name).write_text("workflow: x\n")
    assert WorkflowService([tmp_path, tmp_path / "gone"]).list() == []


def test_unknown_workflows(folder: Path) -> None:
    service = WorkflowService([folder])
    with pytest.raises(VqError) as error:
        service.get("restile")
    assert error.value.code == "unknown_workflow"
    assert "Did you mean restyle?" in error.value.hint
    for name in ("zzz", "\ud800", "../restyle"):
        with pytest.raises(VqError) as error:
            service.get(name)
        error.value.message.encode()


BROKEN: list[tuple[str, str, int, str, str]] = [
    ("title:", "titel:", 1, "titel", "did you mean title?"),
    ("kind: video}", "kind: vidio}", 3, "inputs.kind", "'video', 'image'"),
    ("{kind: video}", "{kind: video, per_promt: 2}", 3, "inputs.per_promt", "did you mean per_prompt?"),
    ("832x480", "832by480", 4, "resolutions.1", "not a size"),
    ("widget: textarea", "widget: textaria", 6, "parameters.prompt.ui.widget", "'textarea'"),
    ("group: Style", "groop: Style", 6, "parameters.prompt.ui.groop", "did you mean group?"),
    ("default: 0.6", "default: 6", 7, "parameters.denoise.default", "above the maximum 1"),
    ("max: 1.0", "maxi: 1.0", 7, "parameters.denoise.maxi", "did you mean max?"),
    ("max: 1.0", "max: -1.0", 7, "parameters.denoise", "min is above max"),
    ("source: loras", "source: lora", 8, "parameters.lora.options_source", "lora is not known"),
    ("options_source: loras, ", "", 8, "parameters.lora", "a choice needs options"),
    ("default: random}", "default: often}", 9, "parameters.seed.default", "random"),
    ("default: random}", "default: random}\n  s2: {type: seed}", 10, "parameters.s2.type", "already: seed"),
    ("media.extract_frames", "media.extract", 11, "phases.0.uses", "did you mean media.extract_frames?"),
    ("{source:", "{sauce:", 11, "phases.0.with.sauce", "did you mean source?"),
    ("{source:", "{sauce:", 11, "phases.0.with", "source is missing"),
    ("{source:", "{every_n: 0, source:", 11, "phases.0.with.every_n", "greater than or equal to 1"),
    ("input.path }}\"}}", "input.pat }}\"}}", 11, "phases.0.with.source", "did you mean path?"),
    ("input.path }}\"}}", "input.path + 1 }}\"}}", 11, "phases.0.with.source", "is not a reference"),
    ("{{ input.path }}\"}}", "{{ input.path\"}}", 11, "phases.0.with.source", "not closed"),
    ("frames.images", "frames.image", 14, "phases.1.for_each", "did you mean images?"),
    ("phases.frames.images", "input.path", 14, "phases.1.for_each", "is not a list"),
    ("{{ phases.frames.images }}", "x", 14, "phases.1.for_each", "one reference"),
    ("phases.frames.images", "phases.encode.file", 14, "phases.1.for_each", "does not come before"),
    ("render.api", "gone.api", 15, "phases.1.graph", "does not exist"),
    ("restyle.render.api.json", "../x.json", 15, "phases.1.graph", "plain file name"),
    ("6.inputs.text", "7.inputs.text", 16, "phases.1.set.7.inputs.text", "no node 7"),
    ("6.inputs.text", "6.inputs.txt", 16, "phases.1.set.6.inputs.txt", "no input txt"),
    ("6.inputs.text", "6.text", 16, "phases.1.set.6.text", "NODE.inputs.NAME"),
    ("params.prompt", "params.promt", 16, "phases.1.set.6.inputs.text", "did you mean prompt?"),
    ("params.prompt", "parms.prompt", 16, "phases.1.set.6.inputs.text", "did you mean params?"),
    ("params.prompt", "params.prompt.x", 16, "phases.1.set.6.inputs.text", "nothing below it"),
    ("params.prompt", "job.title", 16, "phases.1.set.6.inputs.text", "job has id, name"),
    ("item.path", "phases.frames.images", 17, "phases.1.files.10.inputs.image", "for_each"),
    ("item.path", "inputs.*.path", 17, "phases.1.files.10.inputs.image", "for_each"),
    ("10.inputs.image", "6.inputs.text", 17, "phases.1.files.6.inputs.text", "in set already"),
    ("10m", "10 minutes", 18, "phases.1.timeout", "90s, 10m, 2h"),
    ("5.inputs.width", "5.inputs.size", 19, "phases.1.on_oom.set.5.inputs.size", "no input size"),
    ("phases.render.images", "item.path", 22, "phases.2.with.frames", "only in a phase with for_each"),
    ("phases.render.images", "phases.frames.files", 22, "phases.2.with.frames", "files is not known"),
    ("{items:", "{item:", 23, "phases.3.with.item", "did you mean items?"),
    ("phase: encode", "phase: encoder", 24, "output.phase", "there is no phase encoder"),
    ("phase: encode", "phase: [encode, encoder]", 24, "output.phase", "there is no phase encoder"),
    ("input.stem", "input.step", 24, "output.name", "did you mean stem?"),
    ("{{ input.stem }}_", "a/{{ input.stem }}_", 24, "output.name", "not a file name"),
    ("name: check", "name: encode", 23, "phases.3.name", "there is a phase encode already"),
    ("{name: check,", "{name: Check!,", 23, "phases.3.name", "pattern"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "key", "detail"), BROKEN)
def test_problems_carry_file_line_and_key(
    folder: Path, old: str, new: str, line: int, key: str, detail: str
) -> None:
    assert old in RESTYLE
    (folder / "restyle.yaml").write_text(RESTYLE.replace(old, new, 1))
    problems = WorkflowService([folder]).info("restyle").problems
    place = ("restyle.yaml", line, key)
    assert place in [problem.loc for problem in problems]
    message = next(item.message for item in problems if item.loc == place and detail in item.message)
    assert message.startswith(f"restyle.yaml: line {line}: {key}: ")
    assert {problem.code for problem in problems} == {"validation"}


@pytest.mark.parametrize(
    ("graph", "detail"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a graph"),
        ("{}", "not a graph"),
        ('{"1": {"inputs": {}}}', "not a graph"),
        ('{"nodes": [], "links": []}', "UI format"),
        ('{"1": {"class_type": "A", "inputs": {"x": NaN}}}', "NaN"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_graphs_that_cannot_be_used(folder: Path, graph: str, detail: str) -> None:
    (folder / "restyle.render.api.json").write_text(graph)
    (message,) = messages(WorkflowService([folder]), "restyle")
    assert detail in message


def definition(folder: Path, text: str) -> list[str]:
    (folder / "w.yaml").write_text(text)
    return messages(WorkflowService([folder]), "w")


def test_named_inputs(tmp_path: Path) -> None:
    text = """\
inputs: {clip: {kind: video}, style: {kind: image, per_prompt: 2}}
phases:
  - {name: a, uses: media.probe, with: {source: "{{ inputs.clip.path }}"}}
  - {name: b, uses: media.probe, with: {source: "{{ inputs.style.2.path }}"}}
  - {name: c, uses: media.merge, with: {inputs: "{{ inputs.*.path }}"}}
output: {phase: a, name: "{{ inputs.clip.stem }}"}
"""
    assert definition(tmp_path, text) == []
    for old, new, detail in (
        ("clip.path", "klip.path", "did you mean clip?"),
        ("style.2", "style.3", "counted from 1 to 2"),
        ("style.2.path", "style.path", "a number from 1 or *"),
        ("clip: {kind: video}", "clip: {kind: sequence}", "cannot be of the kind sequence"),
        ("clip: {kind: video}", "clip: {kind: film}", "inputs.clip.kind"),
    ):
        assert detail in definition(tmp_path, text.replace(old, new))[0]


@pytest.mark.parametrize(
    ("reference", "ok"),
    [
        ("input.images", False),
        ("inputs.1.path", True),
        ("inputs.2.path", False),
        ("inputs.0.path", False),
        ("input", True),
        ("resolution.width", False),
        ("prompt.index", True),
        ("prompt.number", False),
        ("params", False),
        ("phases", False),
        ("phases.nope.file ?? input.path", False),
        ("job.id ?? prompt.index", True),
    ],
)
def test_references(tmp_path: Path, reference: str, ok: bool) -> None:
    text = SIMPLE.replace("input.path", reference)
    assert (definition(tmp_path, text) == []) is ok


def test_a_workflow_without_inputs_has_no_input(tmp_path: Path) -> None:
    text = SIMPLE.replace("inputs: {kind: video}\n", "")
    assert "the workflow takes no inputs" in definition(tmp_path, text)[0]
    assert definition(tmp_path, text.replace('"{{ input.path }}"', "/x.mp4")) == []


def test_exact_frame_counts_are_asked_for_only_where_needed(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(SIMPLE + "\n# \n")
    assert not WorkflowService([tmp_path]).get("w").counts_input_frames
    text = SIMPLE.replace("output: {phase: look}", 'output: {phase: look, name: "{{ input.frames }}"}')
    touch(tmp_path / "w.yaml", text, seconds=1_000)
    assert WorkflowService([tmp_path]).get("w").counts_input_frames


def test_files_that_are_too_large_or_odd(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_text("# " + "x" * (1 << 20))
    (tmp_path / "folder.yaml").mkdir()
    service = WorkflowService([tmp_path])
    assert ["larger than" in message for message in messages(service, "big")] == [True]
    assert ["cannot be read" in message for message in messages(service, "folder")] == [True]


def test_schema_is_that_of_the_definition(folder: Path) -> None:
    schema: dict[str, Any] = WorkflowService([folder]).schema("restyle")
    assert list(schema["properties"]) == ["prompt", "denoise", "lora", "seed"]


def test_a_graph_without_a_workflow_file_is_listed_with_what_to_do(tmp_path: Path) -> None:
    service = WorkflowService([tmp_path])
    (tmp_path / "a.yaml").write_text("phases: [{name: render, uses: comfy, graph: a.render.api.json}]")
    (tmp_path / "broken.yaml").write_text("phases: 3")
    for name in ("a.render.api.json", "broken.render.api.json", "alone.json"):
        (tmp_path / name).write_text(json.dumps(GRAPH))
    (tmp_path / "notes.json").write_text("{}")
    assert [info.name for info in service.list()] == ["a", "alone.json", "broken"]
    alone = service.info("alone.json").problems[0]
    assert "a graph without a workflow file" in alone.message
    assert f"vq workflow new {tmp_path / 'alone.json'}" in alone.message
    (tmp_path / "b.yaml").write_text("phases: [{name: render, uses: comfy, graph: alone.json}]")
    assert [info.name for info in service.list()] == ["a", "b", "broken"]


def test_a_folder_that_was_left_alone_is_listed_again_when_something_in_it_changes(folder: Path) -> None:
    os.utime(folder, (1_000, 1_000))
    service = WorkflowService([folder])
    first = service.get("restyle")
    assert service.get("restyle") is first
    (folder / "new.yaml").write_text(SIMPLE)
    assert service.get("new").definition.name == "new"
    os.utime(folder, (2_000, 2_000))
    assert service.get("restyle") is first
    touch(folder / "new.yaml", SIMPLE + "colour: red\n", seconds=3_000)
    assert "colour: unknown key" in messages(service, "new")[0]
    (folder / "restyle.render.api.json").unlink()
    assert messages(service, "restyle") != []
