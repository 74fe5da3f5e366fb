"""Hours of the day in local time, whatever the clocks do."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from video_queue.domain.hours import in_hours, next_begin, next_end, next_time
from video_queue.domain.submission import Submission
from video_queue.domain.watches import NewWatch

BERLIN = ZoneInfo("Europe/Berlin")


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("hours", "at", "inside"),
    [
        ("22:00-07:00", "2026-01-10T21:59", False),
        ("22:00-07:00", "2026-01-10T22:00", True),
        ("22:00-07:00", "2026-01-11T06:59", True),
        ("22:00-07:00", "2026-01-11T07:00", False),
        ("09:00-17:00", "2026-07-01T12:00", True),
        ("09:00-17:00", "2026-07-01T17:00", False),
    ],
)
def test_hours_count_in_local_time_and_may_pass_midnight(hours: str, at: str, inside: bool) -> None:
    assert in_hours(hours, moment(at), BERLIN) is inside
    assert in_hours(None, moment(at), BERLIN)


@pytest.mark.parametrize(
    ("at", "begin"),
    [
        ("2026-01-10T12:00", "2026-01-10T22:00"),
        ("2026-01-10T23:00", "2026-01-11T22:00"),
        ("2026-03-28T23:00", "2026-03-29T22:00"),  # a day of 23 hours
        ("2026-10-24T23:00", "2026-10-25T22:00"),  # a day of 25 hours
    ],
)
def test_the_next_begin_begin_at_the_same_local_time_whatever_the_clocks_did(at: str, begin: str) -> None:
    assert next_begin("22:00-07:00", moment(at), BERLIN) == moment(begin)


def test_hours_that_begin_in_the_gap_of_a_clock_begin_after_it() -> None:
    begin = next_begin("02:30-05:00", moment("2026-03-28T12:00"), BERLIN)
    assert begin == moment("2026-03-29T03:30")
    assert in_hours("02:30-05:00", begin, BERLIN)


@pytest.mark.parametrize("hours", ["22-7", "25:00-07:00", "22:00-22:00", "night"])
def test_hours_that_are_none_are_refused(hours: str) -> None:
    with pytest.raises(ValidationError):
        NewWatch(path="/x", submission=Submission(workflow="w"), hours=hours)


def test_hours_end_and_a_time_of_the_day_comes_next() -> None:
    assert next_end("22:00-07:00", moment("2026-01-10T23:00"), BERLIN) == moment("2026-01-11T07:00")
    assert next_time("07:30", moment("2026-01-10T08:00"), BERLIN) == moment("2026-01-11T07:30")
    with pytest.raises(ValueError):
        next_time("noon", 0.0)
