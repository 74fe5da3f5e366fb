"""Renders one after the other: what the server holds does not grow with them, in its short form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.soak import run_soak


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="its memory is read from /proc")
def test_the_server_holds_no_more_after_many_renders(tmp_path: Path) -> None:
    soak = run_soak(tmp_path, prompts=60, job=30)
    assert soak.problems == []
    assert soak.tenths[-1].prompts == 60
