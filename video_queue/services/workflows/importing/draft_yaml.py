"""A draft as a YAML file for people: in the order of use, with where each parameter goes in the graph."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

from video_queue.comfy.graph import PREFIX_INPUT

_WIDTH = 110
_FLOW_KEYS = ("inputs", "resolutions", "ui", "output", "options", "with")
_MOST_LISTED = 40


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


def draft_yaml(
    definition: Mapping[str, Any],
    *,
    heading: list[str],
    comments: Mapping[str, list[str]],
    graph: Mapping[str, Any],
) -> str:
    """The file's text. `comments` stand above the parameters they name; inputs of `graph` that nothing sets are
    listed at the end, so that they can be."""
    rest = {key: value for key, value in definition.items() if key not in ("parameters", "phases", "output")}
    parts = [_comment(heading), _dump(rest)]
    if parameters := definition.get("parameters"):
        parts.append("parameters:\n")
        for name, keys in parameters.items():
            text = _comment(comments.get(name, [])) + _dump({name: keys})
            parts.append(textwrap.indent(text, "  "))
    parts.append(_dump({key: definition[key] for key in ("phases", "output") if key in definition}))
    return "".join(parts) + _comment(_other_inputs(definition, graph))


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
    bound = {
        key for phase in definition["phases"] for part in ("set", "files") for key in phase.get(part, ())
    }
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
