"""Hours of the day such as 22:00-07:00, in local time: whether they last now, and when they begin and end next."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo
from typing import Annotated

from pydantic import AfterValidator, Field

_HOURS = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")


def _known_hours(text: str) -> str:
    match = _HOURS.match(text)
    if not match or match[0][:5] == match[0][6:]:
        raise ValueError("hours are written as 22:00-07:00")
    return text


def _hours_or_off(text: str) -> str:
    return text if text == "off" else _known_hours(text)


Hours = Annotated[str, AfterValidator(_known_hours), Field(max_length=20)]
HoursOrOff = Annotated[str, AfterValidator(_hours_or_off), Field(max_length=20)]


def in_hours(hours: str | None, now: float, zone: tzinfo | None = None) -> bool:
    """Whether `now` (seconds since the epoch) lies in `hours` of the local time (or `zone`'s); always without hours."""
    if hours is None:
        return True
    begin, end = _bounds(hours)
    clock = datetime.fromtimestamp(now, zone).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def next_begin(hours: str, now: float, zone: tzinfo | None = None) -> float:
    """When `hours` begin next after `now`; where a clock skips that time, the moment after the gap."""
    return _next(_bounds(hours)[0], now, zone)


def next_end(hours: str, now: float, zone: tzinfo | None = None) -> float:
    """When `hours` end next after `now`."""
    return _next(_bounds(hours)[1], now, zone)


def next_time(text: str, now: float, zone: tzinfo | None = None) -> float:
    """When it is `text` (`07:30`) next after `now`.

    Raises:
        ValueError: `text` is no time of the day.
    """
    return _next(time.fromisoformat(text), now, zone)


def _next(wanted: time, now: float, zone: tzinfo | None) -> float:
    today = datetime.fromtimestamp(now, zone).date()
    moments = (datetime.combine(today + timedelta(days=days), wanted, zone).timestamp() for days in range(3))
    return next(moment for moment in moments if moment > now)


def _bounds(hours: str) -> tuple[time, time]:
    begin, end = hours.split("-")
    return time.fromisoformat(begin), time.fromisoformat(end)
