"""The lanes in a span of time: when each worked, when it stood still, and why.

A lane works while a phase of it runs. What is left are gaps; each has the reason that rows know for it: no process
was there, the queue was paused, the lane waited. One without a reason had nothing to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from video_queue.db.connection import Connection
from video_queue.db.documents import read_workflow
from video_queue.db.predicates import OPEN_JOB
from video_queue.db.uptime import downtimes
from video_queue.domain.events import EventType
from video_queue.domain.moments import iso_of, seconds_of
from video_queue.domain.report import Gap, Stretch, Track
from video_queue.domain.states import Lane

# Stretches closer than this part of the span are one, and gaps shorter than it are none.
_FINEST = 1 / 600
_SHORTEST_GAP = 1.0

# Phases of prompts that ended in the span or are open, as they ran last.
_PHASES = f"""
    SELECT p.id, p.state = 'failed' AS failed, j.workflow_hash, f.seq, f.started_at, f.finished_at
    FROM prompt p JOIN job j ON j.id = p.job_id JOIN phase f ON f.prompt_id = p.id
    WHERE p.finished_at >= :since AND f.started_at < :until AND f.state <> 'review'
        AND coalesce(f.finished_at, p.finished_at) > :since
    UNION ALL
    SELECT p.id, 0, j.workflow_hash, f.seq, f.started_at, f.finished_at
    FROM job j JOIN prompt p ON p.job_id = j.id JOIN phase f ON f.prompt_id = p.id
    WHERE {OPEN_JOB} AND j.running + j.review > 0 AND p.state IN ('running', 'review') AND f.state <> 'review'
        AND f.started_at < :until AND coalesce(f.finished_at, :until) > :since
"""
_CHANGES = """
    SELECT type, at, data FROM event WHERE at < :until AND type IN (SELECT value FROM json_each(:types)) ORDER BY id
"""
_TYPES = (
    EventType.QUEUE_PAUSED,
    EventType.QUEUE_RESUMED,
    EventType.LANE_WAITING,
    EventType.LANE_RUNNING,
)
_WAITING = f"""
    SELECT coalesce(sum(queued + running), 0) AS media, coalesce(sum((queued + running) * uses_gpu), 0) AS gpu
    FROM job j WHERE {OPEN_JOB} AND held_reason IS NULL
