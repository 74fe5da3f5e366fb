"""From a submission to its prompts: nesting, names, limits."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.services.definitions import definition, submission
from video_queue.domain.plan import InputGroup, PromptPlan
from video_queue.services.submission.prompt_builder import (
    PlannedJob,
    build_prompts,
    plan_job,
    resolve_settings,
)


def plan(folder: Path, *, max_prompts: int = 1000, name: str | None = None, **keys: Any) -> PlannedJob:
    output = {"phase": "look", **({"name": name} if name else {})}
    request = submission(**{"input_dir": str(folder), **keys})
    settings = resolve_settings(definition(output=output), request)
    return plan_job(settings, request, rng=random.Random(3), max_prompts=max_prompts)


def built(groups: list[InputGroup], **keys: Any) -> list[PromptPlan]:
    settings = resolve_settings(definition(), submission(**keys))
    return build_prompts(settings, groups, settings.values.draw(random.Random(1))[0])


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    for name in ("a2.mp4", "a10.mp4"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def names(planned: PlannedJob) -> list[str]:
    assert planned.problems == []
    return [prompt.output_name for prompt in planned.prompts]


def test_nesting_is_inputs_then_sweep_then_seeds(clips: Path) -> None:
    planned = plan(clips, sweep={"denoise": [0.5, 0.3]}, seeds=[7, 8])
    assert planned.count == 8
    order = [(Path(p.inputs[0]).name, p.values["denoise"], p.values["seed"]) for p in planned.prompts]
    assert order == [(clip, d, s) for clip in ("a2.mp4", "a10.mp4") for d in (0.5, 0.3) for s in (7, 8)]
    assert [p.index for p in planned.prompts] == list(range(1, 9))
    assert [p.input_index for p in planned.prompts] == [1] * 4 + [2] * 4
    assert planned.seed_of(planned.prompts[1]) == 8


def test_common_values_are_stored_once(clips: Path) -> None:
    planned = plan(clips, params={"prompt": "oil"})
    assert [p.values for p in planned.prompts] == [{}, {}]
    assert planned.params["prompt"] == "oil"
    assert {planned.seed_of(p) for p in planned.prompts} == {planned.params["seed"]}


def test_names_come_from_the_template(clips: Path) -> None:
    assert names(plan(clips)) == ["a2", "a10"]
    template = "{{ input.stem }}_{{ params.denoise }}_{{ prompt.index }}_{{ job.name }}_{{ job.id }}_{{ input.width }}"
    assert names(plan(clips, name=template, params={"denoise": 0.3})) == [
        f"{stem}_0.3_{index}__{{{{ job.id }}}}_{{{{ input.width }}}}"
        for index, stem in ((1, "a2"), (2, "a10"))
    ]


def test_equal_names_get_the_values_in_which_they_differ(clips: Path) -> None:
    assert names(plan(clips, glob="a2*", sweep={"denoise": [0.3, 0.5]}, seeds=[1])) == [
        "a2_denoise-0.3",
        "a2_denoise-0.5",
    ]
    both = names(plan(clips, glob="a2*", sweep={"denoise": [0.3, 0.5]}, seeds=[1, 2]))
    assert both[0] == "a2_denoise-0.3_seed-1"
    assert both[3] == "a2_denoise-0.5_seed-2"
    template = "{{ input.stem }}_{{ params.seed }}"
    assert names(plan(clips, glob="a2*", name=template, seeds=[1, 2])) == ["a2_1", "a2_2"]


def test_then_they_are_numbered(clips: Path) -> None:
    (clips / "a2.mov").write_bytes(b"x")
    (clips / "A2_0001.mp4").write_bytes(b"x")
    assert names(plan(clips)) == ["a2_0002", "a2_0003", "A2_0001", "a10"]


def test_names_differ_where_case_is_ignored(tmp_path: Path) -> None:
    groups = [InputGroup(inputs=(f"/x/{stem}.mp4",)) for stem in ("Clip", "clip", "e\u0301", "é")]
    output_names = [prompt.output_name for prompt in built(groups)]
    assert output_names == ["Clip_0001", "clip_0002", "é_0001", "é_0002"]


def test_equal_names_in_different_folders_stay(clips: Path) -> None:
    (clips / "sub").mkdir()
    (clips / "sub" / "a2.mp4").write_bytes(b"x")
    planned = plan(clips, recursive=True)
    assert names(planned) == ["a2", "a10", "a2"]
    assert [p.reldir for p in planned.prompts] == ["", "", "sub"]


def test_swept_texts_make_safe_names(clips: Path) -> None:
    output_names = names(
        plan(clips, glob="a2*", sweep={"prompt": ["a/b: c", "x" * 300, "{{ job.id }}", "{{ job.id }}"]})
    )
    assert output_names[0] == "a2_prompt-a_b_ c"
    assert output_names[1] == "a2_prompt-" + "x" * 40
    assert output_names[2:] == ["a2_prompt-(( job.id ))_0001", "a2_prompt-(( job.id ))_0002"]


def test_a_file_name_is_never_a_template(tmp_path: Path) -> None:
    (tmp_path / "{{ params.prompt }}.mp4").write_bytes(b"x")
    assert names(plan(tmp_path, params={"prompt": "secret"})) == ["(( params.prompt ))"]


def test_rows_are_prompts_in_their_order(clips: Path) -> None:
    rows = [{"input": "a10.mp4", "prompt": "one"}, {"input": "a10.mp4", "prompt": "two"}, {"input": "a2.mp4"}]
    planned = plan(clips, rows=rows, seeds=[5, 6])
    assert [p.values.get("prompt") for p in planned.prompts] == ["one", "one", "two", "two", None, None]
    assert names(planned)[0] == "a10_prompt-one_seed-5"
    assert names(planned)[4] == "a2_seed-5"


def test_a_workflow_without_inputs(tmp_path: Path) -> None:
    workflow = definition(
        inputs={"kind": "none"}, phases=[{"name": "look", "uses": "media.probe", "with": {"source": "x"}}]
    )
    request = submission(seeds=2)
    settings = resolve_settings(workflow, request)
    planned = plan_job(settings, request, rng=random.Random(1), max_prompts=10)
    assert [p.inputs for p in planned.prompts] == [(), ()]
    assert all(name.startswith("w_seed-") for name in names(planned))


def test_too_large_is_found_before_expanding(clips: Path) -> None:
    planned = plan(clips, seeds=f"0..{2**64 - 1}", max_prompts=100_000)
    assert planned.count == 2 * 2**64
    assert [problem.code for problem in planned.problems] == ["too_large"]
    assert planned.prompts == []
    assert plan(clips, seeds=50, max_prompts=100).problems == []
    assert [problem.code for problem in plan(clips, seeds=51, max_prompts=100).problems] == ["too_large"]


def test_all_problems_of_a_submission_come_at_once(clips: Path) -> None:
    planned = plan(
        clips, params={"denoise": 7}, inputs=[str(clips / "no.mp4")], resolution="1x1", sweep={"x": [1]}
    )
    assert sorted(str(problem.loc[0]) for problem in planned.problems) == [
        "inputs",
        "params",
        "resolution",
        "sweep",
    ]
    assert planned.prompts == []


def test_references_to_jobs_leave_the_job_unexpanded(clips: Path) -> None:
    planned = plan(clips, inputs=["job:3"])
    assert planned.problems == []
    assert planned.references == ["job:3"]
    assert planned.prompts == []


def test_ten_thousand_prompts_keep_their_order_and_names() -> None:
    groups = [InputGroup(inputs=(f"/clips/{number % 100}/clip.mp4",)) for number in range(2500)]
    prompts = built(groups, seeds=4)
    assert len({prompt.output_name for prompt in prompts}) == len(prompts) == 10_000
    assert prompts[9_999].input_index == 2500


def test_plans_survive_storing(clips: Path) -> None:
    for prompt in plan(clips, seeds=[2**64 - 1]).prompts:
        assert PromptPlan.from_json(prompt.to_json()) == prompt
