"""Starts of one home at once, in their short form: on a home that is new to all of them."""

from __future__ import annotations

from pathlib import Path

from tests.crash.starts import start_at_once


def test_one_serves_and_the_others_say_who(tmp_path: Path) -> None:
    assert start_at_once(tmp_path / "home", 8) == []
