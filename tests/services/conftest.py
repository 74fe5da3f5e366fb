"""A home with a folder that can be watched, and a clock moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.watch.watched import Watched


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A home and an empty folder, not watched yet."""
    watched = Watched(tmp_path)
    yield watched
    watched.close()
