"""Every way in which ComfyUI misbehaves has its documented end (docs/comfyui.md), and the rest of the batch goes on.

Each case is a job of three pictures; the fault is about the second. What succeeds is compared with its picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.media_clips import make_pictures
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.workflows import INVERT, inverted, write_graph
from tests.worker.waiting import until
from video_queue.domain.states import PromptState
from video_queue.domain.views import Job, Prompt
from video_queue.outputs.manifest import manifest_path, read_manifest
from video_queue.simulator.faults import FAULTS
from video_queue.wiring import Services

# What only the graph of the second prompt contains: its file names.
_SECOND = "vq/1.2/"


@dataclass(frozen=True)
class Case:
    """A fault and how the second render ends; `code` is None where it succeeds.

    It is about the second prompt's first try, `each_try` or everything (`always`).
    """

    fault: str
    code: str | None = None
    attempts: int = 1
    value: Any = True
    each_try: bool = False
    always: bool = False
    and_faults: dict[str, Any] = field(default_factory=dict)
    stall: str = "60s"
    timeout: str = "60s"

    def __str__(self) -> str:
        tries = " always" if self.always else " each time" if self.each_try else ""
        return self.fault + tries + "".join(f" and {name}" for name in self.and_faults)


CASES = [
    Case("reject", "comfy_rejected"),
    Case("refuse_plainly", "comfy_lost", 3, each_try=True),
    Case("refuse_plainly", attempts=2),
    Case("garbage"),
    Case("lost_answer"),
    Case("other_id"),
    Case("dropped", attempts=2),
    Case("dropped", "comfy_lost", 3, each_try=True),
    Case("slow_answers", value=0.3),
    Case("queue_garbage", value=2, always=True, and_faults={"socket_silent": True}),
    Case("history_garbage", value=2, and_faults={"socket_silent": True}),
    Case("history_empty", "comfy_lost", 3, each_try=True, and_faults={"socket_silent": True}),
    Case("history_error"),
    Case("history_error", "comfy_lost", 2, each_try=True, and_faults={"socket_silent": True}),
    Case("late_history", value=0.5, and_faults={"socket_silent": True}),
    Case("socket_silent", always=True),
    Case("interrupted", attempts=2),
    Case("interrupted", "comfy_lost", 2, each_try=True),
    Case("node_error", "comfy_execution", value="ImageInvert"),
    Case("bare_error", "comfy_execution"),
    Case("oom", value="ImageInvert"),
    Case("oom", "out_of_memory", value="ImageInvert", each_try=True),
    Case("slow", "timeout", value=2, timeout="0.5s"),
    Case("slow", "stalled", 2, value=2, each_try=True, stall="0.5s"),
    Case("slow", attempts=2, value=2, stall="0.5s"),
    Case("odd_frames"),
    Case("foreign_frames"),
    Case("double_frames"),
    Case("early_end"),
    Case("no_executed"),
    Case("backwards"),
    Case("flood"),
    Case("empty_outputs"),
    Case("empty_outputs", "no_output", each_try=True),
    Case("stale_outputs"),
    Case("stale_outputs", "no_output", each_try=True),
    Case("missing_outputs", attempts=2),
    Case("missing_outputs", "no_output", 2, each_try=True),
    Case("cut_outputs", "bad_output"),
    Case("other_outputs", "bad_output"),
    Case("empty_files", "bad_output"),
    Case("no_stats", always=True),
    Case("odd_object_info", always=True),
]
# What is about more than one prompt has tests of its own.
ELSEWHERE = {
    "down",
    "die_in_prompt",
    "no_answer",
    "forget",
    "drop_sockets",
    "zombie",
    "hold_nodes",
    "hold_steps",
    "oom_above",
}

ONE_GRAPH = """
inputs: {kind: image}
phases:
  - {name: render, uses: comfy, graph: one.render.api.json, files: {"1.inputs.image": "{{ input.path }}"},
     stall: STALL, timeout: TIMEOUT}
output: {phase: render}
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comfy]:
    """One stand-in for all cases: each begins with the faults of none."""
    comfy = Comfy(tmp_path_factory.mktemp("faults") / "comfy")
    try:
        yield comfy
    finally:
        comfy.process.kill()


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Three pictures that carry their numbers."""
    folder = tmp_path_factory.mktemp("pictures")
    return [str(path) for path in make_pictures(folder, 3, size=(96, 64))]


def test_every_fault_has_a_case() -> None:
    assert {case.fault for case in CASES} | ELSEWHERE == set(FAULTS)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_fault_ends_as_documented_and_the_batch_goes_on(
    case: Case, shared: Comfy, three: list[str], tmp_path: Path
) -> None:
    shared.fault(**dict.fromkeys(FAULTS, False))
    queue = queue_for(shared, tmp_path)
    workflow = ONE_GRAPH.replace("STALL", case.stall).replace("TIMEOUT", case.timeout)
    queue.workflow("one", workflow)
    write_graph(queue, "one.render", INVERT)
    value = case.value
    if not case.always:
        value = {"value": value, "graph": _SECOND} | ({} if case.each_try else {"posts": 1})
    shared.fault(**{case.fault: value}, **case.and_faults)

    async def finish(services: Services, jobs: list[Job]) -> None:
        async def finished(_: str | None) -> bool:
            return (await services.lookup.job(jobs[0].id)).finished_at is not None

        await until(services, finished)  # at most for two minutes

    [job] = queue.work({"workflow": "one", "inputs": three}, during=finish)
    first, second, third = queue.prompts(job.id)
    for prompt, source in ((first, three[0]), (third, three[2])):
        assert (prompt.state, prompt.attempt) == (PromptState.SUCCEEDED, 1), prompt.error
        assert _shows(prompt, source)
    assert (second.error.code if second.error else None, second.attempt) == (case.code, case.attempts), (
        second.error
    )
    if case.code is None:
        assert second.state is PromptState.SUCCEEDED
        assert _shows(second, three[1])
        attempts = read_manifest(manifest_path(Path(second.artifacts[0].path))).attempts
        assert [item.state for item in attempts] == ["failed"] * (case.attempts - 1) + ["succeeded"]
    else:
        assert second.state is PromptState.FAILED
        assert _published(queue) == 2


def _shows(prompt: Prompt, source: str) -> bool:
    """Whether the one output is what the graph makes of its picture."""
    [output] = [artifact for artifact in prompt.artifacts if artifact.role == "output"]
    return bool(np.array_equal(np.asarray(Image.open(output.path).convert("RGB")), inverted(source)))


def _published(queue: Queue) -> int:
    return len(list(queue.settings.output_root.rglob("*.png")))
