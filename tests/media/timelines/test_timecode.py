"""Timecode against OpenTimelineIO's, at every rate that has drop-frame labels and at those that have none."""

from __future__ import annotations

from fractions import Fraction

import pytest
from opentimelineio import opentime

from video_queue.media.timelines.timecode import can_drop, label, parse_label

RATES = [Fraction(n) for n in (24, 25, 30, 50, 60)] + [Fraction(n * 1000, 1001) for n in (24, 30, 60)]
DROPPED = [rate for rate in RATES if can_drop(rate)]


def frames_of(rate: Fraction) -> list[int]:
    """Around minutes, tens of minutes, hours, and some between."""
    seconds = [60, 120, 540, 600, 660, 3600, 7261, 36000]
    near = [round(second * rate) + step for second in seconds for step in range(-3, 4)]
    return [*range(70), *near, *range(1, round(20 * 3600 * rate), 99991)]


@pytest.mark.parametrize(
    ("rate", "drop"), [*((rate, False) for rate in RATES), *((rate, True) for rate in DROPPED)]
)
def test_labels_are_those_of_opentimelineio(rate: Fraction, drop: bool) -> None:
    for frame in frames_of(rate):
        text = label(frame, rate, drop=drop)
        moment = opentime.RationalTime(frame, float(rate))
        assert text == opentime.to_timecode(moment, float(rate), drop), frame
        assert parse_label(text, rate) == (frame, drop)


def test_drop_frame_is_for_29_97_and_59_94() -> None:
    assert [Fraction(30000, 1001), Fraction(60000, 1001)] == DROPPED


def test_a_day_of_drop_frame_is_a_day() -> None:
    rate = Fraction(30000, 1001)
    assert label(107892, rate, drop=True) == "01:00:00;00"
    assert [label(frame, rate, drop=True) for frame in (1799, 1800)] == ["00:00:59;29", "00:01:00;02"]
    assert label(17982 * 6 * 24, rate, drop=True) == "00:00:00;00"


@pytest.mark.parametrize("text", ["", "yesterday", "00:00:61:00", "00:00:00:30", "25:00:00:00", "1:2"])
def test_what_is_no_timecode(text: str) -> None:
    assert parse_label(text, Fraction(30000, 1001)) is None
