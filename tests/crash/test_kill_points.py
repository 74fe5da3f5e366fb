"""The process dies at each step of a prompt's life, once; after one restart all is as if nothing had happened."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.invariants import problems_when_done
from tests.crash.kill_points import POINTS
from tests.crash.lives import LIVES, queue_of
from tests.media_clips import codes_of, make_clip, make_pictures
from tests.services.watch.watched import Watched
from tests.worker.rendering.conftest import Comfy

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="lives are lived in forks"),
]
PICTURES = 2
# A render is sent ahead only where it is prepared in time: a life in which none was is followed by another one.
_WHEN_PREPARED, _LIVES = {"next_render_sent", "next_render_sent_and_claimed"}, 8
RENDERS = {"render": PICTURES, "each": 3 * PICTURES}


class Killer:
    """The process that lives and dies, and the stand-in for ComfyUI that outlives it."""

    def __init__(self, process: subprocess.Popen[str], comfy: Comfy, inputs: Path) -> None:
        self.process, self.comfy, self.inputs = process, comfy, inputs

    def kill_at(self, point: str, base: Path) -> int:
        """The exit status of the life that ends at a point."""
        shutil.copytree(self.inputs, base, dirs_exist_ok=True)
        faults = POINTS[point].faults
        self.comfy.fault(**faults)
        request = {"point": point, "base": str(base), "url": self.comfy.url}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        self.comfy.fault(**dict.fromkeys(faults, False))
        return status


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    base = tmp_path_factory.mktemp("points")
    make_pictures(base / "inputs" / "pictures", PICTURES, size=(64, 48))
    make_clip(base / "inputs" / "clip.mp4", frames=2, size=(64, 48), sound=None)
    make_clip(base / "inputs" / "long.mp4", frames=3, size=(64, 48), sound=None)
    command = [sys.executable, "-m", "tests.crash.kill_points"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        comfy = Comfy(base / "comfy")
        yield Killer(process, comfy, base / "inputs")
        comfy.process.kill()
        process.kill()
    gc.collect()  # here, so that no test of another file is blamed


@pytest.mark.parametrize(
    "point", [name for name, point in POINTS.items() if point.life not in ("watch", "edit")]
)
def test_killed_there_it_goes_on_after_a_restart_and_does_nothing_twice(
    point: str, killer: Killer, tmp_path: Path
) -> None:
    life, ended = POINTS[point].life, 0
    for number in range(_LIVES if point in _WHEN_PREPARED else 1):
        home, before = tmp_path / str(number), killer.comfy.executed()
        home.mkdir()
        if ended := killer.kill_at(point, home):
            break
    assert ended == -signal.SIGKILL
    LIVES[life](home, killer.comfy.url)
    assert problems_when_done(queue_of(home, killer.comfy.url).settings) == []
    rendered = sum((killer.comfy.executed() - before).values())
    # What was sent ahead of its claim is given up, and rendered again, where the claim was not made.
    assert rendered - RENDERS.get(life, 0) in ((0, 1) if point == "next_render_sent" else (0,))


@pytest.mark.parametrize("point", [name for name, point in POINTS.items() if point.life == "edit"])
def test_killed_there_a_review_has_its_new_parts_once_and_the_others_as_they_were(
    point: str, killer: Killer, tmp_path: Path
) -> None:
    assert killer.kill_at(point, tmp_path) == -signal.SIGKILL
    LIVES["edit"](tmp_path, killer.comfy.url)
    queue = queue_of(tmp_path, killer.comfy.url)
    [prompt] = queue.prompts(1)
    results = {phase.name: phase.result or {} for phase in prompt.phases}
    assert [item["frames"] for item in results["copy"]["file"]] == [1, 1, 1]
    assert [item["frames"] for item in results["look"]["original"]] == [1, 2]
    assert codes_of(Path(prompt.artifacts[0].path)) == [0, 1, 2]
    # The phase between ended once before the review and once after it.
    assert problems_when_done(queue.settings) == ["phase 1 copy finished 2 times"]


@pytest.mark.parametrize("point", [name for name, point in POINTS.items() if point.life == "watch"])
def test_killed_there_a_watched_file_has_one_job_and_lies_in_one_place(
    point: str, killer: Killer, tmp_path: Path
) -> None:
    assert killer.kill_at(point, tmp_path) == -signal.SIGKILL
    LIVES["watch"](tmp_path, "")
    watched = Watched(tmp_path)
    try:
        assert watched.inputs() == [["a.mp4"]]
        files = [path.relative_to(watched.folder) for path in watched.folder.rglob("*") if path.is_file()]
        assert files == [Path("_done/a.mp4")]
        assert (watched.folder / files[0]).read_bytes() == (tmp_path / "clip.mp4").read_bytes()
    finally:
        watched.close()
