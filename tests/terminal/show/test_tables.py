"""What tables print of single answers."""

from __future__ import annotations

from typing import Any

from video_queue.terminal.show import tables


def test_a_failure_shows_the_last_lines_of_the_comfyui_that_it_ended() -> None:
    error: dict[str, Any] = {
        "code": "poison", "message": "gave up", "hint": "Retry.", "phase": "render",
        "details": {"count": 3, "comfy_log": ["loading", "Killed"]},
    }  # fmt: skip
    assert tables.error_lines(error) == [
        "failed in render: gave up (poison)", "hint: Retry.", "ComfyUI printed last:", "  loading", "  Killed"
    ]  # fmt: skip
    assert tables.error_lines({**error, "details": {}})[-1] == "hint: Retry."


def test_a_comfyui_that_is_not_there_is_shown_by_what_its_process_is_at() -> None:
    detail: dict[str, Any] = {"connected": False, "url": "http://127.0.0.1:8188"}
    assert "not found at http://127.0.0.1:8188" in tables.comfy_line(detail)
    process = {"state": "failed", "message": "given up after 4 times: no torch", "pid": None}
    assert tables.comfy_line({**detail, "process": process}) == (
        "ComfyUI: failed: given up after 4 times: no torch; vq comfy shows its log. Media work goes on."
    )


def test_a_job_says_what_it_comes_after_and_what_comes_after_it() -> None:
    chain: list[dict[str, Any]] = [
        {"id": 1, "name": "far", "state": "succeeded", "held_reason": None, "after": []},
        {"id": 2, "name": "cut", "state": "failed", "held_reason": None, "after": [1]},
        {"id": 3, "name": "grade", "state": "queued", "held_reason": "dependency", "after": [2]},
        {"id": 4, "name": "join", "state": "queued", "held_reason": None, "after": [3]},
    ]
    assert tables.chain_lines({"id": 3, "chain": chain}) == [
        "after: job 2, cut, failed",
        "before: job 4, join, queued",
    ]
    assert (
        tables.chain_lines({"id": 2, "chain": chain})[1] == "before: job 3, grade, queued (held: dependency)"
    )
