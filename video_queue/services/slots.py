"""Named inputs (`clip`, `style`, ...): a list of objects, or one list for each slot, zipped.

A part of `services/inputs.py` that knows nothing of folders and rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import problem
from video_queue.domain.plan import InputGroup
from video_queue.domain.submission import JOB_OUTPUTS
from video_queue.domain.workflow import InputSpec
from video_queue.services.input_checks import InputChecks
from video_queue.services.values import Loc


def slot_groups(
    workflow: str,
    slots: Mapping[str, InputSpec],
    given: Sequence[Any] | Mapping[str, Any],
    found: Sequence[Path],
    checks: InputChecks,
    *,
    loc: Loc = ("inputs",),
    first: int = 0,
) -> list[InputGroup]:
    """One group for each prompt. `found` (a folder's files) fills the one slot that a mapping leaves out.

    `first` is the number of the first item of a list, for the problems' `loc`.
    """
    if found and given and not isinstance(given, Mapping):
        _refuse(
            workflow, slots, "a folder fills only the one that an object of lists leaves out", loc, checks
        )
        return []
    if isinstance(given, Mapping) or found:
        given = given if isinstance(given, Mapping) else {}
        return _zipped(workflow, slots, given, found, checks, loc)
    groups = []
    for index, item in enumerate(given, start=first):
        at = (*loc, index)
        if not isinstance(item, Mapping) or item.keys() != slots.keys():
            _refuse(workflow, slots, _difference(slots, item), at, checks)
            continue
        files = {name: _files(spec, item[name], (*at, name), checks) for name, spec in slots.items()}
        for name, spec in slots.items():
            if isinstance(spec.per_prompt, int) and len(files[name]) != spec.per_prompt:
                detail = {"count": len(files[name]), "size": spec.per_prompt}
                checks.note(problem("validation.input_groups", (*at, name), **detail))
        groups.append(InputGroup(slots=files))
    return groups


def _refuse(workflow: str, slots: Mapping[str, Any], detail: str, loc: Loc, checks: InputChecks) -> None:
    names = ", ".join(slots)
    checks.note(problem("validation.input_slots", loc, workflow=workflow, slots=names, detail=detail))


def _difference(slots: Mapping[str, Any], item: Any) -> str:
    """What is wrong with the keys of one item."""
    if not isinstance(item, Mapping):
        return "this is not an object with those keys"
    missing = [name for name in slots if name not in item]
    unknown = [ascii(name)[1:-1] for name in item if name not in slots]
    parts = [f"{', '.join(missing)} missing"] if missing else []
    return "; ".join(parts + ([f"{', '.join(unknown)} unknown"] if unknown else []))


def _files(spec: InputSpec, value: Any, loc: Loc, checks: InputChecks) -> tuple[str, ...]:
    """The checked paths of one slot; a file with a problem is kept, so that counts stay right."""
    texts = value if isinstance(value, list) else [value]
    made = []
    for text in texts:
        if not isinstance(text, str):
            checks.note(
                problem("validation.value", loc, name=str(loc[-1]), value="", expected="Give a path.")
            )
            text = ""
        elif not JOB_OUTPUTS.match(text):
            path = checks.file(text, spec.kind, loc)
            text = str(path) if path else ""
        made.append(text)
    return tuple(made)


def _zipped(
    workflow: str,
    slots: Mapping[str, InputSpec],
    given: Mapping[str, Any],
    found: Sequence[Path],
    checks: InputChecks,
    loc: Loc,
) -> list[InputGroup]:
    missing = [name for name in slots if name not in given]
    if given.keys() - slots.keys() or missing[1 if found else 0 :]:
        _refuse(workflow, slots, _difference(slots, given), loc, checks)
        return []
    chunks: dict[str, list[tuple[str, ...]]] = {}
    for name, spec in slots.items():
        at = (*loc, name)
        files = _files(spec, given[name], at, checks) if name in given else tuple(map(str, found))
        chunks[name] = _chunks(files, spec, at, checks)
    lengths = {len(parts) for parts in chunks.values() if len(parts) != 1}
    if len(lengths) > 1 or 0 in lengths:
        shown = ", ".join(f"{name} {len(parts)}" for name, parts in chunks.items())
        checks.note(problem("validation.slot_lengths", loc, lengths=shown))
        return []
    count = max(lengths, default=1)
    return [
        InputGroup(slots={name: parts[index if len(parts) > 1 else 0] for name, parts in chunks.items()})
        for index in range(count)
    ]


def _chunks(files: tuple[str, ...], spec: InputSpec, loc: Loc, checks: InputChecks) -> list[tuple[str, ...]]:
    """A slot's files in groups of its `per_prompt`."""
    size = len(files) if spec.per_prompt == "all" else spec.per_prompt
    if size and len(files) % size:
        checks.note(problem("validation.input_groups", loc, count=len(files), size=size))
    return [files[start : start + size] for start in range(0, len(files), size or 1)]
