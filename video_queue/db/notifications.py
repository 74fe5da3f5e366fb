"""Statements of the inbox: notifications made of committed events, once each, and what channels have not got yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from video_queue.db import events, watch_files
from video_queue.db.connection import Connection
from video_queue.db.predicates import OPEN_JOB
from video_queue.domain.events import Event, EventType
from video_queue.domain.notifications import (
    LASTING,
    Notification,
    NotificationKind,
    NotificationPage,
    Undelivered,
    kind_of,
    queue_words,
    words,
)
from video_queue.domain.states import JobState

# A message is given up after so many tries.
TRIES = 10
_BATCH = 500
_KEPT = 2000

# The events after the last one that was looked at, of the types that can be notified.
_UNSEEN = """
    SELECT id, type, at, job_id, prompt_id, data FROM event
    WHERE id > (SELECT seen FROM notifier) AND type IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?
"""
_TYPES = json.dumps(
    [
        EventType.JOB_FINISHED,
        EventType.JOB_UPDATED,
        EventType.PROMPT_REVIEW,
        EventType.LANE_WAITING,
        EventType.COMFY_PROCESS,
        EventType.WATCH_CHANGED,
        EventType.WATCH_FILE_FAILED,
    ]
)

_JOB = """
    SELECT name, queued, running, review, succeeded, failed, cancelled, (
        SELECT json_extract(p.error, '$.message') FROM prompt p
        WHERE p.job_id = j.id AND p.state = 'failed' ORDER BY p.idx LIMIT 1
    ) AS error
    FROM job j WHERE id = ?
"""

# Whether the same is still unread: a hundred reviews of a job are one notification.
_UNREAD = "SELECT 1 FROM notification WHERE read = 0 AND kind = ? AND job_id IS ? AND title = ?"

# Where clips come one by one the queue ends again and again: unread only the last time.
_READ_OLDER_ENDS = (
    "UPDATE notification SET read = 1 WHERE kind = 'queue.finished' AND job_id IS NULL AND read = 0"
)

# Open jobs: those that wait for a person, and whether any other is left.
_OPEN = f"""
    SELECT count(*) FILTER (WHERE held_reason IS NOT NULL OR state = 'review') AS waiting, count(*) AS open
    FROM job j WHERE {OPEN_JOB}
"""
# The last job's end that may be the queue's, and whether a countdown to the end of the machine's work began after it.
_LAST_END = """
    SELECT id, type, at, job_id, prompt_id, data, EXISTS (
        SELECT 1 FROM event later WHERE later.id > event.id AND later.type = 'when_done.countdown'
    ) AS counted_down
    FROM event WHERE id = (SELECT ended FROM notifier)
"""
_ENDED_SINCE = """
    SELECT json_extract(data, '$.state') AS state, count(*) AS number FROM event
    WHERE type = 'job.finished' AND id <= :upto AND id > coalesce(
        (SELECT max(event_id) FROM notification WHERE kind = 'queue.finished'), 0)
    GROUP BY 1
"""
_ADD = """
    INSERT INTO notification (event_id, kind, at, job_id, prompt_id, title, text) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING id
"""

# Take what waits for a channel and is sent together: what was never tried, else what was, and each alone at its last
# try. So what a receiver refuses keeps nothing else from it.
_GROUP = f"CASE WHEN tries = 0 THEN 0 WHEN tries < {TRIES} - 1 THEN 1 ELSE 1 + notification_id END"
_CLAIM = f"""
    UPDATE delivery SET state = 'sending', tries = tries + 1
    WHERE channel = :channel AND state = 'waiting' AND {_GROUP} = (
        SELECT min({_GROUP}) FROM delivery WHERE channel = :channel AND state = 'waiting'
    )
    RETURNING notification_id
"""
_THESE = "channel = ? AND notification_id IN (SELECT value FROM json_each(?))"
_UNSENT = f"""
    UPDATE delivery SET error = ?, state = CASE WHEN tries < {TRIES} THEN 'waiting' ELSE 'failed' END
    WHERE {_THESE}
"""
_LIST = """
    SELECT n.*, (
        SELECT json_group_array(json_object('channel', d.channel, 'state', d.state, 'error', d.error))
        FROM delivery d WHERE d.notification_id = n.id
    ) AS undelivered
    FROM notification n
