"""vq, ComfyUI and ffmpeg stand still for moments in the middle of work, in its short form. Linux: /proc names them."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.crash.suspended import run_suspended


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_what_stood_still_goes_on_and_nothing_is_missing(tmp_path: Path) -> None:
    assert run_suspended(tmp_path, clips=2, rng=random.Random(3), longest=0.6).problems == []
