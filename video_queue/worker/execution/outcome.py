"""What a phase leaves behind: its state, its result and its arguments in the form the rows keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from video_queue.domain.states import PhaseState

# ENGINE section 5: a phase in which the process died this often is given up.
MAX_CRASHES = 3


_LONG_LIST = 16


@dataclass(frozen=True, slots=True)
class PhaseDone:
    """How a phase ended, what it gave (JSON), and the arguments it was given, long lists shortened.

    `work` is how much there was to do (see `services/work_amount`); `reuse_key` and `files` are for other prompts
    that would make the same (see `reuse`).
    """

    state: PhaseState
    result: dict[str, Any]
    arguments: dict[str, Any]
    work: float | None = None
    reuse_key: str | None = None
    files: str | None = None


def join_results(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Results of the items of `for_each` in one: list fields joined in item order, single fields become lists."""
    joined: dict[str, Any] = {}
    for result in results:
        for name, value in result.items():
            into = joined.setdefault(name, [])
            into.extend(value) if isinstance(value, list) else into.append(value)
    return joined


def shortened(value: Any) -> Any:
    """`value` for the record: a long list as its length and ends."""
    if isinstance(value, dict):
        return {key: shortened(inner) for key, inner in value.items()}
    if isinstance(value, list) and len(value) > _LONG_LIST:
        return {"count": len(value), "first": value[0], "last": value[-1]}
    return value
