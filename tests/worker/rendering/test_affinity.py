"""A job whose phases use different models renders all of one phase before the next."""

from __future__ import annotations

from pathlib import Path

from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.workflows import INVERT, write_graph

TWO_MODELS = """
inputs: {kind: image}
phases:
  - {name: first, uses: comfy, graph: two.first.api.json, files: {"1.inputs.image": "{{ input.path }}"}}
  - {name: second, uses: comfy, graph: two.second.api.json, files: {"1.inputs.image": "{{ phases.first.file }}"}}
output: {phase: second}
"""


def test_pictures_that_pass_two_models_load_each_of_them_once(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    queue.workflow("two", TWO_MODELS)
    for phase in ("first", "second"):
        loader = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": f"{phase}.safetensors"}}
        write_graph(queue, f"two.{phase}", {**INVERT, "9": loader})
    (job,) = queue.work({"workflow": "two", "inputs": pictures})
    assert (job.state, job.run_order) == ("succeeded", "by_phase")
    assert job.model_loads_saved == 2 * len(pictures) - 2
    phases = [prompt.phases for prompt in queue.prompts(job.id)]
    last_of_first = max(first.started_at or "" for first, _ in phases)
    assert all((second.started_at or "") > last_of_first for _, second in phases)