"""


class _Stop(NamedTuple):
    begin: float
    end: float
    reason: str


def read_tracks(conn: Connection, since: str, until: str) -> list[Track]:
    """The gpu lane and the media lane; one that neither worked nor has work is left out."""
    begin, end = seconds_of(since), seconds_of(until)
    worked = _worked(conn, since, until)
    waiting = dict(conn.execute(_WAITING).fetchone())
    paused, lane_stops = _stops(conn, until)
    down = [
        _Stop(seconds_of(first), seconds_of(last), "down") for first, last in downtimes(conn, since, until)
    ]
    tracks = []
    for lane in (Lane.GPU, Lane.MEDIA):
        if not worked[lane] and not waiting[lane]:
            continue
        stretches = _merged(worked[lane], begin, end)
        is_done = not waiting[lane]
        stops = [*down, *paused, *lane_stops[lane]]
        gaps = list(_gaps(stretches, stops, begin, end, is_done=is_done))
        tracks.append(
            Track(
                lane=lane,
                stretches=[
                    Stretch(start=iso_of(first), end=iso_of(last), renders=len(prompts), failed=len(failed))
                    for first, last, prompts, failed in stretches
                ],
                gaps=gaps,
            )
        )
    return tracks


_Work = tuple[float, float, set[int], set[int]]


def _worked(conn: Connection, since: str, until: str) -> dict[Lane, list[_Work]]:
    """By lane: begin, end, prompts, and those of them that failed; in the order of begin."""
    worked: dict[Lane, list[_Work]] = {Lane.GPU: [], Lane.MEDIA: []}
    lanes: dict[str, tuple[Lane, ...]] = {}
    for row in conn.execute(_PHASES, {"since": since, "until": until}).fetchall():
        hash_ = row["workflow_hash"]
        if hash_ not in lanes:
            lanes[hash_] = read_workflow(conn, hash_).lanes
        first, last = (
            seconds_of(max(row["started_at"], since)),
            seconds_of(min(row["finished_at"] or until, until)),
        )
        failed = {row["id"]} if row["failed"] else set()
        worked[lanes[hash_][row["seq"]]].append((first, last, {row["id"]}, failed))
    return {lane: sorted(items, key=lambda item: item[:2]) for lane, items in worked.items()}


def _merged(items: Iterable[_Work], begin: float, end: float) -> list[_Work]:
    """Stretches as fine as they can be seen."""
    merged: list[_Work] = []
    finest = max(_SHORTEST_GAP, (end - begin) * _FINEST)
    for first, last, prompts, failed in items:
        if merged and first - merged[-1][1] < finest:
            before = merged[-1]
            merged[-1] = (before[0], max(before[1], last), before[2] | prompts, before[3] | failed)
        else:
            merged.append((first, last, prompts, failed))
    return merged


def _gaps(
    stretches: list[_Work], stops: list[_Stop], begin: float, end: float, *, is_done: bool
) -> Iterable[Gap]:
    """What lies between the stretches, in parts by reason. After the last work of all nothing is missed."""
    now = begin
    for first, last in [*((item[0], item[1]) for item in stretches), (end, end)]:
        is_after_all = first == end and is_done
        for part in _parts(now, first, () if is_after_all else stops):
            if part.end - part.begin >= _SHORTEST_GAP:
                yield Gap(start=iso_of(part.begin), end=iso_of(part.end), reason=part.reason)
        now = max(now, last)


def _parts(begin: float, end: float, stops: Iterable[_Stop]) -> Iterable[_Stop]:
    """A gap in parts: the first stop that is known of a moment says why, `idle` is what none explains."""
    stops = list(stops)
    edges = sorted({begin, end, *(edge for stop in stops for edge in stop[:2] if begin < edge < end)})
    part: _Stop | None = None
    for first, last in pairwise(edges):
        reason = next((stop.reason for stop in stops if stop.begin <= first and stop.end >= last), "idle")
        if part and part.reason == reason:
            part = part._replace(end=last)
            continue
        if part:
            yield part
        part = _Stop(first, last, reason)
    if part:
        yield part


def _stops(conn: Connection, until: str) -> tuple[list[_Stop], dict[Lane, list[_Stop]]]:
    """When the queue was paused, and when each lane waited."""
    paused: list[_Stop] = []
    lanes: dict[Lane, list[_Stop]] = {Lane.GPU: [], Lane.MEDIA: []}
    open_: dict[str, _Stop] = {}
    end = seconds_of(until)

    def close(name: str, at: float) -> None:
        if stop := open_.pop(name, None):
            (paused if name == "queue" else lanes[Lane(name)]).append(stop._replace(end=at))

    for row in conn.execute(_CHANGES, {"until": until, "types": json.dumps(_TYPES)}).fetchall():
        name, reason = _change(row)
        at = seconds_of(row["at"])
        if reason is None:
            close(name, at)
        elif reason or name not in open_:
            close(name, at)
            open_[name] = _Stop(at, end, reason or "user")
    for name in list(open_):
        close(name, end)
    return paused, lanes


def _change(row: Any) -> tuple[str, str | None]:
    """What an event is about, and why that stands still from then on; None: it goes on. "" says nothing new."""
    data = json.loads(row["data"])
    match row["type"]:
        case EventType.QUEUE_PAUSED:
            return "queue", str(data.get("reason") or "")
        case EventType.QUEUE_RESUMED:
            return "queue", None
        case EventType.LANE_WAITING:
            return str(data["lane"]), str(data.get("reason") or "")
        case _:
            return str(data["lane"]), None
