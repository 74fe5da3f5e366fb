"""Each rule of the editor, by a small workflow and the graph that becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.comfy.conversion.editor_files import (
    INFO,
    Json,
    declared,
    end,
    node,
    output,
    socket,
    subgraph,
    workflow,
)
from video_queue.comfy.conversion.convert import convert

PICTURE = node(1, "Picture", ["one.png", "image"], outputs=[output("IMAGE", 1), output("MASK")])
SAMPLE = {"seed": 7, "steps": 20}


def inputs_of(document: Json, node_id: str, info: Json | None = None) -> Any:
    """The inputs of one node after the conversion; None if the graph has no such node."""
    return convert(document, info or INFO).graph.get(node_id, {}).get("inputs")


def saved(before: list[Json], links: list[list[Any]], link: int = 9) -> Json:
    """A workflow that ends in a Save, fed by `link`."""
    return workflow([*before, node(9, "Save", ["x"], inputs=[socket("images", "IMAGE", link)])], links)


def test_titles_and_groups_are_those_of_the_editor() -> None:
    document = workflow(
        [node(1, "Number", [3], title="Frames"), node(2, "Number", [4], pos=[5000, 0])],
        groups=[{"title": "Length", "bounding": [-10, -10, 400, 300]}],
    )
    converted = convert(document, INFO)
    assert converted.graph["1"] == {
        "inputs": {"value": 3},
        "class_type": "Number",
        "_meta": {"title": "Frames"},
    }
    assert converted.titles == {"1": "Frames", "2": "Number"}
    assert converted.groups == {"1": "Length"}


def test_the_control_behind_a_seed_is_no_input() -> None:
    assert inputs_of(workflow([node(1, "Sample", [7, "randomize", 30])]), "1") == {"seed": 7, "steps": 30}


def test_the_upload_button_behind_a_picture_is_no_input() -> None:
    assert inputs_of(workflow([PICTURE]), "1") == {"image": "one.png"}


def test_values_stay_as_they_are_and_missing_ones_are_those_of_the_class() -> None:
    assert inputs_of(workflow([node(1, "Load", ["gone.safetensors"])]), "1") == {"name": "gone.safetensors"}
    assert inputs_of(workflow([node(1, "Sample", [])]), "1") == {"seed": 0, "steps": 20}


def test_a_choice_without_a_value_is_the_first_one() -> None:
    assert inputs_of(workflow([node(1, "Load", [None])]), "1") == {"name": "a.safetensors"}


def test_notes_and_muted_nodes_are_not_sent_and_feed_nothing() -> None:
    muted = {**PICTURE, "mode": 2}
    document = saved(
        [muted, node(2, "Note", ["hello"]), node(3, "MarkdownNote", ["# hello"])], [[9, 1, 0, 9, 0, "IMAGE"]]
    )
    graph = convert(document, INFO).graph
    assert set(graph) == {"9"}
    assert graph["9"]["inputs"] == {"filename_prefix": "x"}


@pytest.mark.parametrize(
    ("link", "images"), [(1, ["1", 0]), (None, None)], ids=["connected", "not connected"]
)
def test_a_bypassed_node_passes_on_the_input_of_the_same_number(
    link: int | None, images: list[Any] | None
) -> None:
    other = node(2, "Picture", ["two.png"], outputs=[output("IMAGE", 2)])
    blend = node(
        3, "Blend", [0.5], inputs=[socket("first", "IMAGE", link), socket("second", "IMAGE", 2)], mode=4
    )
    links = [[1, 1, 0, 3, 0, "IMAGE"], [2, 2, 0, 3, 1, "IMAGE"], [9, 3, 0, 9, 0, "IMAGE"]]
    assert inputs_of(saved([PICTURE, other, blend], links), "9").get("images") == images


def test_a_bypassed_node_passes_on_by_type_where_the_numbers_differ() -> None:
    lora = node(
        2, "Lora", ["x", 1.0], inputs=[socket("model", "MODEL", 1), socket("clip", "CLIP", 2)], mode=4
    )
    text = node(3, "Text", ["hi"], inputs=[socket("clip", "CLIP", 3)])
    links = [[1, 1, 0, 2, 0, "MODEL"], [2, 1, 1, 2, 1, "CLIP"], [3, 2, 1, 3, 0, "CLIP"]]
    assert inputs_of(workflow([node(1, "Load", ["a"]), lora, text], links), "3") == {
        "text": "hi",
        "clip": ["1", 1],
    }


def test_a_bypassed_node_without_a_fitting_input_passes_on_nothing() -> None:
    sample = node(2, "Sample", [1, "fixed", 2], inputs=[socket("model", "MODEL", 1)], mode=4)
    document = saved([node(1, "Load", ["a"]), sample], [[1, 1, 0, 2, 0, "MODEL"], [9, 2, 0, 9, 0, "LATENT"]])
    assert inputs_of(document, "9") == {"filename_prefix": "x"}


@pytest.mark.parametrize("class_type", ["Reroute", "Reroute (rgthree)"])
def test_a_reroute_is_passed(class_type: str) -> None:
    reroute = node(2, class_type, inputs=[socket("", "*", 1)], outputs=[output("IMAGE", 9)])
    document = saved([PICTURE, reroute], [[1, 1, 0, 2, 0, "IMAGE"], [9, 2, 0, 9, 0, "IMAGE"]])
    graph = convert(document, INFO).graph
    assert set(graph) == {"1", "9"}
    assert graph["9"]["inputs"]["images"] == ["1", 0]


@pytest.mark.parametrize(("setter", "getter"), [("SetNode", "GetNode"), ("easy setNode", "easy getNode")])
def test_a_get_node_gives_what_the_set_node_of_its_name_is_given(setter: str, getter: str) -> None:
    nodes = [
        PICTURE,
        node(2, setter, ["still"], inputs=[socket("IMAGE", "IMAGE", 1)]),
        node(3, setter, ["other"], inputs=[socket("IMAGE", "IMAGE")]),
        node(4, getter, ["still"], outputs=[output("IMAGE", 9)]),
    ]
    document = saved(nodes, [[1, 1, 0, 2, 0, "IMAGE"], [9, 4, 0, 9, 0, "IMAGE"]])
    graph = convert(document, INFO).graph
    assert set(graph) == {"1", "9"}
    assert graph["9"]["inputs"]["images"] == ["1", 0]


def test_links_written_as_objects_are_read_too() -> None:
    link = {"id": 9, "origin_id": 1, "origin_slot": 1, "target_id": 9, "target_slot": 0, "type": "MASK"}
    document = {**saved([PICTURE], []), "version": 1, "links": [link]}
    assert inputs_of(document, "9")["images"] == ["1", 1]


def test_a_primitive_writes_its_value_into_all_that_it_feeds() -> None:
    primitive = node(1, "PrimitiveNode", [33, "increment"], outputs=[output("INT", 1, 2)])
    samples = [
        node(number, "Sample", [7, "fixed", 20], inputs=[socket("steps", "INT", number - 1, widget=True)])
        for number in (2, 3)
    ]
    document = workflow([primitive, *samples], [[1, 1, 0, 2, 3, "INT"], [2, 1, 0, 3, 3, "INT"]])
    assert [inputs_of(document, number) for number in ("2", "3")] == [{"seed": 7, "steps": 33}] * 2


def test_a_primitive_is_rounded_to_the_step_and_limits_of_what_it_feeds() -> None:
    info = {
        **INFO,
        "Size": declared(
            width=["INT", {"step": 32, "min": 64}], strength=["FLOAT", {"min": 1.0, "step": 0.1}]
        ),
    }
    nodes = [
        node(1, "PrimitiveNode", [65], outputs=[output("INT", 1)]),
        node(2, "PrimitiveNode", [0.2], outputs=[output("FLOAT", 2)]),
        node(
            3,
            "Size",
            [128, 2.0],
            inputs=[socket("width", "INT", 1, widget=True), socket("strength", "FLOAT", 2, widget=True)],
        ),
    ]
    document = workflow(nodes, [[1, 1, 0, 3, 0, "INT"], [2, 2, 0, 3, 1, "FLOAT"]])
    assert inputs_of(document, "3", info) == {"width": 64, "strength": 1.0}


def test_a_widget_that_was_turned_into_an_input_keeps_its_place_among_the_values() -> None:
    nodes = [
        node(1, "Number", [5]),
        node(2, "Sample", [7, "fixed", 30], inputs=[socket("seed", "INT", 1, widget=True)]),
    ]
    assert inputs_of(workflow(nodes, [[1, 1, 0, 2, 0, "INT"]]), "2") == {"seed": ["1", 0], "steps": 30}


def test_inputs_that_never_are_widgets_have_no_value_but_had_one_in_old_files() -> None:
    info = {"Forced": declared(size=["INT", {"forceInput": True}], name=["STRING", {}])}
    assert inputs_of(workflow([node(1, "Forced", ["mine"])]), "1", info) == {"name": "mine"}
    assert inputs_of(workflow([node(1, "Forced", [512, "mine"])]), "1", info) == {"name": "mine"}


def test_choices_and_comments_in_a_prompt_are_resolved_and_named() -> None:
    text = "a {red|blue} car // not sent\n\\{kept\\} {one}"
    converted = convert(workflow([node(1, "Text", [text])]), INFO)
    assert converted.graph["1"]["inputs"]["text"] == "a red car \n{kept} one"
    assert [item.message for item in converted.problems] == [
        "text: the first of the choices in { } was taken."
    ]


def test_values_of_other_nodes_in_the_name_of_a_saved_file_are_filled_in() -> None:
    info = {**INFO, "SaveImage": INFO["Save"]}
    prefix = "%Sample.seed%_%My frames.value%_%Gone.seed%_%date:yyyy%_%width%"
    nodes = [
        node(1, "Sample", [7, "fixed", 1]),
        node(2, "Number", [24], title="My frames"),
        node(3, "SaveImage", [prefix]),
    ]
    assert inputs_of(workflow(nodes), "3", info) == {
        "filename_prefix": "7_24_%Gone.seed%_%date:yyyy%_%width%"
    }


def test_what_only_the_running_editor_has_is_reported() -> None:
    scene = declared(model_file=["COMBO", {"options": ["a.glb"]}], image=["LOAD_3D", {}], width=["INT", {}])
    info = {"Load3D": scene, "Anything Everywhere": declared(optional={"anything": ["*"]})}
    values = ["a.glb", "upload3dmodel", "uploadExtraResources", "clear", "", 640]
    converted = convert(workflow([node(1, "Load3D", values), node(2, "Anything Everywhere")]), info)
    assert converted.graph["1"]["inputs"] == {"model_file": "a.glb", "image": "", "width": 640}
    assert [(item.node_id, item.message.split(" ", 1)[0]) for item in converted.problems] == [
        ("1", "What"),
        ("2", "Its"),
    ]


def test_a_list_as_a_value_is_told_from_a_link() -> None:
    info = {"Colours": declared(palette=["COLORS", {}])}
    assert inputs_of(workflow([node(1, "Colours", [["#fff", 0]])]), "1", info) == {
        "palette": {"__value__": ["#fff", 0]}
    }


def test_values_may_be_written_by_name() -> None:
    document = workflow([node(1, "Sample", {"steps": 9, "seed": 4, "videopreview": {"hidden": False}})])
    assert inputs_of(document, "1") == {"seed": 4, "steps": 9}


DYNAMIC = declared(
    ["IMAGE"],
    model=[
        "COMFY_DYNAMICCOMBO_V3",
        {
            "options": [
                {"key": "small", "inputs": {"required": {"size": ["INT", {"default": 1}]}}},
                {
                    "key": "large",
                    "inputs": {
                        "required": {
                            "detail": [
                                "COMFY_DYNAMICCOMBO_V3",
                                {
                                    "options": [
                                        {
                                            "key": "fine",
                                            "inputs": {"required": {"steps": ["INT", {"default": 8}]}},
                                        }
                                    ]
                                },
                            ],
                            "images": [
                                "COMFY_AUTOGROW_V3",
                                {
                                    "template": {
                                        "input": {"required": {"image": ["IMAGE"]}},
                                        "prefix": "image",
                                        "min": 0,
                                        "max": 3,
                                    }
                                },
                            ],
                        }
                    },
                },
            ]
        },
    ],
    seed=["INT", {"default": 0, "control_after_generate": True}],
)


def test_a_dynamic_combo_has_the_inputs_of_its_choice_under_dotted_names() -> None:
    info = {**INFO, "Dynamic": DYNAMIC}
    large = node(
        2, "Dynamic", ["large", "fine", 12, 5, "fixed"], inputs=[socket("model.images.image0", "IMAGE", 1)]
    )
    document = workflow([PICTURE, large], [[1, 1, 0, 2, 0, "IMAGE"]])
    assert inputs_of(document, "2", info) == {
        "model": "large",
        "model.detail": "fine",
        "model.detail.steps": 12,
        "model.images.image0": ["1", 0],
        "seed": 5,
    }


def test_what_belonged_to_another_choice_of_a_dynamic_combo_is_gone() -> None:
    info = {**INFO, "Dynamic": DYNAMIC}
    small = node(2, "Dynamic", ["small", 3, 5, "fixed"], inputs=[socket("model.images.image0", "IMAGE", 1)])
    document = workflow([PICTURE, small], [[1, 1, 0, 2, 0, "IMAGE"]])
    assert inputs_of(document, "2", info) == {"model": "small", "model.size": 3, "seed": 5}


def test_growing_inputs_are_sent_as_far_as_they_are_connected() -> None:
    template = {
        "template": {"input": {"required": {"image": ["IMAGE"]}}, "prefix": "image", "min": 1, "max": 9}
    }
    info = {**INFO, "Batch": declared(["IMAGE"], images=["COMFY_AUTOGROW_V3", template])}
    batch = node(
        2,
        "Batch",
        inputs=[
            socket(f"images.image{number}", "IMAGE", link) for number, link in ((0, 1), (1, 2), (2, None))
        ],
    )
    document = workflow([PICTURE, batch], [[1, 1, 0, 2, 0, "IMAGE"], [2, 1, 0, 2, 1, "IMAGE"]])
    assert inputs_of(document, "2", info) == {"images.image0": ["1", 0], "images.image1": ["1", 0]}


def test_own_choices_of_a_custom_combo_are_counted() -> None:
    info = {"CustomCombo": declared(["STRING", "INT"], choice=["COMBO", {"options": []}])}
    document = workflow([node(1, "CustomCombo", ["mid", 0, "low", "mid", "high", ""])])
    expected = {
        "choice": "mid",
        "index": 1,
        "option1": "low",
        "option2": "mid",
        "option3": "high",
        "option4": "",
    }
    assert inputs_of(document, "1", info) == expected


def sampler(**more: Any) -> Json:
    """A subgraph with a model as an input, and a promoted number of steps."""
    inner = node(
        11,
        "Sample",
        [7, "fixed", 20],
        inputs=[socket("model", "MODEL", 1), socket("steps", "INT", 2, widget=True)],
        outputs=[output("LATENT", 3)],
        **more,
    )
    links = [[1, -10, 0, 11, 0, "MODEL"], [2, -10, 1, 11, 2, "INT"], [3, 11, 0, -20, 0, "LATENT"]]
    return subgraph(
        "sampler",
        [inner],
        links,
        [end("model", "MODEL", 1), end("steps", "INT", 2)],
        [end("out", "LATENT", 3)],
    )


def hosted(host: Json, *definitions: Json) -> Json:
    """A model, a node of a subgraph with the id 5, and a Save behind it."""
    nodes = [
        node(1, "Load", ["a"], outputs=[output("MODEL", 1)]),
        host,
        node(9, "Save", ["x"], inputs=[socket("images", "*", 9)]),
    ]
    links = [[1, 1, 0, 5, 0, "MODEL"], [9, 5, 0, 9, 0, "LATENT"]]
    return workflow(nodes, links, definitions={"subgraphs": list(definitions)})


def test_a_subgraph_is_its_inner_nodes_with_both_ids() -> None:
    host = node(5, "sampler", [44], inputs=[socket("model", "MODEL", 1), socket("steps", "INT", widget=True)])
    graph = convert(hosted(host, sampler()), INFO).graph
    assert set(graph) == {"1", "5:11", "9"}
    assert graph["5:11"]["inputs"] == {"seed": 7, "steps": 44, "model": ["1", 0]}
    assert graph["9"]["inputs"]["images"] == ["5:11", 0]


def test_two_nodes_of_one_subgraph_keep_their_own_values() -> None:
    document = workflow(
        [node(5, "sampler", [1]), node(6, "sampler", [2])], definitions={"subgraphs": [sampler()]}
    )
    assert [inputs_of(document, f"{number}:11")["steps"] for number in (5, 6)] == [1, 2]


def test_values_of_older_files_name_the_inner_widgets() -> None:
    host = node(
        5,
        "sampler",
        [50, 99],
        inputs=[socket("model", "MODEL", 1)],
        properties={"proxyWidgets": [["11", "steps"], ["11", "seed"]]},
    )
    assert inputs_of(hosted(host, sampler()), "5:11") == {"seed": 99, "steps": 50, "model": ["1", 0]}


def test_a_value_that_the_editor_once_could_not_place_is_used() -> None:
    failed = [{"originalEntry": ["-1", "steps"], "hostValue": 61}]
    host = node(
        5,
        "sampler",
        [],
        inputs=[socket("model", "MODEL", 1)],
        properties={"proxyWidgetErrorQuarantine": failed},
    )
    assert inputs_of(hosted(host, sampler()), "5:11")["steps"] == 61


@pytest.mark.parametrize("mode", [2, 4], ids=["muted", "bypassed"])
def test_a_subgraph_that_is_muted_or_bypassed_is_not_sent(mode: int) -> None:
    host = node(5, "sampler", [44], inputs=[socket("model", "MODEL", 1)], mode=mode)
    graph = convert(hosted(host, sampler()), INFO).graph
    assert set(graph) == {"1", "9"}
    assert "images" not in graph["9"]["inputs"] or mode == 4


def test_subgraphs_may_stand_in_subgraphs() -> None:
    inner_host = node(
        21, "sampler", [3], inputs=[socket("model", "MODEL", 1), socket("steps", "INT", 2, widget=True)]
    )
    links = [[1, -10, 0, 21, 0, "MODEL"], [2, -10, 1, 21, 1, "INT"], [3, 21, 0, -20, 0, "LATENT"]]
    outer = subgraph(
        "outer",
        [inner_host],
        links,
        [end("model", "MODEL", 1), end("count", "INT", 2)],
        [end("out", "LATENT", 3)],
    )
    host = node(5, "outer", [8], inputs=[socket("model", "MODEL", 1)])
    graph = convert(hosted(host, outer, sampler()), INFO).graph
    assert graph["5:21:11"]["inputs"] == {"seed": 7, "steps": 8, "model": ["1", 0]}
    assert graph["9"]["inputs"]["images"] == ["5:21:11", 0]


def test_a_promoted_primitive_inside_a_subgraph_gives_way_to_the_value_outside() -> None:
    definition = subgraph(
        "counted",
        [
            node(11, "PrimitiveNode", [5, "fixed"], outputs=[output("INT", 1)]),
            node(12, "Sample", [7, "fixed", 20], inputs=[socket("steps", "INT", 1, widget=True)]),
        ],
        [[1, 11, 0, 12, 2, "INT"]],
    )
    host = node(5, "counted", [70], properties={"proxyWidgets": [["11", "value"]]})
    assert inputs_of(workflow([host], definitions={"subgraphs": [definition]}), "5:12") == {
        "seed": 7,
        "steps": 70,
    }


def test_inner_ids_that_are_taken_become_the_next_free_ones() -> None:
    document = workflow(
        [node(11, "Number", [1]), node(5, "sampler", [4])], definitions={"subgraphs": [sampler()]}
    )
    assert set(convert(document, INFO).graph) == {"11", "5:101"}


def test_a_group_node_of_an_old_file_is_its_inner_nodes() -> None:
    group = {
        "nodes": [
            {
                "type": "Load",
                "inputs": [],
                "outputs": [output("MODEL"), output("CLIP")],
                "widgets_values": ["inner"],
            },
            {
                "type": "Sample",
                "inputs": [socket("model", "MODEL"), socket("positive", "CONDITIONING")],
                "outputs": [output("LATENT")],
                "widgets_values": [1, "fixed", 2],
            },
        ],
        "links": [[0, 0, 1, 0, 1, "MODEL"]],
        "external": [],
    }
    nodes = [
        node(
            1,
            "workflow>mine",
            ["b.safetensors", 77, "fixed", 30],
            inputs=[socket("positive", "CONDITIONING", 2)],
        ),
        node(2, "Text", ["hi"], inputs=[socket("clip", "CLIP", 1)]),
        node(9, "Save", ["x"], inputs=[socket("images", "*", 3)]),
    ]
    links = [[1, 1, 0, 2, 0, "CLIP"], [2, 2, 0, 1, 0, "CONDITIONING"], [3, 1, 1, 9, 0, "LATENT"]]
    graph = convert(workflow(nodes, links, extra={"groupNodes": {"mine": group}}), INFO).graph
    assert graph["1:0"]["inputs"] == {"name": "b.safetensors"}
    assert graph["1:1"]["inputs"] == {"seed": 77, "steps": 30, "model": ["1:0", 0], "positive": ["2", 0]}
    assert graph["2"]["inputs"]["clip"] == ["1:0", 1]
    assert graph["9"]["inputs"]["images"] == ["1:1", 0]


def test_an_unknown_class_is_converted_by_the_names_in_the_file_and_reported() -> None:
    strange = node(
        3,
        "Strange",
        [12, "randomize", "text"],
        inputs=[
            socket("picture", "IMAGE", 1),
            socket("noise", "INT", widget=True),
            socket("words", "STRING", widget=True),
        ],
    )
    converted = convert(workflow([PICTURE, strange], [[1, 1, 0, 3, 0, "IMAGE"]]), INFO)
    assert converted.graph["3"]["inputs"] == {"noise": 12, "words": "text", "picture": ["1", 0]}
    assert [(item.node_id, item.class_type) for item in converted.problems] == [("3", "Strange")]


def test_what_is_no_workflow_is_said_to_be_none() -> None:
    assert "no list of nodes" in convert({"3": {"class_type": "Load"}}, INFO).problems[0].message
