"""Statements about renders: what ComfyUI was asked to do for a phase or an item, and what it named as outputs.

A row of `item` holds the remote prompt's id (`remote_id`) before that is sent to ComfyUI, and the outputs' names
(`remote`) from the moment it is done until the files are fetched. So a restart finds both again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from video_queue.db import affinity, queue_state
from video_queue.db.attempts import is_current, require_current
from video_queue.db.connection import Connection
from video_queue.db.phases import set_items_total, start_phase
from video_queue.db.stored import stored_json
from video_queue.domain.states import DEFAULT_INSTANCE

# The render on record for a unit of work, and how often something died in it.
_GET = "SELECT remote_id, remote, crashes, instance FROM item WHERE prompt_id = ? AND seq = ? AND item = ?"

# A render begins under an id.
_BEGIN = """
    INSERT INTO item (prompt_id, seq, item, state, attempt, remote_id, lowered, instance)
    VALUES (?, ?, ?, 'running', ?, ?, ?, ?)
    ON CONFLICT (prompt_id, seq, item) DO UPDATE
    SET state = 'running', attempt = excluded.attempt, remote_id = excluded.remote_id, remote = NULL,
        lowered = excluded.lowered, instance = excluded.instance
"""

# The items of a phase that were rendered with the values of on_oom.
_LOWERED = "SELECT item FROM item WHERE prompt_id = ? AND seq = ? AND lowered = 1 ORDER BY item"

# A render on record belongs to a new attempt.
_CONTINUE = "UPDATE item SET attempt = ? WHERE prompt_id = ? AND seq = ? AND item = ?"

# A render is done: its outputs have these names.
_SET_OUTPUTS = """
    UPDATE item SET state = 'harvesting', remote = ? WHERE prompt_id = ? AND seq = ? AND item = ?
"""

# The last render of a phase is done.
_HARVEST_PHASE = """
    UPDATE phase SET state = 'harvesting' WHERE prompt_id = ? AND seq = ? AND state = 'running'
"""

# What an active prompt waits for, in words too unless it is being stopped.
_SET_WAITING = """
    UPDATE prompt
    SET waiting_reason = ?, waiting_since = ?, message = CASE WHEN cancel_reason IS NULL THEN ? ELSE message END
    WHERE id = ?
"""

# Whether ComfyUI was asked for anything of a phase that still counts.
_HAS_BEGUN = "SELECT 1 FROM item WHERE prompt_id = ? AND seq = ? AND state <> 'pending' LIMIT 1"

# The id of a render that is not finished.
_UNFINISHED = (
    "SELECT remote_id FROM item WHERE prompt_id = ? AND seq = ? AND item = ? AND state <> 'succeeded'"
)

# Nothing is left of a render that is not finished.
_FORGET = """
    UPDATE item SET state = 'pending', remote_id = NULL, remote = NULL, crashes = crashes + ?
    WHERE prompt_id = ? AND seq = ? AND item = ? AND state <> 'succeeded'
"""

# A render is done and its files are not there; how often that happened.
_COUNT_MISSING = """
    UPDATE item SET state = 'pending', remote_id = NULL, remote = NULL, missing = missing + 1
    WHERE prompt_id = ? AND seq = ? AND item = ? RETURNING missing
"""

# ComfyUI died in a render.
_COUNT_CRASH = "UPDATE item SET crashes = crashes + 1 WHERE prompt_id = ? AND seq = ? AND item = ?"

# What was sent, or may have been ahead of its claim.
_REMOTE_IDS = """
    SELECT remote_id FROM item WHERE state = 'running' AND remote_id IS NOT NULL
    UNION ALL SELECT remote_id FROM render_ahead UNION ALL SELECT remote_id FROM unwanted_render
"""

# ComfyUI may have an unwanted render, or does not have it any more.
_ADD_UNWANTED = """
    INSERT OR IGNORE INTO unwanted_render (remote_id, instance)
    SELECT remote_id, instance FROM render_ahead WHERE remote_id = ?
"""
_DROP_UNWANTED = "DELETE FROM unwanted_render WHERE remote_id = ?"


@dataclass(frozen=True, slots=True)
class Render:
    """Which unit of work a render is for: item 0 is a plain phase, items of `for_each` count from 1."""

    prompt_id: int
    attempt: int
    seq: int
    item: int

    @property
    def key(self) -> tuple[int, int, int]:
        """The key of its row: prompt, phase, item."""
        return self.prompt_id, self.seq, self.item


@dataclass(frozen=True, slots=True)
class Begun:
    """A render on record. `known` says that it was begun earlier, under this id: ComfyUI may have it already.

    `outputs` are the names of its outputs, if it is done. `crashes` counts how often something died in it.
    """

    remote_id: str
    known: bool
    outputs: dict[str, Any] | None
    crashes: int


def begin_phase(
    conn: Connection,
    render: Render,
    name: str,
    items: int | None,
    remote_id: str,
    now: str,
    measures: str | None = None,
) -> Begun:
    """Begin a comfy phase of so many `items` (None: a plain one) with this render.

    `remote_id` is stored unless there is an earlier one.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    start_phase(conn, render.prompt_id, render.attempt, render.seq, name, now, measures)
    if items is not None:
        set_items_total(conn, render.prompt_id, render.seq, items)
    begun = _begin(conn, render, remote_id)
    drop_ids(conn, [begun.remote_id])
    if not begun.known:
        affinity.note_render(conn, render.prompt_id)
    return begun


