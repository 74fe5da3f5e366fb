"""How a phase ended, as plain data, and its result and arguments in the form the rows keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from video_queue.db.review_edits import EditedItems
from video_queue.domain.review import Gate
from video_queue.domain.states import Lane, PhaseState

_LONG_LIST = 16


@dataclass(frozen=True, slots=True)
class PhaseDone:
    """What a phase made, or reused: its result (JSON) and its arguments, long lists shortened.

    `seconds` is how long it ran; `files` describes its files (see `work_files`), and with a
    `reuse_key` other prompts may reuse them. `reused_from` is the prompt
    (`12.3`) that made a reused one.
    """

    state: PhaseState
    result: dict[str, Any]
    arguments: dict[str, Any]
    reuse_key: str | None = None
    files: str | None = None
    seconds: float = 0.0
    reused_from: str | None = None


@dataclass(frozen=True, slots=True)
class PhaseSkipped:
    """A phase whose `when` said no, or a gate that was not asked for."""

    phase: str
    lanes_left: Sequence[Lane]
    measures: str | None = None

    def __str__(self) -> str:
        return f"phase {self.phase} skipped"


@dataclass(frozen=True, slots=True)
class RenderNeeded:
    """A comfy phase in the media lane that is neither skipped nor reused: it is for the gpu lane."""

    phase: str

    def __str__(self) -> str:
        return f"phase {self.phase} has to be rendered"


@dataclass(frozen=True, slots=True)
class ReviewEntered:
    """A gate: the prompt waits for the artist, who decides on its items (see `domain.review`)."""

    phase: str
    gate: Gate

    def __str__(self) -> str:
        return f"phase {self.phase} waits for a decision on {len(self.gate['items'])} item(s)"


@dataclass(frozen=True, slots=True)
class ItemsEdited:
    """The artist split or merged items of a gate whose list comes from `source`: phases between run again."""

    phase: str
    source: str
    edit: EditedItems

    def __str__(self) -> str:
        items = self.edit.gate["count"]
        return f"phase {self.phase}: {self.source} gives {items} item(s) now; the phases between go on"


def join_results(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Results of the items of `for_each` in one: list fields joined in item order, single fields become lists."""
    joined: dict[str, Any] = {}
    for result in results:
        for name, value in result.items():
            values = joined.setdefault(name, [])
            values.extend(value) if isinstance(value, list) else values.append(value)
    return joined


def shortened(value: Any) -> Any:
    """`value` for the record: a long list as its length and ends."""
    if isinstance(value, dict):
        return {key: shortened(inner) for key, inner in value.items()}
    if isinstance(value, list) and len(value) > _LONG_LIST:
        return {"count": len(value), "first": value[0], "last": value[-1]}
    return value
