"""Moments as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from video_queue.domain.errors import VqError
from video_queue.domain.moments import moment_before
from video_queue.terminal.flags.moments import moment_to_come

_NOW = datetime.fromisoformat("2026-03-10T07:30")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("today", "2026-03-10"),
        ("Yesterday", "2026-03-09"),
        ("22:00", "2026-03-09T22:00"),
        ("6:05", "2026-03-10T06:05"),
        ("07:30", "2026-03-10T07:30"),
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01T22:00", "2026-03-01T22:00"),
        ("2026-03-01T22:00:00Z", "2026-03-01T22:00Z"),
    ],
)
def test_a_moment_is_seen_from_now(text: str, moment: str) -> None:
    assert moment_before(text, _NOW) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(("text", "hours"), [("12h", 12.0), ("2d", 48.0), ("30m", 0.5), ("1.5 h", 1.5)])
def test_a_length_of_time_is_so_long_ago(text: str, hours: float) -> None:
    assert _NOW.astimezone() - moment_before(text, _NOW) == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["", "lately", "25:00", "12", "2026-13-01", "-2h", "0001-01-01", "9999-12-31", "99999999d"]
)
def test_what_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(VqError) as refused:
        moment_before(text, _NOW)
    assert refused.value.code == "validation"


def test_a_time_of_the_day_to_come_is_within_a_day_and_other_texts_stay() -> None:
    moment = datetime.fromisoformat(moment_to_come("07:30"))
    assert timedelta(0) < moment - datetime.now(UTC) <= timedelta(hours=25)
    assert f"{moment.astimezone():%H:%M}" == "07:30"
    assert moment_to_come("2999-01-01T00:00:00Z") == "2999-01-01T00:00:00Z"
    assert moment_to_come("someday") == "someday"


def test_a_moment_to_come_without_a_zone_is_local_time() -> None:
    moment = datetime.fromisoformat(moment_to_come("2099-07-01T07:30"))
    assert f"{moment.astimezone():%Y-%m-%d %H:%M}" == "2099-07-01 07:30"
