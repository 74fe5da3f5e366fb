"""The graph in a text: ComfyUI's API format, its editor's, or an object that holds either. Only read, never run.

ComfyUI keeps both in its outputs, `prompt` (what ran) and `workflow` (what the editor shows), as JSON texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from video_queue.comfy.graph import Graph
from video_queue.domain.catalogue import fail

MAX_TEXT = 32 << 20
_MAX_NODES = 20_000
_MAX_DEPTH = 60
_NODE_KEYS = ("class_type", "inputs", "_meta")
# Keys under which programs keep a graph, in the order of belief: what ran comes before what was shown.
_HOLDERS = ("prompt", "workflow", "extra_data", "extra_pnginfo", "comment")


@dataclass(slots=True)
class GraphSource:
    """A graph as it was found: in API format, as the editor saves it, or both (either may be empty)."""

    api: Graph = field(default_factory=dict)
    editor: dict[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.api or self.editor)


def read_texts(texts: Mapping[str, str]) -> GraphSource:
    """The graph among a media file's own texts by name; those that are no JSON are skipped.

    Raises:
        VqError: `validation.import_graph` for one that is too large or too deep.
    """
    values = {name: text for name, text in texts.items() if text.lstrip("\ufeff \r\n\t").startswith("{")}
    return _source_in([_parsed(text, strict=False) for text in values.values()])


def read_text(text: str) -> GraphSource:
    """The graph in a pasted text or a JSON file.

    Raises:
        VqError: `validation.import_graph` when there is none.
    """
    source = _source_in([_parsed(text, strict=True)])
    if source.is_empty:
        raise fail("validation.import_graph", detail="it is JSON, but no graph of ComfyUI")
    return source


def _parsed(text: str, *, strict: bool) -> Any:
    if len(text) > MAX_TEXT:
        raise fail("validation.import_graph", detail=f"it is longer than {MAX_TEXT} characters")
    try:
        # Some nodes write NaN, which is no JSON.
        value = json.loads(text.lstrip("\ufeff"), parse_constant=lambda _: None)
    except RecursionError:
        raise fail("validation.import_graph", detail="it is nested too deeply") from None
    except ValueError as error:
        if strict:
            raise fail("validation.import_graph", detail=f"it is not valid JSON: {error}") from None
        return None
    if not _is_shallow(value):
        raise fail("validation.import_graph", detail="it is nested too deeply")
    return value


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return True
    return False


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _source_in(values: list[Any]) -> GraphSource:
    source = GraphSource()
    for value in values:
        for candidate in _candidates(value):
            if not source.api and _is_api(candidate):
                source.api = {
                    str(node_id): _node(node) for node_id, node in candidate.items() if _is_node(node)
                }
            elif not source.editor and isinstance(candidate.get("nodes"), list):
                source.editor = dict(candidate)
    if max(len(source.api), len(source.editor.get("nodes", ()))) > _MAX_NODES:
        raise fail("validation.import_graph", detail=f"it has more than {_MAX_NODES} nodes")
    return source


def _candidates(value: Any, depth: int = 4) -> Iterator[dict[str, Any]]:
    """The mapping itself, and those under the keys that hold graphs; texts there are JSON again."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _parsed(value, strict=False)
    if not isinstance(value, dict) or not depth:
        return
    yield value
    if not _is_api(value):
        for key in _HOLDERS:
            yield from _candidates(value.get(key), depth - 1)
        # The manifest beside one of our own outputs; the last render counts.
        phases = value.get("phases")
        for phase in reversed(phases) if isinstance(phases, list) else ():
            yield from _candidates(phase.get("graph") if isinstance(phase, dict) else None, depth - 1)


def _is_api(value: Mapping[str, Any]) -> bool:
    """Whether most of it are nodes: some programs keep a note of their own beside them."""
    nodes = sum(_is_node(node) for node in value.values())
    return 0 < len(value) <= 2 * nodes


def _is_node(node: Any) -> bool:
    return (
        isinstance(node, dict)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs", {}), dict)
    )


def _node(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node with what ComfyUI needs of it, without what a run left there."""
    return {"class_type": "", "inputs": {}, **{key: node[key] for key in _NODE_KEYS if key in node}}
