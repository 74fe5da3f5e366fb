"""The record of what a phase sent: one graph, and of each item only what differs."""

from __future__ import annotations

from typing import Any

from video_queue.comfy.graph import bound_graph
from video_queue.comfy.sent_graphs import sent_graph
from video_queue.domain.workflow import Phase

GRAPH: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "x.png"}},
    "2": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "a.sft", "model": ["4", 0]}},
    "3": {"class_type": "KSampler", "inputs": {"model": ["2", 0], "seed": 1, "steps": 20, "cfg": 7.0}},
}
FRAMES = [{"path": f"/frames/{index}.png"} for index in range(4)]


def phase(**keys: Any) -> Phase:
    """A comfy phase over frames."""
    each = "{{ phases.frames.images }}"
    body = {"name": "render", "uses": "comfy", "graph": "render.api.json", "for_each": each, **keys}
    return Phase.model_validate(body)


def scope(**params: Any) -> dict[str, Any]:
    """What the phase's references lead to."""
    return {"params": params, "phases": {"frames": {"images": FRAMES}}}


def test_every_item_has_only_what_differs_and_its_graph_can_be_made_again() -> None:
    over_frames = phase(
        files={"1.inputs.image": "{{ item.path }}"},
        set={"3.inputs.seed": "{{ item.index }}", "3.inputs.steps": "{{ params.steps }}"},
    )
    sent = sent_graph(over_frames, GRAPH, scope(steps=8))
    assert [item["item"] for item in sent.items] == [1, 2, 3, 4]
    assert sent.items[2]["set"] == {"1.inputs.image": "/frames/2.png", "3.inputs.seed": 3}
    assert sent.graph["3"]["inputs"] == {"model": ["2", 0], "seed": 1, "steps": 8, "cfg": 7.0}
    assert bound_graph(sent.graph, sent.items[0]["set"], {}) == sent.graph
    assert bound_graph(sent.graph, sent.items[3]["set"], {})["1"]["inputs"]["image"] == "/frames/3.png"


def test_an_item_without_the_lora_of_others_and_one_with_less_memory_are_told_from_the_others() -> None:
    lora = phase(
        set={"2.inputs.lora_name": "{{ params.lora }}", "2.inputs.strength_model": "{{ item.index }}"},
        on_oom={"set": {"3.inputs.steps": 4}},
    )
    values = scope(lora=None)
    sent = sent_graph(lora, GRAPH, values, lowered=[3])
    graphs = [bound_graph(sent.graph, item["set"], {}) for item in sent.items]
    assert [graph["3"]["inputs"]["steps"] for graph in graphs] == [20, 20, 4, 20]
    assert all("2" not in graph for graph in graphs)
    each = phase(set={"2.inputs.lora_name": "{{ item.lora }}"})
    values["phases"]["frames"]["images"] = [{"lora": None}, {"lora": "b.sft"}]
    sent = sent_graph(each, GRAPH, values)
    without, with_lora = (bound_graph(sent.graph, item["set"], {}) for item in sent.items)
    assert without["3"]["inputs"]["model"] == ["4", 0]
    assert with_lora["2"]["inputs"]["lora_name"] == "b.sft"


def test_a_phase_without_items_or_with_equal_ones_has_its_graph_alone() -> None:
    plain = sent_graph(phase(for_each=None, set={"3.inputs.cfg": 3.5}), GRAPH, scope())
    assert (plain.graph["3"]["inputs"]["cfg"], plain.items) == (3.5, [])
    assert sent_graph(phase(), GRAPH, scope()).items == []
