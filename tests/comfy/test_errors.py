"""What an artist is told about ComfyUI's refusals and failures: the node, the cause in a line, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from video_queue.comfy.errors.failures import execution_error
from video_queue.comfy.errors.refusals import refusal_error
from video_queue.comfy.node_catalogue import Offer
from video_queue.domain.errors import VqError

RECORDINGS = Path(__file__).parents[1] / "simulator" / "recordings"
GRAPH: dict[str, Any] = {
    "5": {
        "class_type": "EmptyLatentImage",
        "inputs": {"batch_size": 4, "height": 720, "width": 1280},
        "_meta": {"title": "Size"},
    },
    "3": {"class_type": "KSampler", "inputs": {"latent_image": ["5", 0]}, "_meta": {"title": "Sampler"}},
    "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "gone.safetensors"}},
}
LORAS = ["styles/gone_v2.safetensors", "oil.safetensors", "ink.safetensors"]
LORA_LOADER = {"LoraLoader": {"input": {"required": {"lora_name": [LORAS, {}]}}}}
OFFER = Offer(LORA_LOADER, {"loras": ["/comfy/models/loras"]})


def refusals(version: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(prompt, answer) of every refused POST in the recordings."""
    for number in ("04", "21"):
        for line in (RECORDINGS / f"{number}_{version}.jsonl").read_text().splitlines():
            entry = json.loads(line)
            if not isinstance(entry, list) or entry[0] != "http" or entry[2].get("status") != 400:
                continue
            answer = entry[2].get("body")
            if isinstance(answer, dict) and "error" in answer:
                yield entry[1].get("json") or {}, answer


@pytest.mark.parametrize("version", ["0.33.0", "0.3.64"])
def test_every_recorded_refusal_has_a_cause_and_a_remedy(version: str) -> None:
    errors = []
    for request, answer in refusals(version):
        graph = {
            node_id: {"class_type": node[0], "inputs": node[1]}
            for node_id, node in (request.get("prompt") or {}).items()
            if isinstance(node, list)  # how recordings keep a node
        }
        errors.append(refusal_error(answer["error"], answer["node_errors"], graph))
    assert len(errors) > 8
    assert all(error.code == "comfy_rejected" and "\n" not in error.message for error in errors)
    hints = " ".join(error.hint for error in errors)
    for remedy in (
        "ComfyUI-VideoHelperSuite",
        "save node such as SaveImage",
        "value from",
        "Connect",
        "files:",
    ):
        assert remedy in hints, remedy
    assert not any("Exception when" in error.message for error in errors)


def refused(kind: str, **extra: Any) -> VqError:
    complaint = {"type": kind, "message": "no", "details": "lora_name", "extra_info": extra}
    return refusal_error({}, {"10": {"errors": [complaint], "class_type": "LoraLoader"}}, GRAPH, OFFER)


def test_a_missing_lora_names_the_nearest_and_its_folder() -> None:
    """Newer versions leave long lists out of the refusal: then what was stored counts."""
    for config in ([LORAS, {}], ["COMBO", {"options": LORAS}], None):
        error = refused(
            "value_not_in_list",
            input_name="lora_name",
            input_config=config,
            received_value="gone.safetensors",
        )
        assert error.message.endswith("LoraLoader (node 10): lora_name='gone.safetensors' is not in its list")
        assert (
            error.hint == "Put gone.safetensors into /comfy/models/loras, or use: styles/gone_v2.safetensors."
        )
        assert (error.details["node_id"], error.details["node_class"]) == ("10", "LoraLoader")


def failed(kind: str, message: str, node: str = "3") -> VqError:
    data = {
        "node_id": node,
        "node_type": GRAPH[node]["class_type"],
        "exception_type": kind,
        "exception_message": message,
        "traceback": ["  File one\n", "  File two\n"],
    }
    return execution_error(data, GRAPH, OFFER)


def test_memory_that_ran_out_names_the_numbers_to_lower() -> None:
    error = failed("torch.OutOfMemoryError", "Allocation on device 0 would exceed allowed memory.")
    assert error.code == "out_of_memory"
    assert "Sampler (node 3, KSampler)" in error.message
    assert "width=1280, height=720 and batch_size=4 of Size (node 5, EmptyLatentImage)" in error.hint
    assert "on_oom: {set: {5.inputs.width: 960, 5.inputs.height: 528}}" in error.hint


@pytest.mark.parametrize(
    ("kind", "message", "remedy"),
    [
        ("RuntimeError", "The size of tensor a (64) must match the size of tensor b (96) at non-singleton", "one size"),
        ("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (77x768 and 2048x320)", "different families"),
        ("RuntimeError", "Given groups=1, weight of size [320, 4, 3, 3], expected input[1, 16, 64, 64] to have 4 "
         "channels, but got 16 channels instead", "different families"),
        ("RuntimeError", "expected mat1 and mat2 to have the same dtype, but got: float != c10::Half", "weight_dtype"),
        ("RuntimeError", '"addmm_impl_cpu_" not implemented for \'Half\'', "weight_dtype"),
        ("RuntimeError", "ERROR: clip input is invalid: None\n\nIf the clip is from a checkpoint", "text encoder"),
        ("safetensors_rust.SafetensorError", "Error while deserializing header: HeaderTooLarge", "download it again"),
        ("RuntimeError", "ERROR: Could not detect model type of: /m/x.safetensors", "which loader"),
        ("ModuleNotFoundError", "No module named 'insightface'", "requirements"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'clip.mp4'", "files:"),
        ("PIL.UnidentifiedImageError", "cannot identify image file '/comfyui/input/broken.png'\n", "damaged"),
        ("OSError", "[Errno 28] No space left on device", "make room"),
        ("RuntimeError", "CUDA error: no kernel image is available for execution on the device", "GPU driver"),
        ("Exception", "Unauthorized: Please login first to use this node.", "account"),
        ("ValueError", "something new", "trace"),
    ],
)  # fmt: skip
def test_a_failure_says_what_to_do(kind: str, message: str, remedy: str) -> None:
    error = failed(kind, message)
    assert error.code == "comfy_execution"
    assert remedy in error.hint
    assert error.message == f"Sampler (node 3, KSampler) failed: {error.details['detail']}"
    assert "\n" not in error.message
    assert error.details["traceback"] == "  File one\n  File two\n"


def test_a_model_that_is_missed_while_running_names_the_nearest() -> None:
    error = failed(
        "FileNotFoundError", "Model in folder 'loras' with filename 'gone.safetensors' not found.", "10"
    )
    assert "/comfy/models/loras" in error.hint
    assert "styles/gone_v2.safetensors" in error.hint


def test_recorded_failures_have_their_node_and_cause() -> None:
    for line in (RECORDINGS / "06_0.33.0.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if isinstance(entry, list) and entry[0] == "frame" and entry[2] == "execution_error":
            error = execution_error(entry[3], {})
            assert "UnidentifiedImageError: cannot identify image file" in error.message
            assert "damaged" in error.hint
            break
    else:
        pytest.fail("no failure was recorded")
