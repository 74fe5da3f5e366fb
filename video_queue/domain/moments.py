"""Moments as people and programs write them, converted to UTC; impossible years are refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator

from video_queue.domain.catalogue import fail

# A day's offset from UTC stays inside what every platform can convert.
_FIRST_YEAR, _LAST_YEAR = 1971, 9998
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def in_known_years(moment: datetime) -> datetime:
    """The moment itself.

    Raises:
        ValueError: outside the years 1971 to 9998.
    """
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"a moment lies between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return moment


def as_utc(moment: datetime) -> datetime:
    """`moment` in UTC; one without a zone is taken as UTC.

    Raises:
        ValueError: outside the years 1971 to 9998.
    """
    in_known_years(moment)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def local_as_utc(moment: datetime) -> datetime:
    """`moment` in UTC; one without a zone is taken as the machine's time.

    Raises:
        ValueError: outside the years 1971 to 9998.
    """
    return in_known_years(moment).astimezone(UTC)


def iso(moment: datetime) -> str:
    """`moment` as the database and all answers write it: ISO 8601 UTC with milliseconds."""
    return as_utc(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_of(seconds: float) -> str:
    """As `iso`, of seconds since the epoch; also of years that no program means."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_before(text: str, now: datetime) -> datetime:
    """The moment that `text` names, seen from `now`: `12h` ago, `today` and `yesterday` (their midnight), `22:00` (the
    last one) or an ISO moment. `now` has no zone and is the machine's time; so are results without a zone.

    Raises:
        VqError: `validation.moment`.
    """
    try:
        return in_known_years(_moment_before(text.strip(), now))
    except (ValueError, OverflowError) as error:
        raise fail("validation.moment", value=text) from error


def _moment_before(text: str, now: datetime) -> datetime:
    word = text.lower()
    if word in ("today", "yesterday"):
        return datetime.combine(now.date() - timedelta(days=word == "yesterday"), time())
    if clock := _CLOCK.fullmatch(word):
        at = datetime.combine(now.date(), time(int(clock[1]), int(clock[2])))
        return at if at <= now else at - timedelta(days=1)
    if ago := _AGO.fullmatch(word):
        return now.astimezone() - timedelta(seconds=float(ago[1]) * _SECONDS[ago[2]])
    return datetime.fromisoformat(text)


def seconds_of(moment: str) -> float:
    """Seconds since the epoch of a moment as `iso` writes it."""
    return datetime.fromisoformat(moment).timestamp()


Moment = Annotated[datetime, AfterValidator(as_utc)]
LocalMoment = Annotated[datetime, AfterValidator(local_as_utc)]
