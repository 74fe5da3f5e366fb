"""The names that references of a prompt lead to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.services.definitions import definition
from video_queue.domain.plan import PromptPlan
from video_queue.domain.references import MissingReferenceError, resolve
from video_queue.domain.resolution import Resolution
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.system.files.sequences import find_sequences
from video_queue.worker.execution.scope import Measures, prompt_scope


@dataclass
class Facts:
    """What a probe would say."""

    width: int | None = 640
    height: int | None = 360
    fps: float | None = 29.97
    frames: int | None = None
    duration: float | None = 2.0


def scope(plan: PromptPlan, workflow: WorkflowDefinition | None = None, **keys: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "params": {"denoise": 0.6, "seed": 5},
        "resolution": None,
        "job_id": 12,
        "job_name": "tests",
        "input_media": Facts(),
        "phases": {"split": {"children": [{"path": "/w/a.mp4"}, {"path": "/w/b.mp4"}]}},
    }
    return prompt_scope(workflow or definition(), plan=plan, **{**values, **keys})


PLAN = PromptPlan(
    index=3, inputs=("/clips/sub/my clip.v2.MP4",), reldir="sub", input_index=2, values={"seed": 9}
)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("params.denoise", 0.6),
        ("params.seed", 9),
        ("input.path", "/clips/sub/my clip.v2.MP4"),
        ("input.stem", "my clip.v2"),
        ("input.name", "my clip.v2.MP4"),
        ("input.ext", "MP4"),
        ("input.reldir", "sub"),
        ("input.index", 2),
        ("input.width", 640),
        ("input.height", 360),
        ("input.fps", 29.97),
        ("input.frames", None),
        ("input.frames ?? input.fps", 29.97),
        ("input.duration", 2.0),
        ("inputs.1.path", "/clips/sub/my clip.v2.MP4"),
        ("inputs.*.path", ["/clips/sub/my clip.v2.MP4"]),
        ("job.id", 12),
        ("job.name", "tests"),
        ("prompt.index", 3),
        ("phases.split.children", [{"path": "/w/a.mp4"}, {"path": "/w/b.mp4"}]),
        ("phases.split.children.2.path", "/w/b.mp4"),
        ("phases.skipped.file ?? input.path", "/clips/sub/my clip.v2.MP4"),
        ("item.path", "/w/x.png"),
        ("item.index", 4),
        ("resolution.width", 360),
        ("resolution.height", 640),
    ],
)
def test_references_lead_where_the_contract_says(reference: str, expected: Any) -> None:
    names = scope(PLAN, resolution=Resolution(flip=True), item={"path": "/w/x.png", "index": 4})
    assert resolve("{{ " + reference + " }}", names) == expected


def test_what_is_not_there_is_missing() -> None:
    names = scope(PLAN)
    for reference in ("item.path", "resolution.width", "phases.other.file", "inputs.2.path"):
        with pytest.raises(MissingReferenceError):
            resolve("{{ " + reference + " }}", names)


def test_slots() -> None:
    slots = {"clip": {"kind": "video"}, "style": {"kind": "image", "per_prompt": 2}}
    plan = PromptPlan(index=1, slots={"clip": ("/a.mp4",), "style": ("/1.png", "/2.png")})

    def measure(path: str) -> Measures:
        return Facts(width=len(path))

    names = scope(plan, definition(inputs=slots), measure=measure)
    assert resolve("{{ inputs.clip.path }}", names) == "/a.mp4"
    assert resolve("{{ inputs.style.2.path }}", names) == "/2.png"
    assert resolve("{{ inputs.style.2.width }}", names) == 6
    assert resolve("{{ inputs.*.path }}", names) == ["/a.mp4", "/1.png", "/2.png"]
    assert resolve("{{ input.width }}", names) == 640


def test_several_inputs() -> None:
    names = scope(PromptPlan(index=1, inputs=("/a.mp4", "/b.mp4")))
    assert resolve("{{ inputs.*.path }}", names) == ["/a.mp4", "/b.mp4"]
    assert resolve("{{ inputs.2.width }}", names) is None
    assert resolve("{{ inputs.2.stem }}", names) == "b"


def test_sequences(tmp_path: Path) -> None:
    for number in (1, 2, 4):
        (tmp_path / f"f_{number:04d}.png").write_bytes(b"x")
    plan = PromptPlan(index=1, sequence=find_sequences(tmp_path)[0])
    names = scope(plan, definition(inputs={"kind": "sequence"}), resolution=Resolution())
    images = resolve("{{ input.images }}", names)
    assert [Path(image["path"]).name for image in images] == ["f_0001.png", "f_0002.png", "f_0004.png"]
    assert [image["index"] for image in images] == [1, 2, 3]
    assert resolve("{{ input.frames }}", names) == 3
    assert resolve("{{ input.stem }}", names) == tmp_path.name
    assert resolve("{{ resolution.width }}", names) == 640


def test_a_prompt_without_inputs() -> None:
    names = scope(
        PromptPlan(index=1),
        definition(inputs={"kind": "none"}),
        resolution=Resolution(8, 4),
        input_media=None,
    )
    assert resolve("{{ input.stem }}_{{ resolution.width }}", names) == "w_8"
