"""A draft as a YAML file for people: in the order of use, with where each parameter goes in the graph."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

from video_queue.comfy.graph import PREFIX_INPUT, node_label

_WIDTH = 110
_FLOW_KEYS = ("inputs", "resolutions", "ui", "output", "options", "with")
_MOST_LISTED = 40
_MOST_PLACES = 4


class _Flow(dict[str, Any]):
    """A mapping that is written on one line."""


class _FlowList(list[Any]):
    """A list that is written on one line."""


class _Writer(yaml.SafeDumper):
    """PyYAML's safe dumper without aliases, with long texts as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _write_text(writer: yaml.SafeDumper, text: str) -> yaml.Node:
    block = "\n" in text and text == text.strip()
    style = "|" if block else '"' if "{{" in text or "\n" in text else None
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _write_text)
_Writer.add_representer(
    _Flow, lambda writer, data: writer.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)
)
_Writer.add_representer(
    _FlowList, lambda writer, data: writer.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def draft_yaml(definition: Mapping[str, Any], *, heading: list[str], graph: Mapping[str, Any]) -> str:
    """The file's text: above each parameter what it sets, at the end the inputs of `graph` that nothing sets."""
    rest = {key: value for key, value in definition.items() if key not in ("parameters", "phases", "output")}
    parts = [_comment(heading), _dump(rest)]
    if parameters := definition.get("parameters"):
        parts.append("parameters:\n")
        for name, keys in parameters.items():
            text = _comment(_places(name, definition, graph)) + _dump({name: keys})
            parts.append(textwrap.indent(text, "  "))
    parts.append(_dump({key: definition[key] for key in ("phases", "output") if key in definition}))
    return "".join(parts) + _comment(_other_inputs(definition, graph))


def _phases(definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The phases, as far as a draft that a caller changed still has them."""
    phases = definition.get("phases")
    return [phase for phase in phases if isinstance(phase, Mapping)] if isinstance(phases, list) else []


def _places(parameter: str, definition: Mapping[str, Any], graph: Mapping[str, Any]) -> list[str]:
    """Where a parameter goes in the graph, and of a seed, which has no value here, the graph's own."""
    wanted = f"{{{{ params.{parameter} }}}}"
    keys = [
        key
        for phase in _phases(definition)
        for key, value in (phase.get("set") or {}).items()
        if value == wanted
    ]
    places = [_place(key, graph) for key in keys[:_MOST_PLACES]]
    if len(keys) > _MOST_PLACES:
        places.append(f"and {len(keys) - _MOST_PLACES} more")
    lines = ["; ".join(places)] if places else []
    if keys and definition["parameters"][parameter].get("type") == "seed":
        node_id, _, name = keys[0].partition(".inputs.")
        lines.append(f"The graph's own: {graph.get(node_id, {}).get('inputs', {}).get(name)}")
    return lines


def _place(binding: str, graph: Mapping[str, Any]) -> str:
    """`6.inputs.text` as a person finds it in ComfyUI."""
    node_id, _, name = binding.partition(".inputs.")
    return f"{node_label(graph, node_id)} ({node_id}), {name}"


def _dump(value: Mapping[str, Any]) -> str:
    flowed = _flowing(value)
    text: str = yaml.dump(flowed, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


def _flowing(value: Any) -> Any:
    """The value with its small mappings and lists marked to stand on one line."""
    if isinstance(value, list):
        return [_flowing(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {key: _flow(inner) if key in _FLOW_KEYS else _flowing(inner) for key, inner in value.items()}


def _flow(value: Any) -> Any:
    if isinstance(value, list):
        return _FlowList(_flow(item) for item in value)
    return _Flow({key: _flow(inner) for key, inner in value.items()}) if isinstance(value, Mapping) else value


def _comment(lines: list[str]) -> str:
    return "".join(f"# {' '.join(line.split())}".rstrip() + "\n" for line in lines)


def _other_inputs(definition: Mapping[str, Any], graph: Mapping[str, Any]) -> list[str]:
    """What else of the graph could be set, as lines that can be copied under `set`."""
    bound = {key for phase in _phases(definition) for part in ("set", "files") for key in phase.get(part, ())}
    lines = [
        f'  "{node_id}.inputs.{name}": {_short(value)}   ({node["class_type"]})'
        for node_id, node in graph.items()
        for name, value in node["inputs"].items()
        if not isinstance(value, list | dict) and name != PREFIX_INPUT
        if f"{node_id}.inputs.{name}" not in bound
    ]
    if not lines:
        return []
    head = 'Other inputs of the graph. To set one: a line under set, such as "3.inputs.steps": "{{ params.steps }}".'
    more = [f"  and {len(lines) - _MOST_LISTED} more"] if len(lines) > _MOST_LISTED else []
    return [head, *lines[:_MOST_LISTED], *more]


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
