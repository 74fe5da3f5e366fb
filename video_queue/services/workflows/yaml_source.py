"""YAML with the line of every key, and problems instead of exceptions.

Only plain values are built, aliases cannot blow up, dates stay texts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import yaml

from video_queue.domain.errors import Loc

_MAX_NODES = 50_000
_MAX_DEPTH = 60


class _PlainLoader(yaml.SafeLoader):
    """PyYAML's safe loader without dates: `2024-01-01` stays a text, as an artist meant it."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(slots=True)
class YamlSource:
    """A file's plain `data`, the line (from 1) of every key and item, and the problems: (place, line, text)."""

    data: Any = None
    lines: dict[Loc, int] = field(default_factory=dict)
    problems: list[tuple[Loc, int, str]] = field(default_factory=list)

    def line_of(self, where: Loc) -> int:
        """The line of `where`, or of the nearest key above it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


def read_yaml(text: str) -> YamlSource:
    """Read one YAML document. Syntax errors, duplicate keys and values that are not plain become problems."""
    source = YamlSource()
    loader = _PlainLoader(text) if _is_readable(text, source) else None
    try:
        node = loader.get_single_node() if loader else None
        if loader and node is not None:
            source.data = _Builder(loader, source).build(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        detail = ", ".join(part for part in (error.context, error.problem) if part)
        source.problems.append(((), mark.line + 1 if mark else 1, f"not valid YAML: {detail}"))
    except RecursionError:
        source.problems.append(((), 1, "not valid YAML: nested too deeply"))
    return source


def _is_readable(text: str, source: YamlSource) -> bool:
    """Whether PyYAML takes the characters; it refuses control characters while it is built."""
    match = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if match:
        line = text.count("\n", 0, match.start()) + 1
        source.problems.append(((), line, f"not valid YAML: the character {match[0]!a} is not allowed"))
    return match is None


class _Builder:
    """Turns PyYAML's nodes into plain values, noting lines."""

    def __init__(self, loader: yaml.SafeLoader, source: YamlSource) -> None:
        self._loader, self._source = loader, source
        self._left = _MAX_NODES

    def build(self, node: yaml.Node, where: Loc) -> Any:
        self._left -= 1
        if self._left < 0 or len(where) > _MAX_DEPTH:
            raise RecursionError
        self._source.lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*where, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, where)

    def _mapping(self, node: yaml.MappingNode, where: Loc) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                self._note(where, line, "keys are plain texts")
                continue
            # The text as it is written: `on` and `6` are names here, not true and a number.
            key = str(key_node.value)
            if key in mapping:
                self._note((*where, key), line, "this key is given twice")
                continue
            self._source.lines[*where, key] = line
            mapping[key] = self.build(value_node, (*where, key))
        return mapping

    def _scalar(self, node: yaml.Node, where: Loc) -> Any:
        try:
            value = self._loader.construct_object(node)
        except (yaml.MarkedYAMLError, ValueError, OverflowError):
            value = None
            self._note(
                where, node.start_mark.line + 1, "only plain texts, numbers, true, false and null are allowed"
            )
        if isinstance(value, float) and not math.isfinite(value):
            self._note(where, node.start_mark.line + 1, "the number must be finite")
            return None
        return value if isinstance(value, str | int | float | bool | None) else str(value)

    def _note(self, where: Loc, line: int, text: str) -> None:
        self._source.problems.append((where, line, text))
