"""An output is rendered once more as it was: its workflow, values and inputs, whatever became of them since."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import video_queue
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.workflows import write_graph
from video_queue.db.job_lists import JobFilter
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.views import Job, Prompt, SubmittedJob
from video_queue.outputs.manifest import manifest_path
from video_queue.services.asker import COMMAND_LINE, Asker
from video_queue.services.provenance.replaying import ReplayOptions
from video_queue.services.roots import Roots
from video_queue.wiring import Services

# Node 4 makes as many pictures as the prompt's index says, in the colour of its seed.
TINTED = """
inputs: {kind: image}
parameters:
  tint: {type: seed, max: 16777215}
  side: {type: int, default: 64}
phases:
  - name: render
    uses: comfy
    graph: tinted.render.api.json
    files: {"1.inputs.image": "{{ input.path }}"}
    set:
      "4.inputs.color": "{{ params.tint }}"
      "4.inputs.width": "{{ params.side }}"
      "4.inputs.batch_size": "{{ prompt.index }}"
output: {phase: render, name: "{{ input.stem }}"}
"""
GRAPH: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "x.png"}, "_meta": {"title": "A", "stamp": 2**60}},
    "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
    "4": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
    "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "y"}},
}


def outside(queue: Queue) -> Asker:
    """A caller of the page."""
    return Asker("ui", Roots(queue.settings).guard)


@pytest.fixture(scope="module")
def comfy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comfy]:
    """One stand-in for all."""
    comfy = Comfy(tmp_path_factory.mktemp("comfy"), version="0.33.0")
    yield comfy
    comfy.process.kill()


@pytest.fixture
def queue(comfy: Comfy, tmp_path: Path) -> Queue:
    """A queue with the workflow `tinted`."""
    queue = queue_for(comfy, tmp_path)
    queue.workflow("tinted", TINTED)
    write_graph(queue, "tinted.render", GRAPH)
    return queue


def rendered(queue: Queue, picture: str) -> Prompt:
    """The second of two renders: seed 77, and half as wide."""
    [job] = queue.work({"workflow": "tinted", "inputs": [picture], "params": {"side": 32}, "seeds": [7, 77]})
    assert job.counts.succeeded == 2
    return queue.prompts(job.id)[1]


def record_of(prompt: Prompt) -> Path:
    """Its manifest."""
    return manifest_path(Path(prompt.artifacts[0].path).parent)


def replayed(queue: Queue, target: str | Path, asker: Asker = COMMAND_LINE, **options: Any) -> SubmittedJob:
    """A job made by replaying a file or a prompt."""

    async def ask(services: Services) -> SubmittedJob:
        by_path = isinstance(target, Path)
        records = services.records
        record = await (records.at_path(str(target), asker) if by_path else records.of_prompt(str(target)))
        return await services.replays.replay(record, ReplayOptions(**options), asker)

    job: SubmittedJob = queue.ask(ask)
    return job


def worked(queue: Queue, job: Job) -> Prompt:
    """The prompt of a job that is waiting, once the queue was worked."""
    queue.work()
    [prompt] = queue.prompts(job.id)
    assert prompt.error is None
    return prompt


def contents(prompt: Prompt) -> list[bytes]:
    """The pixels of its output."""
    return [Image.open(file.path).tobytes() for file in prompt.artifacts]


def graph_of(prompt: Prompt) -> Any:
    """The graph as it was sent."""
    return json.loads(record_of(prompt).read_text())["phases"][0]["graph"]


def _change(queue: Queue) -> None:
    queue.workflow("tinted", TINTED.replace("params.tint", "params.side"))
    write_graph(queue, "tinted.render", {**GRAPH, "2": {**GRAPH["2"], "_meta": {"title": "Changed"}}})


def _delete(queue: Queue) -> None:
    for path in queue.settings.workflows_dir.iterdir():
        path.unlink()


def test_an_output_is_rendered_once_more_after_its_workflow_was_changed_and_deleted(
    queue: Queue, comfy: Comfy, pictures: list[str]
) -> None:
    first = rendered(queue, pictures[0])
    for happens in (_change, _delete):
        renders = len(comfy.executed())
        happens(queue)
        job = replayed(queue, record_of(first))
        again = worked(queue, job)
        assert (job.parent_id, job.warnings) == (first.job_id, [])
        assert len(comfy.executed()) == renders + 1
        assert graph_of(again) == graph_of(first)
        assert (again.index, again.params, again.seed) == (1, first.params, 77)
        assert (len(again.artifacts), contents(again)) == (3, contents(first))
    # What is inside a picture does not name the input.
    alone = Path(shutil.copy(first.artifacts[0].path, queue.home / "alone.png"))
    assert "--input PATH" in refusal(queue, alone).hint
    named = replayed(queue, alone, inputs=pictures[:1], held=True)
    assert [warning.loc for warning in named.warnings] == [("inputs", 0)]
    # By its number it is the same, and what is finished may be taken.
    taken = worked(queue, replayed(queue, f"{first.job_id}.2", reuse=True))
    assert taken.phases[0].state == "reused"


def refusal(queue: Queue, target: str | Path, asker: Asker = COMMAND_LINE, **options: Any) -> VqError:
    """Why a replay is refused; no job is made of it."""
    before = queue.ask(lambda services: services.lookup.jobs(JobFilter()))
    with pytest.raises(VqError) as caught:
        replayed(queue, target, asker, **options)
    assert queue.ask(lambda services: services.lookup.jobs(JobFilter())) == before
    return caught.value


def test_an_input_must_be_what_it_was_wherever_it_lies_now(
    queue: Queue, tmp_path: Path, pictures: list[str]
) -> None:
    """A moved one is named, or its folder; a changed one is refused, and so is a file that was no input."""
    first = rendered(queue, pictures[0])
    record, picture = record_of(first), Path(pictures[0])
    moved = picture.rename(tmp_path / "moved.png")
    gone = refusal(queue, record)
    assert (gone.code, "--input PATH" in gone.message) == (ErrorCode.INPUT_MISSING, True)
    again = replayed(queue, record, inputs=[str(moved)], held=True)
    assert queue.prompts(again.id)[0].input == str(moved)
    (folder := tmp_path / "archive").mkdir()
    archived = moved.rename(folder / picture.name)
    again = replayed(queue, record, inputs=[str(folder)], output_dir=str(tmp_path / "again"))
    assert contents(worked(queue, again)) == contents(first)
    assert again.output_dir == str(tmp_path / "again")

    other = refusal(queue, record, inputs=[pictures[1]])
    assert "none of the inputs" in other.message
    archived.rename(picture)
    same_size = bytearray(picture.read_bytes())
    same_size[-1] ^= 1
    picture.write_bytes(same_size)
    changed = refusal(queue, record)
    assert changed.code == ErrorCode.INPUT_MISSING
    assert "is not what it was: its contents changed" in changed.message


def test_a_render_of_another_machine_is_replayed_by_the_command_line_alone(
    queue: Queue, tmp_path: Path, pictures: list[str]
) -> None:
    """Its workflow comes from the manifest, which must be the one that was written; old manifests have less."""
    first = rendered(queue, pictures[0])
    graph, pixels = graph_of(first), contents(first)
    record = record_of(first).rename(queue.home / "outputs" / "taken.vq.json")
    text = record.read_text()
    queue.execute("DELETE FROM job")
    queue.execute("DELETE FROM document")
    _delete(queue)
    stranger = refusal(queue, record, outside(queue))
    assert (stranger.code, "vq replay" in stranger.hint) == (ErrorCode.UNKNOWN_WORKFLOW, True)
    manifest = json.loads(text)
    del manifest["inputs"][0]["slot"], manifest["prompt"]["input_index"], manifest["tools"]["comfyui"]
    manifest |= {"tools": {**manifest["tools"], "video_queue": "0.0.1"}, "unknown": 1}
    record.write_text(json.dumps(manifest))
    job = replayed(queue, record)
    assert [warning.message for warning in job.warnings] == [
        f"video_queue was 0.0.1 and is {video_queue.__version__}. The output may differ."
    ]
    again = worked(queue, job)
    assert (graph_of(again), contents(again)) == (graph, pixels)

    queue.execute("DELETE FROM job")
    queue.execute("DELETE FROM document")
    record.write_text(text.replace("EmptyImage", "OtherImage"))
    assert "contents have another hash" in refusal(queue, record).message
    for damaged in ("{", "{}", "[]", text.replace('"definition": {', '"definition": [{')):
        record.write_text(damaged)
        assert refusal(queue, record).code == ErrorCode.VALIDATION
