"""Moments in and out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import BaseModel, ValidationError

from video_queue.domain.moments import Moment, as_utc, iso


class _Holder(BaseModel):
    at: Moment


def test_moments_become_utc() -> None:
    east = datetime(2030, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert as_utc(east) == datetime(2029, 12, 31, 23, 30, tzinfo=UTC)
    assert iso(east) == "2029-12-31T23:30:00.000Z"
    assert iso(datetime(2030, 1, 1)) == "2030-01-01T00:00:00.000Z"  # noqa: DTZ001 - one without a zone is meant
    assert (
        _Holder.model_validate({"at": "2030-01-01T00:00:00+01:00"}).at.isoformat()
        == "2029-12-31T23:00:00+00:00"
    )


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-01-01T00:00:00Z"]
)
def test_moments_no_clock_will_show(text: str) -> None:
    with pytest.raises(ValidationError):
        _Holder.model_validate({"at": text})
