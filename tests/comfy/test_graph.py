"""Values in graphs, names of save nodes, and progress over nodes: pure functions."""

from __future__ import annotations

from typing import Any

from video_queue.comfy.client import TextFrame
from video_queue.comfy.errors.failures import is_out_of_memory
from video_queue.comfy.graph import bound_graph, with_own_names
from video_queue.comfy.harvest import remote_files, remote_texts
from video_queue.comfy.node_progress import NodeProgress

GRAPH: dict[str, Any] = {
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a"}},
    "5": {
        "class_type": "LoraLoader",
        "inputs": {"model": ["4", 0], "clip": ["4", 1], "lora_name": "l", "strength_model": 1.0},
    },
    "10:3": {
        "class_type": "KSampler",
        "inputs": {"model": ["5", 0], "seed": 1},
        "_meta": {"title": "Sampler"},
    },
    "6": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["5", 1], "text": "x", "a.b": 2}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "ComfyUI"}},
    "12": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": ["6", 0]}},
}


def test_values_and_files_are_set_and_the_graph_stays_as_it_was() -> None:
    values = {"10:3.inputs.seed": 2**64 - 1, "6.inputs.text": None, "6.inputs.a.b": {"path": "/x"}}
    bound = bound_graph(GRAPH, values, {"4.inputs.ckpt_name": "vq/x.png"})
    assert bound["10:3"]["inputs"]["seed"] == 2**64 - 1
    assert bound["6"]["inputs"] == {"clip": ["5", 1], "text": "x", "a.b": "/x"}
    assert bound["4"]["inputs"]["ckpt_name"] == "vq/x.png"
    assert GRAPH["10:3"]["inputs"]["seed"] == 1


def test_a_field_of_an_object_is_set_and_the_rest_of_it_stays() -> None:
    row = {"on": True, "lora": "a", "strength": 1.0}
    graph = {"1": {"class_type": "Power Lora Loader (rgthree)", "inputs": {"lora_1": row}}}
    bound = bound_graph(graph, {"1.inputs.lora_1.strength": 0.5, "1.inputs.lora_1.lora": None}, {})
    assert bound["1"]["inputs"] == {"lora_1": {**row, "strength": 0.5}}
    assert row["strength"] == 1.0


def test_no_lora_takes_its_loader_out() -> None:
    bound = bound_graph(GRAPH, {"5.inputs.lora_name": None, "5.inputs.strength_model": 0.5}, {})
    assert "5" not in bound
    assert bound["10:3"]["inputs"]["model"] == ["4", 0]
    assert bound["6"]["inputs"]["clip"] == ["4", 1]


def test_every_save_node_gets_a_name_of_its_own() -> None:
    named = with_own_names(GRAPH, "vq/1.2/render_000000_abcd")
    assert named["9"]["inputs"]["filename_prefix"] == "vq/1.2/render_000000_abcd_9"
    assert named["12"]["inputs"]["filename_prefix"] == ["6", 0]  # linked: the graph makes its own
    assert GRAPH["9"]["inputs"]["filename_prefix"] == "ComfyUI"


def test_outputs_come_by_node_number_and_place() -> None:
    def file(name: str, kind: str = "output") -> dict[str, str]:
        return {"filename": name, "subfolder": "", "type": kind}

    outputs = {
        "10": {"images": [file("c.png")], "animated": [True]},
        "9": {"gifs": [file("a.mp4")], "images": [file("b.png"), file("t.png", "temp")]},
        "10:2": {"text": ["words", 3]},
    }
    assert [file.filename for file in remote_files(outputs)] == ["a.mp4", "b.png", "c.png"]
    assert [file.list_name for file in remote_files(outputs)] == ["videos", "images", "images"]
    assert remote_texts(outputs) == [("10:2", "words")]
    assert [file.filename for file in remote_files({"1": {"images": [file("t.png", "temp")]}})] == ["t.png"]


def test_progress_counts_nodes_and_steps() -> None:
    progress = NodeProgress(GRAPH)

    def receive(kind: str, **data: Any) -> None:
        assert progress.on_frame(TextFrame(kind, data))

    receive("execution_cached", nodes=["4", "5"])
    receive("executing", node="10:3")
    receive("progress", value=5, max=10, node="10:3")
    assert (progress.fraction, progress.message) == (2.5 / 6, "Sampler 5/10")
    state = {
        "10:3": {"state": "finished", "value": 10, "max": 10},
        "9": {"state": "running", "value": 0, "max": 1},
    }
    receive("progress_state", nodes=state)
    assert (progress.fraction, progress.message) == (3 / 6, "SaveImage")
    assert not progress.on_frame(TextFrame("executed", {}))


def test_out_of_memory_is_recognised_by_type_or_text() -> None:
    assert is_out_of_memory({"exception_type": "torch.OutOfMemoryError", "exception_message": "Allocation"})
    assert is_out_of_memory(
        {"exception_type": "RuntimeError", "exception_message": "CUDA out of memory. Tried"}
    )
    assert not is_out_of_memory({"exception_type": "ValueError", "exception_message": "wrong"})
