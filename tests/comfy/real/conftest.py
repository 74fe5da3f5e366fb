"""Through a real ComfyUI; collects nothing where none is named (see docs/comfyui.md).

VQ_TEST_COMFY_URL is one with an empty queue. VQ_TEST_COMFY_COMMAND starts one: the tests add its port and folder.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.comfy.real.servers import COMMAND, URL, OwnComfy, RealComfy

collect_ignore_glob = [
    *([] if COMMAND else ["test_troubles.py"]),
    *([] if COMMAND or URL else ["test_*.py"]),
]


@pytest.fixture(scope="session")
def _started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnComfy]:
    comfy = OwnComfy(tmp_path_factory.mktemp("comfyui") / "base")
    try:
        comfy.start()
        yield comfy
    finally:
        comfy.kill()


@pytest.fixture
def own(_started: OwnComfy) -> OwnComfy:
    """A ComfyUI of the tests' own, with an empty queue and history."""
    _started.post("/history", clear=True)
    assert not _started.running()
    return _started


@pytest.fixture
def real(request: pytest.FixtureRequest) -> RealComfy:
    """The ComfyUI that is named, else the tests' own."""
    if URL:
        return RealComfy(URL)
    comfy: OwnComfy = request.getfixturevalue("_started")
    return comfy
