"""Sizes as they are written, and the size a job renders at."""

from __future__ import annotations

from video_queue.domain.resolution import Resolution, parse_size, parse_stored


def test_parse_size() -> None:
    assert parse_size("1280×720") == (1280, 720)
    assert parse_size([1, 2]) == (1, 2)
    assert parse_size((True, 2)) is None
    assert parse_size("99999x1") is None


def test_an_unknown_input_size_stays_unknown() -> None:
    assert Resolution().size(None, None) == (None, None)
    assert parse_stored(None) is None
