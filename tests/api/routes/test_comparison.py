"""In what two jobs or prompts differ."""

from __future__ import annotations

import httpx

from tests.api.running import RunningApi

_PAINT = """
name: paint
parameters:
  model: {type: choice, options: [a.safetensors, b.safetensors], default: a.safetensors}
  steps: {type: int, default: 4}
  seed: {type: seed, default: 7}
resolutions: [64x64, 128x64]
phases:
  - name: render
    uses: comfy
    graph: paint.render.api.json
    set: {"1.inputs.ckpt_name": "{{ params.model }}"}
output: {phase: render}
"""
_GRAPH = """{"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": ""}, "_meta": {"title": "Load"}},
 "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}"""


def differences(client: httpx.Client, a: object, b: object) -> list[tuple[str, str, object, object]]:
    comparison = client.get("/api/diff", params={"a": a, "b": b}).json()
    assert comparison["same"] == (not comparison["differences"])
    return [(item["subject"], item["name"], item["a"], item["b"]) for item in comparison["differences"]]


def test_jobs_and_prompts_are_compared_by_what_they_were_given(api: RunningApi, client: httpx.Client) -> None:
    (api.home / "workflows" / "paint.yaml").write_text(_PAINT)
    (api.home / "workflows" / "paint.render.api.json").write_text(_GRAPH)

    def submit(workflow: str = "paint", **keys: object) -> int:
        answer = client.post("/api/jobs", json={"workflow": workflow, "dedupe": False, **keys}).json()
        return int(answer["id"])

    plain, same = submit(), submit()
    assert differences(client, plain, same) == []
    other = submit(params={"model": "b.safetensors"}, sweep={"steps": [4, 8]}, resolution="128x64")
    assert differences(client, plain, other) == [
        ("parameter", "model", "a.safetensors", "b.safetensors"),
        ("parameter", "steps", 4, [4, 8]),
        ("resolution", "resolution", None, "128x64"),
        ("model", "render: Load ckpt_name", "a.safetensors", "b.safetensors"),
    ]
    assert differences(client, f"{other}.1", f"{other}.2") == [("parameter", "steps", 4, 8)]
    assert ("workflow", "name", "paint", "draw") in differences(client, plain, submit("draw"))


def test_what_is_not_there_or_no_number_is_refused(client: httpx.Client) -> None:
    for a, code in (("9", "unknown_job"), ("9.1", "unknown_job"), ("x", "validation")):
        answer = client.get("/api/diff", params={"a": a, "b": a})
        assert answer.json()["error"]["code"] == code, a
