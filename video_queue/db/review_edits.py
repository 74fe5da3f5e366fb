"""Statements behind a review that splits and merges: the list that the items come from is changed, and the phases
between it and the gate run again, for new items only where they go item by item.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from video_queue.db import prompts
from video_queue.db.attempts import require_current
from video_queue.db.connection import Connection
from video_queue.domain.review import Gate

# The list has other items; no other prompt may reuse what the artist made of it.
_SET_LIST = """
    UPDATE phase SET result = ?, files = ?, reuse_key = NULL
    WHERE prompt_id = ? AND seq = ? AND state IN ('succeeded', 'reused')
"""

# A phase between is to be run again, its new items beside the files of those before.
_RUN_AGAIN = """
    UPDATE phase
    SET state = 'pending', progress = 0, result = NULL, files = NULL, reuse_key = NULL, reused_from = NULL,
        finished_at = NULL, edits = edits + 1
    WHERE prompt_id = ? AND seq = ? AND state IN ('succeeded', 'reused')
"""

# Nothing is left of a phase that uses the list as a whole: neither items nor the render of a plain one.
_DROP_ALL = "DELETE FROM item WHERE prompt_id = ? AND seq = ?"

# A finished item of a phase that was reused as a whole: of no attempt that timed it.
_ADD_ITEM = """
    INSERT INTO item (prompt_id, seq, item, state, attempt, result, files) VALUES (?, ?, ?, 'succeeded', 0, ?, ?)
"""

# Items get their new numbers by way of negative ones, so that none meets another.
_NUMBER = "UPDATE item SET item = ? WHERE prompt_id = ? AND seq = ? AND item = ?"
_NUMBERED = "UPDATE item SET item = -item WHERE prompt_id = ? AND seq = ? AND item < 0"
_DROP_OTHERS = "DELETE FROM item WHERE prompt_id = ? AND seq = ? AND item > 0"

# What the gate knows until it is entered again.
_KEEP_GATE = "UPDATE phase SET result = ? WHERE prompt_id = ? AND seq = ? AND state = 'pending'"


@dataclass(frozen=True, slots=True)
class EditedItems:
    """The phase at `seq` has another list in its `result`; `moved` are the new numbers of the items that stay.

    `parallel` phases keep the results of those, `again` ones nothing. `reused` holds (result, files) of each item of
    parallel phases that were reused as a whole. `gate` is what the gate keeps; `lane` that of the first phase to run.
    """

    seq: int
    result: dict[str, Any]
    files: str
    moved: Mapping[int, int]
    parallel: Sequence[int]
    again: Sequence[int]
    gate: Gate
    lane: str
    reused: Mapping[int, Sequence[tuple[dict[str, Any], str]]] = field(default_factory=dict)


def apply(conn: Connection, prompt_id: int, attempt: int, seq: int, edit: EditedItems, now: str) -> None:
    """Change the list and let the prompt go on at the first phase between; the gate at `seq` is asked again after.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, prompt_id, attempt)
    conn.execute(_SET_LIST, (json.dumps(edit.result), edit.files, prompt_id, edit.seq))
    for place in edit.parallel:
        _add_items(conn, prompt_id, place, edit.reused.get(place, ()))
        _renumber(conn, prompt_id, place, edit.moved)
    for place in edit.again:
        conn.execute(_DROP_ALL, (prompt_id, place))
    between = sorted((*edit.parallel, *edit.again))
    conn.executemany(_RUN_AGAIN, [(prompt_id, place) for place in between])
    conn.execute(_KEEP_GATE, (json.dumps(edit.gate), prompt_id, seq))
    prompts.pass_on(conn, prompt_id, attempt, between[0], edit.lane, now)


def _add_items(
    conn: Connection, prompt_id: int, seq: int, items: Sequence[tuple[dict[str, Any], str]]
) -> None:
    rows = [
        (prompt_id, seq, number, json.dumps(result), files)
        for number, (result, files) in enumerate(items, start=1)
    ]
    conn.executemany(_ADD_ITEM, rows)


def _renumber(conn: Connection, prompt_id: int, seq: int, moved: Mapping[int, int]) -> None:
    conn.executemany(_NUMBER, [(-new, prompt_id, seq, old) for old, new in moved.items()])
    conn.execute(_DROP_OTHERS, (prompt_id, seq))
    conn.execute(_NUMBERED, (prompt_id, seq))
