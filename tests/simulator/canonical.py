"""One form for recorded and simulated answers and frames, so that the two can be compared with ==.

What differs from run to run (times, ids, counters in file names, order of sets) is made equal; all else stays.
"""

from __future__ import annotations

import json
import re
from typing import Any

TIMES = ("timestamp", "create_time", "execution_start_time", "execution_end_time")


def canonical(value: Any, key: str = "") -> Any:
    """The comparable form of a JSON value."""
    if key in TIMES:
        return "a time" if isinstance(value, int) else value
    if key == "traceback":
        return "lines"
    if key == "current_inputs":
        return "inputs"
    if key == "tooltip":
        return "T"
    if key == "exception_message":
        return re.sub(r"'[^']*/input/", "'/comfyui/input/", str(value).split("\n")[0])
    if isinstance(value, dict):
        return {k: canonical(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return _list([canonical(v) for v in value])
    return text(value) if isinstance(value, str) else value


def _list(values: list[Any]) -> list[Any]:
    """Lists of names, of errors and of queue items come from sets or heaps: their order is free."""
    names = bool(values) and all(isinstance(v, str) for v in values)
    errors = bool(values) and all(isinstance(v, dict) and "details" in v for v in values)
    return sorted(values, key=lambda v: json.dumps(v, sort_keys=True)) if names or errors else values


def text(value: str) -> str:
    value = re.sub(r"ComfyUI_temp_[a-z]{5}_", "ComfyUI_temp_tag_", value)
    value = re.sub(r"_\d+(_?\.\w+)", r"_N\1", value)
    return re.sub(r"\d{4}-\d\d-\d\d", "DATE", value)


def replace_ids(value: Any, names: dict[str, str]) -> Any:
    """The value with every key of `names` replaced wherever it stands in a text."""
    raw = json.dumps(value)
    for old, new in names.items():
        raw = raw.replace(old, new)
    return json.loads(raw)


def compact_frame(message: str | bytes) -> list[Any]:
    """A frame as the recordings hold it, without the label."""
    if isinstance(message, bytes):
        kind = int.from_bytes(message[:4], "big")
        length = int.from_bytes(message[4:8], "big")
        return ["binary", kind, json.loads(message[8 : 8 + length]) if kind == 4 else None]
    frame = json.loads(message)
    kind, data = frame["type"], frame["data"]
    if kind == "status":
        sid = [data["sid"]] if "sid" in data else []
        return ["status", data["status"]["exec_info"]["queue_remaining"], *sid]
    if kind == "executing" and "prompt_id" in data:
        assert ("display_node" in data) == (data["node"] is not None)
        return ["executing", data["prompt_id"], data["node"]]
    if kind == "progress_state":
        return _compact_progress(data)
    return ["frame", kind, data]


def _compact_progress(data: dict[str, Any]) -> list[Any]:
    for node_id, node in data["nodes"].items():
        assert (node["node_id"], node["display_node_id"], node["real_node_id"]) == (node_id,) * 3
        assert node["prompt_id"] == data["prompt_id"]
        assert node["parent_node_id"] is None
    changed, node = list(data["nodes"].items())[-1]
    change = {changed: [node["value"], node["max"], node["state"]]}
    return ["progress", data["prompt_id"], change, len(data["nodes"])]


def split_frames(frames: list[list[Any]]) -> tuple[list[Any], list[list[list[Any]]]]:
    """Status frames apart from the rest, and the rest in blocks: one per node, one per other frame.

    Status frames come from the HTTP side, the others from the worker; how they interleave is chance.
    """
    statuses = [f for f in frames if f[0] == "status"]
    blocks: list[list[list[Any]]] = []
    inside = False
    for frame in (f for f in frames if f[0] != "status"):
        begins = frame[0] == "progress" and next(iter(frame[2].values()))[0] in (0, 0.0)
        if begins or not inside:
            blocks.append([])
            inside = begins
        blocks[-1].append(frame)
        if frame[0] == "progress" and next(iter(frame[2].values()))[2] == "finished":
            inside = False
        if frame[0] == "frame" and frame[1] in ("execution_error", "execution_interrupted"):
            inside = False
    return statuses, blocks


def unordered(blocks: list[list[list[Any]]]) -> list[str]:
    """Blocks sorted, without the count of begun nodes: for graphs whose order the server may choose."""
    plain = [[f[:3] if f[0] == "progress" else f for f in block] for block in blocks]
    return sorted(json.dumps(block, sort_keys=True) for block in plain)


def ordered(blocks: list[list[list[Any]]]) -> list[str]:
    return [json.dumps(block, sort_keys=True) for block in blocks]
