"""However a program brings a file into a watched folder, it is taken once, whole, and not before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.watch.copying import PATTERNS, Pattern
from tests.services.watch.watched import Watched


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.__name__)
@pytest.mark.parametrize("seconds", [2.0, 5.0], ids=["scanned often", "scanned seldom"])
def test_a_file_is_taken_once_and_whole_however_it_came(
    watched: Watched, clip: Path, pattern: Pattern, seconds: float
) -> None:
    watched.add()
    for _ in pattern(clip, watched.folder / "clip.mp4"):
        watched.scan(after=seconds)
        assert watched.jobs() == [], f"taken early: {watched.files()}"
    watched.scan(after=seconds)
    for _ in range(3):
        watched.scan(after=20)
    assert watched.inputs() == [["clip.mp4"]]
    assert (watched.folder / "clip.mp4").read_bytes() == clip.read_bytes()
