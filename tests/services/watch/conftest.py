"""A watched folder, and a clip to drop into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.services.watch.watched import Watched


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A home and an empty folder, not watched yet."""
    watched = Watched(tmp_path)
    yield watched
    watched.close()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of a few kilobytes, its index at the end."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", frames=4)