def begin_render(conn: Connection, render: Render, remote_id: str, *, lowered: bool = False) -> Begun:
    """Begin the next render of a phase that has begun; `lowered`, with the values of `on_oom`.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, render.prompt_id, render.attempt)
    return _begin(conn, render, remote_id, lowered=lowered)


def lowered_items(conn: Connection, prompt_id: int, seq: int) -> list[int]:
    """The items of a phase (0 for a plain one) that were rendered with the values of `on_oom`."""
    return [row["item"] for row in conn.execute(_LOWERED, (prompt_id, seq))]


def has_begun(conn: Connection, prompt_id: int, seq: int) -> bool:
    """Whether a phase has renders of its own to go on with."""
    return conn.execute(_HAS_BEGUN, (prompt_id, seq)).fetchone() is not None


def _begin(conn: Connection, render: Render, remote_id: str, *, lowered: bool = False) -> Begun:
    row = conn.execute(_GET, render.key).fetchone()
    prompt = conn.execute("SELECT crashes, instance FROM prompt WHERE id = ?", (render.prompt_id,)).fetchone()
    instance = prompt["instance"] or DEFAULT_INSTANCE
    crashes = prompt["crashes"] + (row["crashes"] if row else 0)
    if row and row["remote_id"] and row["instance"] != instance:
        # The one that knows it is away: this one renders it again, and that one ends it when it is back.
        conn.execute(_FORGET, (0, *render.key))
        row = None
    if row and row["remote_id"]:
        outputs = (
            stored_json(row["remote"], f"a render of prompt {render.prompt_id}") if row["remote"] else None
        )
        conn.execute(_CONTINUE, (render.attempt, *render.key))
        return Begun(row["remote_id"], True, outputs, crashes)
    conn.execute(_BEGIN, (*render.key, render.attempt, remote_id, lowered, instance))
    return Begun(remote_id, False, None, crashes)


def note_outputs(conn: Connection, render: Render, outputs: dict[str, Any], *, last: bool) -> None:
    """ComfyUI is done: the names of the outputs. With the `last` render the phase is `harvesting`.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, render.prompt_id, render.attempt)
    conn.execute(_SET_OUTPUTS, (json.dumps(outputs), *render.key))
    if last:
        conn.execute(_HARVEST_PHASE, (render.prompt_id, render.seq))


def forget_render(conn: Connection, render: Render, *, crashed: bool, gone: bool = True) -> None:
    """Nothing is left of a render that was not finished; with `crashed` that is counted.

    It is `gone` from ComfyUI too, or is ended there as unwanted.
    """
    remote_ids = [(row["remote_id"],) for row in conn.execute(_UNFINISHED, render.key)]
    conn.execute(_FORGET, (int(crashed), *render.key))
    if gone:
        conn.executemany(_DROP_UNWANTED, remote_ids)


def count_missing(conn: Connection, render: Render) -> int:
    """The files of a render are gone: it will be done again under another id; how often that happened."""
    row = conn.execute(_COUNT_MISSING, render.key).fetchone()
    return row["missing"] if row else 0


def count_crash(conn: Connection, render: Render) -> None:
    """ComfyUI went away in the middle of this render, whose id stays on record."""
    conn.execute(_COUNT_CRASH, render.key)


def set_waiting(
    conn: Connection, prompt_id: int, attempt: int, reason: str | None, message: str | None, now: str
) -> None:
    """What an active prompt waits for (`comfy_busy`, ...) and in words, or None when it does not any more."""
    if is_current(conn, prompt_id, attempt):
        conn.execute(_SET_WAITING, (reason, now if reason else None, message, prompt_id))


def unwanted_renders(conn: Connection, instance: str = DEFAULT_INSTANCE) -> list[str]:
    """Ids that ComfyUI may still have though nobody waits for them (cancelled, paused, taking too long, ...)."""
    rows = conn.execute("SELECT remote_id FROM unwanted_render WHERE instance = ?", (instance,))
    return [row["remote_id"] for row in rows]


def instances_with_unwanted(conn: Connection) -> set[str]:
    """The instances that have any."""
    return {row["instance"] for row in conn.execute("SELECT DISTINCT instance FROM unwanted_render")}


def remote_ids(conn: Connection) -> set[str]:
    """Every id that ComfyUI may have of us."""
    rows = conn.execute(_REMOTE_IDS)
    return {row["remote_id"] for row in rows}


def reserve_ids(conn: Connection, remote_ids: Iterable[str], instance: str = DEFAULT_INSTANCE) -> None:
    """Put ids on record under which prompts may be sent before they are claimed."""
    rows = [(item, instance) for item in remote_ids]
    conn.executemany("INSERT INTO render_ahead (remote_id, instance) VALUES (?, ?)", rows)


def drop_ids(conn: Connection, remote_ids: Iterable[str]) -> None:
    """Nothing was sent under these, or its claim has begun."""
    conn.executemany("DELETE FROM render_ahead WHERE remote_id = ?", [(item,) for item in remote_ids])


def disown_ids(conn: Connection, remote_ids: Iterable[str]) -> None:
    """What may have been sent under these is unwanted: another prompt was claimed, or the process died."""
    remote_ids = list(remote_ids)
    conn.executemany(_ADD_UNWANTED, [(item,) for item in remote_ids])
    drop_ids(conn, remote_ids)


def disown_all_ids(conn: Connection) -> None:
    """The same for all that an earlier process left."""
    disown_ids(conn, [row["remote_id"] for row in conn.execute("SELECT remote_id FROM render_ahead")])


def drop_unwanted(
    conn: Connection, remote_ids: Iterable[str], now: str, instance: str = DEFAULT_INSTANCE
) -> None:
    """ComfyUI does not have these any more. After the last one the gpu lane waits for none."""
    conn.executemany(_DROP_UNWANTED, [(remote_id,) for remote_id in remote_ids])
    if not unwanted_renders(conn, instance):
        queue_state.end_comfy_wait(conn, now, instance=instance)
