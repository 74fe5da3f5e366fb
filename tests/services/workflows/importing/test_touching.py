"""The sheet of what a workflow would touch, from its graph and its phases alone."""

from __future__ import annotations

from tests.graphs import node, text_to_image
from video_queue.services.workflows.importing.touching import touched_by


def test_a_graph_says_what_it_reads_writes_loads_and_fetches() -> None:
    graph = text_to_image()
    graph["50"] = node("LoadImage", image="faces/me.png")
    graph["51"] = node("VHS_LoadVideoPath", video="/home/me/private.mp4")
    graph["52"] = node("FetchModel", url="https://example.org/x.safetensors", target="x")
    phases = [
        {"name": "render", "uses": "comfy"},
        {"name": "convert", "uses": "media.convert", "with": {"source": "/mnt/clips/a.mp4"}},
    ]
    touched = touched_by({"phases": phases}, {"render": graph})
    assert touched.reads == ["/home/me/private.mp4", "/mnt/clips/a.mp4", "faces/me.png"]
    assert touched.addresses == ["https://example.org/x.safetensors"]
    assert touched.writes
    assert any(name.endswith(".safetensors") for name in touched.models)
    assert {"LoadImage", "FetchModel", "KSampler"} <= set(touched.nodes)
    assert touched.programs == ["ComfyUI", "ffmpeg"]


def test_nothing_is_touched_by_nothing() -> None:
    assert not any(touched_by({}, {}).model_dump().values())
