"""Moments as people type them, in the machine's own time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

from video_queue.domain.catalogue import fail
from video_queue.domain.moments import in_known_years, local_as_utc
from video_queue.terminal.flags.values import duration

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


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
    if re.fullmatch(r"\d+(\.\d+)?\s*[smhd]", word, re.ASCII):
        return now.astimezone() - timedelta(seconds=duration(word))
    return datetime.fromisoformat(text)


def moment_to_come(text: str) -> str:
    """`07:30` as the next moment at which clocks here show it, an ISO moment as itself, both in ISO 8601 UTC.

    A moment without a zone is the machine's time. Any other text stays as it is.
    """
    from video_queue.domain.hours import next_time

    try:
        if len(text) <= len("07:30"):
            moment = datetime.fromtimestamp(next_time(text, datetime.now(UTC).timestamp()), UTC)
        else:
            moment = local_as_utc(datetime.fromisoformat(text))
    except ValueError:
        return text
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
