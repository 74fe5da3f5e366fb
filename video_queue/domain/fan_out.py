"""What the items of a review were made from: the list they come from, and the phases between it and the gate.

Pure functions over a definition and the results of its finished phases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from video_queue.domain.references import references_in, whole_reference
from video_queue.domain.review import Decision, is_file, is_range, split_range
from video_queue.domain.workflow import Phase, WorkflowDefinition

Results = Mapping[str, Mapping[str, Any]]
_Field = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FanOut:
    """Item k of a gate comes from item k of the list `field` of the phase at `seq`.

    `parallel` are the `for_each` phases between whose item k does too; `again` those that use the list, or what came
    of it, as a whole. `links` are the phases and fields by which the items follow the list.
    """

    seq: int
    phase: str
    field: str
    parallel: tuple[int, ...]
    again: tuple[int, ...]
    links: tuple[tuple[int, str], ...] = ()

    @property
    def between(self) -> tuple[int, ...]:
        """All phases that a new item changes, in order."""
        return tuple(sorted((*self.parallel, *self.again)))


def fan_out_of(definition: WorkflowDefinition, seq: int, results: Results) -> FanOut | None:
    """Of the gate at `seq`; None where nothing lies between, or its items do not follow the list's one by one."""
    items = _field(definition.phases[seq].with_.get("items"), results)
    source = _source(definition, items, results)
    if items is None or source is None:
        return None
    places = {phase.name: at for at, phase in enumerate(definition.phases)}
    first, count = places[source[0]], _length(source, results)
    along, again = _dependents(definition.phases[first + 1 : seq], source, results)
    if not (along or again) or _length(items, results) != count or not (items == source or items[0] in along):
        return None
    links = {(places[name], field) for name, field in (items, *along.values()) if name in along}
    return FanOut(
        seq=first,
        phase=source[0],
        field=source[1],
        parallel=tuple(places[name] for name in along),
        again=tuple(places[name] for name in again),
        links=tuple(sorted(links)),
    )


def _source(definition: WorkflowDefinition, items: _Field | None, results: Results) -> _Field | None:
    """The list that the items come from, back through every `for_each`; None where it is no phase's."""
    while items is not None:
        phase = definition.phase(items[0])
        if phase is None or phase.for_each is None:
            return items if _length(items, results) is not None else None
        items = _field(phase.for_each, results)
    return None


def _length(field: _Field, results: Results) -> int | None:
    values = results[field[0]][field[1]]
    return len(values) if isinstance(values, list) else None


def _dependents(
    between: Sequence[Phase], source: _Field, results: Results
) -> tuple[dict[str, _Field], list[str]]:
    """The phases that go along with the list item by item, each with its own list, and those that use it as a whole."""
    along: dict[str, _Field] = {}
    again: list[str] = []
    for phase in between:
        if not results.get(phase.name):
            continue  # it was skipped, or gave nothing
        names = [*along, *again]
        whole = _uses([phase.with_, phase.set, phase.files, phase.when], source, names)
        listed = _field(phase.for_each, results)
        follows = listed is not None and (listed == source or listed[0] in along)
        if listed and follows and not whole and _length(listed, results) == _length(source, results):
            along[phase.name] = listed
        elif whole or _uses(phase.for_each, source, names):
            again.append(phase.name)
    return along, again


def _uses(value: Any, source: _Field, names: Sequence[str]) -> bool:
    paths = [path for reference in references_in(value) for path in reference.paths if path[0] == "phases"]
    return any(path[1:2] == (name,) for name in names for path in paths) or any(
        path[1:3] == source[: len(path) - 1] for path in paths
    )


def _field(value: Any, results: Results) -> _Field | None:
    """The phase and field that a value stands for; None for anything else."""
    reference = whole_reference(value)
    for path in reference.paths if reference else ():
        if len(path) == 3 and path[0] == "phases" and path[2] in results.get(path[1], {}):
            return path[1], path[2]
    return None


def items_of(result: Mapping[str, Any], count: int) -> list[dict[str, Any]] | None:
    """The joined result of so many items taken apart again; None where that is not clear."""
    if any(not isinstance(values, list) or len(values) not in (0, count) for values in result.values()):
        return None
    return [{name: values[at] if values else [] for name, values in result.items()} for at in range(count)]


def split_of(edit: Decision, shown: Any, source: Any) -> list[Any] | int:
    """A range of frames split in two, as the frame of what is `shown` says; of a file the frame to split it at.

    Where a phase between changed the number of frames it is the nearest one.
    """
    at = edit.at_frame or 0
    base = shown["start_frame"] if is_range(shown) else 0
    first = source["start_frame"] if is_range(source) else 0
    frames, total = _frames(shown), _frames(source)
    if frames is not None:
        at -= base
        if total is not None and total != frames:
            at = min(max(round(at * total / frames), 1), total - 1)
        at += first
    return at if is_file(source) else split_range(source, edit, at)


def _frames(item: Any) -> int | None:
    """How many frames an item has; None for a picture and what is no clip."""
    if is_range(item):
        count: int = item["end_frame"] - item["start_frame"]
        return count
    frames = item.get("frames") if is_file(item) else None
    return frames if isinstance(frames, int) and frames > 1 else None
