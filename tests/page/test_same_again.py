"""Change and run again: the form that opens submits what the job was submitted with, whatever it was."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.page.serving import Served
from video_queue.domain.submission import Submission

WORKFLOW = """
name: everything
inputs: {kind: video}
resolutions: [input, 832x480]
parameters:
  prompt: {type: text, default: ""}
  denoise: {type: float, default: 0.5, min: 0, max: 1}
  seed: {type: seed, default: random}
phases:
  - {name: draw, uses: comfy, graph: everything.draw.api.json, set: {"1.inputs.seed": "{{ params.seed }}"}}
  - {name: look, uses: review, optional: true, with: {items: "{{ phases.draw.images }}"}}
output: {phase: draw, name: out}
"""
GRAPH = """{"1": {"class_type": "Noise", "inputs": {"seed": 0}},
 "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}"""
# Every key but the workflow: by its inputs, and by its rows. A job that is held makes nothing.
COMMON: dict[str, Any] = {
    "params": {"prompt": "ink wash"}, "sweep": {"denoise": [0.35, 0.55]}, "flip": True, "resolution": "832x480",
    "if_exists": "skip", "review": True, "run_order": "by_phase", "name": "Again",
    "tags": ["night"], "note": "for Anna", "priority": 3, "front": True, "held": True,
    "not_before": "2031-01-02T03:04:05Z", "dedupe": False, "reuse": False,
}  # fmt: skip
# Named by its job alone: the same key again would only give that job.
ONCE = {"idempotency_key"}


def submissions(server: Served) -> list[dict[str, Any]]:
    folder = server.home / "workflows"
    (folder / "everything.draw.api.json").write_text(GRAPH, "utf-8")
    (folder / "everything.yaml").write_text(WORKFLOW, "utf-8")
    first = server.submit(workflow="transcode", inputs=[str(server.clips / "good.mp4")], held=True)
    clips = {"input_dir": str(server.clips), "recursive": True, "glob": "g*.mp4"}
    files = {"inputs": [str(server.clips / "good.mp4"), str(server.clips / "other.mp4")]}
    rows = [{"input": str(server.clips / "good.mp4"), "prompt": "oil"}]
    return [
        {
            **COMMON,
            **clips,
            "seeds": 2,
            "limit": 1,
            "output_dir": str(server.home / "out"),
            "after": [first],
        },
        {**COMMON, **files, "seeds": [7, 9]},
        {**COMMON, "rows": rows, "params": {}, "seeds": "1..3"},
    ]


def test_the_form_submits_what_the_job_was_submitted_with(page: Page, server: Served) -> None:
    cases = submissions(server)
    assert {key for case in cases for key in case} | ONCE | {"workflow"} == set(Submission.model_fields)
    for case in cases:
        job = server.submit(workflow="everything", **case)
        with page.expect_request("**/api/jobs/preview*") as preview:
            page.goto(f"/#/new/everything?from={job}")
        sent = Submission.model_validate(json.loads(preview.value.post_data or "{}"))
        assert sent.model_dump() == Submission(workflow="everything", **case).model_dump()


def test_what_has_no_field_is_seen_and_can_be_taken_away(page: Page, server: Served) -> None:
    case = submissions(server)[0]
    job = server.submit(workflow="everything", **case)
    page.goto(f"/#/new/everything?from={job}")
    kept = page.get_by_role("group", name="Kept from the job")
    expect(kept.get_by_role("button")).to_have_count(4)
    with page.expect_request(
        lambda request: "/jobs/preview" in request.url and "glob" not in (request.post_data or "")
    ):
        kept.get_by_role("button", name="Only g*.mp4").click()
