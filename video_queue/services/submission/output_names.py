"""The names prompts plan for their outputs: the workflow's template filled, then made unique.

What is known only later (the job's number, media facts, results) stays in the name as text until it is published.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from video_queue.domain.references import (
    MissingReferenceError,
    Reference,
    as_text,
    find_value,
    split_template,
)
from video_queue.system.files.names import safe_file_name, with_suffix

_VALUE_LENGTH = 40


def compile_name(template: str) -> list[str | Reference]:
    """The template's parts, parsed once for all prompts.

    Raises:
        ValueError: for braces that hold no reference.
    """
    return split_template(template)


def fill_name(parts: Sequence[str | Reference], scope: Mapping[str, Any]) -> str:
    """The safe file name that the template gives in `scope`; references that lead nowhere yet stay as text."""
    return safe_file_name("".join(part if isinstance(part, str) else _filled(part, scope) for part in parts))


def _filled(reference: Reference, scope: Mapping[str, Any]) -> str:
    try:
        return _plain(as_text(find_value(reference, scope)))
    except MissingReferenceError:
        return reference.text


def _plain(text: str) -> str:
    """A value is never a template itself, whatever a file is called."""
    return text.replace("{{", "((").replace("}}", "))") if "{{" in text or "}}" in text else text


class FilledName(NamedTuple):
    """The folder below the output folder, the filled template and a prompt's own values."""

    reldir: str
    name: str
    values: dict[str, Any]


def unique_names(prompts: Sequence[FilledName], *, order: Iterable[str]) -> list[str]:
    """The prompts' names; equal ones (in one folder, case ignored) are made unique.

    First by the values in which those prompts differ (`_denoise-0.3`, parameters in `order`), then by `_0001`.
    """
    names = [prompt.name for prompt in prompts]
    keys = [_key(prompt.reldir, prompt.name) for prompt in prompts]
    varying = list(order)
    for same in _equal(keys):
        differing = [name for name in varying if _differs([prompts[index].values for index in same], name)]
        for index in same if differing else ():
            names[index] = with_suffix(names[index], _suffix(prompts[index].values, differing))
            keys[index] = _key(prompts[index].reldir, names[index])
    taken = set(keys)
    for same in _equal(keys):
        _number(prompts, names, same, taken)
    return names


def _key(reldir: str, name: str) -> tuple[str, str]:
    return reldir, name.casefold() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def _equal(keys: Sequence[tuple[str, str]]) -> list[list[int]]:
    """The places of equal keys, for every key that is there more than once."""
    if len(set(keys)) == len(keys):
        return []
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        places[key].append(index)
    return [group for group in places.values() if len(group) > 1]


def _differs(values: Sequence[Mapping[str, Any]], name: str) -> bool:
    first = values[0].get(name)
    return any(other.get(name) != first for other in values)


def _suffix(values: Mapping[str, Any], names: Iterable[str]) -> str:
    own = ((name, values[name]) for name in names if values.get(name) is not None)
    return "".join(f"_{name}-{_value_text(value)}" for name, value in own)


def _value_text(value: Any) -> str:
    return _plain(" ".join(as_text(value).split())[:_VALUE_LENGTH])


def _number(
    prompts: Sequence[FilledName], names: list[str], places: Sequence[int], taken: set[tuple[str, str]]
) -> None:
    """Numbers equal names in place, from `_0001` on, past those that another prompt has."""
    number = 0
    for index in places:
        plain = names[index]
        while True:
            number += 1
            names[index] = with_suffix(plain, f"_{number:04d}")
            if (key := _key(prompts[index].reldir, names[index])) not in taken:
                break
        taken.add(key)
