"""An output area and plans for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.outputs.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty output root and work root, and what is needed to publish there."""
    return Desk.at(tmp_path)
