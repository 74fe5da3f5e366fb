"""Moments as people and programs write them, converted to UTC; impossible years are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

# A day's offset from UTC stays inside what every platform can convert.
_FIRST_YEAR, _LAST_YEAR = 1971, 9998


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


Moment = Annotated[datetime, AfterValidator(as_utc)]
LocalMoment = Annotated[datetime, AfterValidator(local_as_utc)]
