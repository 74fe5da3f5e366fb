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
