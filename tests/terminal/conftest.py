"""Homes with and without a server, and a clip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media_clips import make_clip, make_junk
from tests.terminal.processes import Vq, VqHere, make_home


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a.mp4 and b.mp4 (8 frames each), an empty folder and junk.mp4."""
    folder = tmp_path_factory.mktemp("clips")
    for number, name in enumerate(("a.mp4", "b.mp4")):
        make_clip(folder / name, 8, first=number * 8)
    (folder / "empty").mkdir()
    make_junk(folder / "junk.mp4")
    return folder


@pytest.fixture
def vq(tmp_path: Path, clips: Path) -> Vq:
    """`vq` on a fresh home without a server, called in the folder of the clips."""
    return VqHere(make_home(tmp_path / "home"), clips)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Vq]:
    """`vq` on a home with a running server, shared by a file of tests."""
    vq = VqHere(make_home(tmp_path_factory.mktemp("served") / "home"), clips)
    with vq.serving():
        yield vq
