"""A stop with pages open and a render running, in its short form."""

from __future__ import annotations

from pathlib import Path

from tests.crash.stop import run_stops


def test_a_stopped_server_leaves_its_render_and_the_next_one_takes_it_back(tmp_path: Path) -> None:
    assert run_stops(tmp_path, stops=1, render_seconds=3.0).problems == []
