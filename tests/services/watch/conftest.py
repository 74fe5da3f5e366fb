"""A clip to drop into a watched folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media_clips import make_clip


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of a few kilobytes, its index at the end."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", frames=4)
