"""Moments to come, as people type them, in the machine's own time."""

from __future__ import annotations

from datetime import UTC, datetime

from video_queue.domain.moments import local_as_utc


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