"""


def collect(conn: Connection, channels: Sequence[str], kinds: Sequence[NotificationKind]) -> bool:
    """Make notifications of the next unseen events, and deliveries of the `kinds` to every channel.

    True when more events may be left. Kinds that are not listed stay in the inbox. The end of the queue comes of
    `notify_end` alone.
    """
    unseen = [events.event_of(row) for row in conn.execute(_UNSEEN, (_TYPES, _BATCH)).fetchall()]
    if not unseen:
        return False
    for event in unseen:
        if kind := kind_of(event):
            _notify(conn, kind, event, channels if kind in kinds else ())
    if ends := [event.id for event in unseen if event.type == EventType.JOB_FINISHED]:
        conn.execute("UPDATE notifier SET ended = ?", (ends[-1],))
    conn.execute("UPDATE notifier SET seen = ?", (unseen[-1].id,))
    conn.execute("DELETE FROM notification WHERE id <= (SELECT max(id) FROM notification) - ?", (_KEPT,))
    return len(unseen) == _BATCH


def notify_end(
    conn: Connection,
    channels: Sequence[str],
    kinds: Sequence[NotificationKind],
    *,
    now: float,
    after: float,
    watching: bool,
) -> float | None:
    """Notify the end of the queue once it stayed without work for `after` seconds, or counts down to what comes then.

    Where folders are watched, files that are still copied there are work.

    Returns:
        In how many seconds to ask again; None when only another event can make a difference.
    """
    row = conn.execute(_LAST_END).fetchone()
    if row is None or _goes_on(conn, watching=watching):
        return None
    passed = now - datetime.fromisoformat(row["at"]).timestamp()
    if 0 <= passed < after and not row["counted_down"]:
        return after - passed
    kind = NotificationKind.QUEUE_FINISHED
    _notify(conn, kind, events.event_of(row), channels if kind in kinds else ())
    conn.execute("UPDATE notifier SET ended = NULL")
    return None


def _goes_on(conn: Connection, *, watching: bool) -> bool:
    row = conn.execute(_OPEN).fetchone()
    return bool(row["open"] > row["waiting"]) or (watching and watch_files.files_come(conn))


def _notify(conn: Connection, kind: NotificationKind, event: Event, channels: Sequence[str]) -> None:
    job_id, prompt_id = event.job_id, event.prompt_id
    if kind is NotificationKind.QUEUE_FINISHED:
        ended = {row["state"]: row["number"] for row in conn.execute(_ENDED_SINCE, {"upto": event.id})}
        if set(ended) == {JobState.CANCELLED}:  # who cancels knows
            return
        title, text = queue_words(ended, conn.execute(_OPEN).fetchone()["waiting"])
        job_id = None
        conn.execute(_READ_OLDER_ENDS)
    else:
        job = conn.execute(_JOB, (job_id,)).fetchone()
        title, text = words(kind, dict(job) if job else {}, event)
        if kind in LASTING and conn.execute(_UNREAD, (kind, job_id, title)).fetchone():
            return
    row = conn.execute(_ADD, (event.id, kind, event.at, job_id, prompt_id, title, text)).fetchone()
    if row is None:
        return
    conn.executemany(
        "INSERT INTO delivery (channel, notification_id) VALUES (?, ?)",
        [(name, row["id"]) for name in channels],
    )
    events.append_event(
        conn,
        EventType.NOTIFICATION,
        event.at,
        job_id=job_id,
        prompt_id=prompt_id,
        notification=row["id"],
        kind=kind,
        title=title,
        text=text,
    )


def forget_interrupted(conn: Connection, channel: str) -> None:
    """Drop what was being sent by a channel when it was interrupted: it may have arrived."""
    conn.execute("DELETE FROM delivery WHERE channel = ? AND state = 'sending'", (channel,))


def keep_channels(conn: Connection, channels: Sequence[str]) -> None:
    """Drop what waits for channels that are no more."""
    conn.execute(
        "DELETE FROM delivery WHERE channel NOT IN (SELECT value FROM json_each(?))",
        (json.dumps(list(channels)),),
    )


def claim_deliveries(conn: Connection, channel: str) -> list[Notification]:
    """What a channel sends next as one message, oldest first; it counts as being sent, and as tried, from now on."""
    ids = [row["notification_id"] for row in conn.execute(_CLAIM, {"channel": channel}).fetchall()]
    rows = conn.execute(
        f"{_LIST} WHERE n.id IN (SELECT value FROM json_each(?)) ORDER BY n.id", (json.dumps(ids),)
    )
    return [_notification(row) for row in rows]


def record_sent(conn: Connection, channel: str, ids: Sequence[int]) -> None:
    """These have arrived."""
    conn.execute(f"DELETE FROM delivery WHERE {_THESE}", (channel, json.dumps(ids)))


def record_unsent(conn: Connection, channel: str, ids: Sequence[int], error: str) -> None:
    """These have not arrived: each waits again, or is given up after its last try."""
    conn.execute(_UNSENT, (error, channel, json.dumps(ids)))


def list_notifications(
    conn: Connection, limit: int, cursor: str | None = None, *, unread: bool = False
) -> NotificationPage:
    """A page of the inbox, newest first; `cursor` is a `next_cursor`."""
    where = f"WHERE n.id < ? {'AND n.read = 0' if unread else ''}"
    rows = conn.execute(
        f"{_LIST} {where} ORDER BY n.id DESC LIMIT ?", (int(cursor or 2**62), limit + 1)
    ).fetchall()
    items = [_notification(row) for row in rows[:limit]]
    left = conn.execute("SELECT count(*) AS n FROM notification WHERE read = 0").fetchone()["n"]
    return NotificationPage(
        items=items, next_cursor=str(items[-1].id) if len(rows) > limit else None, unread=left
    )


def mark_read(conn: Connection, notification_id: int, *, read: bool) -> Notification | None:
    """One notification, now read or unread; None when there is none of this number."""
    conn.execute("UPDATE notification SET read = ? WHERE id = ?", (read, notification_id))
    row = conn.execute(f"{_LIST} WHERE n.id = ?", (notification_id,)).fetchone()
    return None if row is None else _notification(row)


def mark_all_read(conn: Connection, upto: int) -> None:
    """Every notification up to this number is read."""
    conn.execute("UPDATE notification SET read = 1 WHERE read = 0 AND id <= ?", (upto,))


def _notification(row: Any) -> Notification:
    undelivered = [Undelivered(**entry) for entry in json.loads(row["undelivered"])]
    return Notification(**{**dict(row), "undelivered": undelivered})
