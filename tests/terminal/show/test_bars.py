"""The bars of `vq follow` and `vq status --watch`."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from video_queue.terminal.show.bars import bars

_NO_BARS = str.maketrans("", "", "━╸╺-")
_COUNTS = {"queued": 1, "running": 1, "review": 0, "succeeded": 1, "failed": 0, "cancelled": 0}
_JOB = {"id": 12, "name": "Night", "progress": 0.5, "counts": _COUNTS, "eta_seconds": 240.0}
_PHASES = [
    {"name": "split", "progress": 1.0, "items": None},
    {"name": "render", "progress": 0.55, "items": {"done": 5, "total": 9}},
]


def lines_of(prompt: dict[str, Any]) -> list[str]:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(bars([_JOB], [prompt]))
    return [line.translate(_NO_BARS) for line in console.export_text().splitlines()]


def prompt_at(**fields: Any) -> dict[str, Any]:
    prompt = {
        "job_id": 12, "index": 2, "input": "/clips/rain.mp4", "progress": 0.7, "phase": "render",
        "phases": _PHASES, "message": "KSampler 11/20", "waiting_for": None,
    }  # fmt: skip
    return prompt | fields


def test_bars_are_of_job_prompt_and_phase_with_the_current_node() -> None:
    job, prompt, phase = (" ".join(line.split()) for line in lines_of(prompt_at()))
    assert job == "job 12 Night 1/3 about 4 min left"
    assert prompt == "12.2 rain.mp4 70%"
    assert phase == "render 5/9 KSampler 11/20"


def test_a_bar_says_why_its_prompt_waits() -> None:
    waiting = prompt_at(message=None, waiting_for={"reason": "comfy_unreachable", "since": ""})
    assert lines_of(waiting)[2].split("5/9")[1].strip() == "waiting: no ComfyUI answers"
