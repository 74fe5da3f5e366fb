"""Whatever a file holds, a conversion gives a graph or says what is wrong; it never raises and never goes round."""

from __future__ import annotations

import copy
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comfy.conversion.editor_files import INFO, Json, end, node, output, socket, subgraph, workflow
from video_queue.comfy.conversion.convert import convert

_SCALARS = st.none() | st.booleans() | st.integers(-30, 200) | st.floats(allow_nan=True) | st.text(max_size=5)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
_INNER = subgraph(
    "inner",
    [
        node(
            1,
            "Sample",
            [3, "fixed", 8],
            inputs=[socket("steps", "INT", 2, widget=True)],
            outputs=[output("LATENT", 3)],
        )
    ],
    [[2, -10, 0, 1, 1, "INT"], [3, 1, 0, -20, 0, "LATENT"]],
    [end("steps", "INT", 2)],
    [end("latent", "LATENT", 3)],
)
WHOLE = workflow(
    [
        node(1, "Picture", ["one.png", "image"], outputs=[output("IMAGE", 5)]),
        node(2, "Reroute", inputs=[socket("", "*", 5)], outputs=[output("IMAGE", 6)]),
        node(3, "Save", ["clip"], inputs=[socket("images", "IMAGE", 6)], mode=4),
        node(4, "inner", [12], properties={"proxyWidgets": [["1", "seed"], ["-1", "steps"]]}),
        node(5, "PrimitiveNode", [7, "fixed"], outputs=[output("INT", 7)]),
        node(6, "Sample", [1, "fixed", 2], inputs=[socket("steps", "INT", 7, widget=True)]),
        node(8, "workflow>group", ["%Sample.seed%"], inputs=[socket("images", "IMAGE")]),
    ],
    [[5, 1, 0, 2, 0, "IMAGE"], [6, 2, 0, 3, 0, "IMAGE"], [7, 5, 0, 6, 0, "INT"]],
    definitions={"subgraphs": [_INNER]},
    groups=[{"title": "All", "bounding": [-10, -10, 500, 500]}],
    extra={
        "groupNodes": {
            "group": {"nodes": [node(0, "Save", ["y"], inputs=[socket("images", "IMAGE")])], "links": []}
        }
    },
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [path, *(place for key in keys for place in _places(value[key], (*path, key)))]


def _changed(document: Json, place: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    if not place:
        return value
    parent: Any = changed
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    return changed


@given(_JSON)
@settings(max_examples=150, deadline=None)
def test_any_json_gives_a_graph_or_a_problem(document: Any) -> None:
    converted = convert(document, INFO)
    assert converted.graph or converted.problems or document["nodes"] is not None


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_a_workflow_with_any_part_replaced_is_converted_without_an_exception(data: st.DataObject) -> None:
    document: Any = WHOLE
    for _ in range(data.draw(st.integers(1, 3))):
        places = _places(document)
        document = _changed(document, places[data.draw(st.integers(0, len(places) - 1))], data.draw(_JSON))
    convert(document, INFO)


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_node_classes_with_any_part_replaced_do_not_stop_a_conversion(data: st.DataObject) -> None:
    places = _places(INFO)
    info = _changed(INFO, places[data.draw(st.integers(1, len(places) - 1))], data.draw(_JSON))
    convert(WHOLE, info)


def test_links_that_go_round_come_to_an_end() -> None:
    nodes = [
        node(1, "Reroute", inputs=[socket("", "*", 2)], outputs=[output("IMAGE", 1)]),
        node(2, "Reroute", inputs=[socket("", "*", 1)], outputs=[output("IMAGE", 2, 3)]),
        node(3, "Save", ["x"], inputs=[socket("images", "IMAGE", 3)]),
    ]
    links = [[1, 1, 0, 2, 0, "*"], [2, 2, 0, 1, 0, "*"], [3, 2, 0, 3, 0, "*"]]
    assert convert(workflow(nodes, links), INFO).graph["3"]["inputs"] == {"filename_prefix": "x"}


def test_a_subgraph_that_contains_itself_is_left_out_and_named() -> None:
    again = subgraph("again", [node(1, "Number", [4]), node(2, "again")], [])
    converted = convert(workflow([node(7, "again")], definitions={"subgraphs": [again]}), INFO)
    assert set(converted.graph) == {"7:1"}
    assert [(item.node_id, item.message) for item in converted.problems] == [
        ("7:2", "This subgraph contains itself; it was left out.")
    ]


def test_subgraphs_that_multiply_are_refused_instead_of_filling_the_memory() -> None:
    levels = [
        subgraph(
            f"level{depth}",
            [node(1, f"level{depth + 1}"), node(2, f"level{depth + 1}"), node(3, "Number", [1])],
            [],
        )
        for depth in range(30)
    ]
    converted = convert(workflow([node(1, "level0")], definitions={"subgraphs": levels}), INFO)
    assert not converted.graph
    assert "more than 20000 nodes" in converted.problems[0].message


def test_promoted_inputs_that_multiply_are_searched_once() -> None:
    def level(depth: int) -> Json:
        hosts = [node(number, f"level{depth + 1}", inputs=[socket("x", "INT", number)]) for number in (1, 2)]
        return subgraph(
            f"level{depth}",
            hosts,
            [[number, -10, 0, number, 0, "INT"] for number in (1, 2)],
            [end("x", "INT", 1, 2)],
        )

    document = workflow(
        [node(1, "level0", [5])], definitions={"subgraphs": [level(depth) for depth in range(30)]}
    )
    assert "more than 20000 nodes" in convert(document, INFO).problems[0].message


def test_a_long_chain_of_reroutes_is_followed_to_its_end() -> None:
    count = 5_000
    nodes = [node(0, "Picture", ["one.png"], outputs=[output("IMAGE", 0)])]
    nodes += [node(number, "Reroute", inputs=[socket("", "*", number - 1)]) for number in range(1, count)]
    nodes.append(node(count, "Save", ["x"], inputs=[socket("images", "IMAGE", count - 1)]))
    links = [[number, number, 0, number + 1, 0, "IMAGE"] for number in range(count)]
    random.Random(1).shuffle(nodes)
    assert convert(workflow(nodes, links), INFO).graph[str(count)]["inputs"]["images"] == ["0", 0]
