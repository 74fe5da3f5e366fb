"""`{{ ... }}` in workflow files: references and nothing else (docs/workflow-files.md).

Parsing and looking up are pure; the scope (params, input, phases, ...) is passed by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PATH = re.compile(r"^[A-Za-z_][\w-]*(\.(\*|\d+|[A-Za-z_][\w-]*))*$")


class MissingReferenceError(Exception):
    """A reference that leads nowhere in this scope; the message is the part that is missing."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One `{{ a ?? b }}`: the dotted paths to try, in order."""

    paths: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """The reference as an artist writes it."""
        return "{{ " + " ?? ".join(".".join(path) for path in self.paths) + " }}"


def parse_braces(body: str) -> Reference:
    """The reference inside one pair of braces.

    Raises:
        ValueError: if it is anything but dotted names joined with `??`.
    """
    paths = []
    for part in body.split("??"):
        text = part.strip()
        if not _PATH.match(text):
            raise ValueError(
                f"{text!r} is not a reference; {{{{ ... }}}} holds names joined by dots, nothing else"
            )
        paths.append(tuple(text.split(".")))
    return Reference(tuple(paths))


def whole_reference(value: Any) -> Reference | None:
    """The reference if `value` is a text that is exactly one, else None."""
    if not isinstance(value, str):
        return None
    match = _TEMPLATE.fullmatch(value.strip())
    return parse_braces(match[1]) if match and "}}" not in match[1] else None


def references_in(value: Any) -> Iterator[Reference]:
    """Every reference anywhere inside a value (texts, lists, mappings)."""
    if isinstance(value, str):
        for match in _TEMPLATE.finditer(value):
            yield parse_braces(match[1])
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from references_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from references_in(inner)


def split_template(text: str) -> list[str | Reference]:
    """The literal parts and the references of a text, in turn.

    Raises:
        ValueError: for braces that hold no reference, or are not closed.
    """
    parts: list[str | Reference] = []
    end = 0
    for match in _TEMPLATE.finditer(text):
        parts += [text[end : match.start()], parse_braces(match[1])]
        end = match.end()
    parts.append(text[end:])
    if any(isinstance(part, str) and "{{" in part for part in parts):
        raise ValueError("{{ is not closed by }}")
    return [part for part in parts if part]


def resolve(value: Any, scope: Mapping[str, Any]) -> Any:
    """`value` with its references replaced by what they name in `scope`.

    A text that is one whole reference becomes the thing itself, type kept; inside longer texts it becomes
    text, a file object its path.

    Raises:
        MissingReferenceError: if none of a reference's alternatives is there.
    """
    if isinstance(value, str):
        if reference := whole_reference(value):
            return find_value(reference, scope)
        return _TEMPLATE.sub(lambda match: as_text(find_value(parse_braces(match[1]), scope)), value)
    if isinstance(value, Mapping):
        return {key: resolve(inner, scope) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(inner, scope) for inner in value]
    return value


def find_value(reference: Reference, scope: Mapping[str, Any]) -> Any:
    """The first alternative of `reference` that is there and not null; null if the last one is null.

    Raises:
        MissingReferenceError: if none leads anywhere.
    """
    missing: MissingReferenceError | None = None
    for path in reference.paths:
        try:
            value = _walk(path, scope)
        except MissingReferenceError as error:
            missing = error
            continue
        if value is not None or path == reference.paths[-1]:
            return value
    raise missing or MissingReferenceError(reference.text)


def _walk(path: Sequence[str], scope: Any) -> Any:
    here = scope
    for depth, step in enumerate(path):
        if step == "*":
            return [_walk(path[depth + 1 :], inner) for inner in _each(here)]
        here = _step(here, step, ".".join(path[: depth + 1]))
    return here


def _each(here: Any) -> Iterable[Any]:
    """What `*` runs over: a list's items, or all files of all slots."""
    if isinstance(here, Mapping):
        for inner in here.values():
            yield from inner if isinstance(inner, list | tuple) else (inner,)
    else:
        yield from here


def _step(here: Any, step: str, so_far: str) -> Any:
    if isinstance(here, Mapping) and step in here:
        return here[step]
    if isinstance(here, list | tuple) and step.isdigit() and 1 <= int(step) <= len(here):
        return here[int(step) - 1]
    raise MissingReferenceError(so_far)


def as_text(value: Any) -> str:
    """A value as it stands inside a longer text: a file as its path, a size as WxH, nothing for null."""
    if isinstance(value, Mapping) and "path" in value:
        return str(value["path"])
    if isinstance(value, Mapping) and value.keys() == {"width", "height"}:
        return f"{value['width']}x{value['height']}"
    if isinstance(value, list | tuple):
        return ", ".join(as_text(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 2**53 else str(value)
    return "" if value is None else str(value)
