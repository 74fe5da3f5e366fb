"""Small workflows as ComfyUI's editor saves them, and node classes as its `GET /object_info` declares them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def declared(outputs: list[str] | None = None, optional: Json | None = None, **required: Any) -> Json:
    """A node class with these inputs, and outputs of these types."""
    inputs = {"required": required, "optional": optional or {}}
    order = {section: list(names) for section, names in inputs.items()}
    return {"input": inputs, "input_order": order, "output": outputs or [], "display_name": ""}


# The classes of the tests: what core nodes look like, with made-up names.
INFO: Json = {
    "Load": declared(["MODEL", "CLIP"], name=[["a.safetensors", "b.safetensors"], {}]),
    "Lora": declared(
        ["MODEL", "CLIP"],
        model=["MODEL"],
        clip=["CLIP"],
        name=[["x", "y"], {}],
        strength=["FLOAT", {"default": 1.0}],
    ),
    "Text": declared(
        ["CONDITIONING"], text=["STRING", {"multiline": True, "dynamicPrompts": True}], clip=["CLIP"]
    ),
    "Sample": declared(
        ["LATENT"],
        model=["MODEL"],
        positive=["CONDITIONING"],
        seed=["INT", {"default": 0, "control_after_generate": True}],
        steps=["INT", {"default": 20}],
    ),
    "Picture": declared(["IMAGE", "MASK"], image=[["one.png"], {"image_upload": True}]),
    "Blend": declared(["IMAGE"], first=["IMAGE"], second=["IMAGE"], amount=["FLOAT", {"default": 0.5}]),
    "Save": declared(images=["IMAGE,MASK,LATENT"], filename_prefix=["STRING", {"default": "out"}]),
    "Number": declared(["INT"], value=["INT", {"default": 0}]),
}


def node(node_id: int, class_type: str, values: Any = None, **more: Any) -> Json:
    """A node; `more` are its other keys (`inputs`, `outputs`, `mode`, `title`, `properties`)."""
    return {
        "id": node_id,
        "type": class_type,
        "pos": [0, 0],
        "size": [200, 100],
        "mode": 0,
        "inputs": [],
        "outputs": [],
        "properties": {},
        "widgets_values": [] if values is None else values,
        **more,
    }


def socket(name: str, type_: str, link: int | None = None, *, widget: bool = False) -> Json:
    """An input of a node; `widget`: it stands for a widget of the same name."""
    return {"name": name, "type": type_, "link": link, **({"widget": {"name": name}} if widget else {})}


def output(type_: str, *links: int) -> Json:
    """An output of a node."""
    return {"name": type_, "type": type_, "links": list(links)}


def workflow(nodes: list[Json], links: list[list[Any]] | None = None, **more: Any) -> Json:
    """A whole file; links are `[id, from, output, to, input, type]`."""
    return {
        "version": 0.4,
        "last_node_id": 100,
        "last_link_id": 100,
        "nodes": nodes,
        "links": links or [],
        **more,
    }


def subgraph(
    name: str,
    nodes: list[Json],
    links: list[list[Any]],
    inputs: list[Json] | None = None,
    outputs: list[Json] | None = None,
) -> Json:
    """The definition of a subgraph; links to its inputs and outputs have -10 and -20 as ends."""
    names = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    return {
        "id": name,
        "name": name,
        "nodes": nodes,
        "links": [dict(zip(names, link, strict=True)) for link in links],
        "inputs": inputs or [],
        "outputs": outputs or [],
    }


def end(name: str, type_: str, *links: int) -> Json:
    """An input or output of a subgraph with the inner links that it has."""
    return {"id": name, "name": name, "type": type_, "linkIds": list(links)}
