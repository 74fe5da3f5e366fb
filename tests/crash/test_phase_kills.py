"""Every kind of media phase is killed in its middle, once: its prompt ends as one that was left alone."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from tests.crash.invariants import problems_when_done
from tests.crash.kill_loop import children_of
from tests.crash.phase_cases import CASES, IN_PARTS, RUNNABLE, workflow_of
from tests.forked import ROOT
from video_queue.db.connection import connect
from video_queue.domain.media.phases import PHASES, PhaseKind
from video_queue.settings import Settings, load_settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are watched in /proc")
_TEXTS = (".json", ".fcpxml", ".edl", ".csv")


@dataclass
class Lives:
    """The folder of a home and what its lives noted."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return load_settings(self.folder / "home", {}, {})

    def read(self, uses: str, name: str) -> Any:
        return json.loads(_for_all_attempts((self.folder / f"{uses}.{name}.json").read_text()))

    def outputs(self, uses: str) -> dict[str, str]:
        """What was published of a phase's job: for each name what the file shows."""
        with closing(connect(self.settings.db_path, read_only=True)) as conn:
            paths = [
                Path(row[0])
                for row in conn.execute(
                    "SELECT a.path FROM artifact a JOIN job j ON j.id = a.job_id"
                    " WHERE a.role = 'output' AND j.workflow = ?",
                    (uses.removeprefix("media."),),
                )
            ]
        return {path.name: _content(path, self.folder) for path in paths}


def _for_all_attempts(text: str) -> str:
    """A text with every phase's folder named as if there were one for all attempts."""
    return re.sub(r"(\b\d\d-\w+)\.a\d+", r"\1", text)


def _content(path: Path, folder: Path) -> str:
    digest = hashlib.sha256()
    if path.suffix in _TEXTS:
        digest.update(_for_all_attempts(path.read_text()).replace(str(folder), "").encode())
    elif path.suffix in (".png", ".jpg", ".gif"):
        with Image.open(path) as image:
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                digest.update(image.convert("RGBA").tobytes())
    else:
        with av.open(str(path)) as container:
            for packet in container.demux():
                digest.update(f"{packet.stream_index} {packet.pts} ".encode() + bytes(packet))
    return digest.hexdigest()


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lives, Lives]:
    """All phases done undisturbed, and done from kill to kill."""
    base = tmp_path_factory.mktemp("phases")
    command = [sys.executable, "-m", "tests.crash.phase_lives", str(base)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return Lives(base / "clean"), Lives(base / "killed")


def test_there_is_a_case_for_every_media_phase() -> None:
    assert set(CASES) == {name for name, spec in PHASES.items() if spec.kind is PhaseKind.MEDIA}


@pytest.mark.parametrize("uses", RUNNABLE)
def test_killed_in_its_middle_a_phase_ends_as_if_it_had_been_left_alone(
    uses: str, lives: tuple[Lives, Lives]
) -> None:
    clean, killed = lives
    death, end = killed.read(uses, "death"), killed.read(uses, "end")
    earlier = {path: stat for path, stat in death.items() if "/00-first/" in path}
    assert ("first" in workflow_of(uses, Path(), Path())) == bool(earlier)
    assert earlier.items() <= end.items()
    if uses in IN_PARTS:
        # Pictures were in another folder then, where they have their place before the last one is there.
        assert {tuple(stat) for stat in death.values()} & {
            tuple(end[path]) for path in _results(killed, uses)
        }
        assert all(end[path] == stat for path, stat in death.items() if path in _results(killed, uses))
    assert killed.outputs(uses) == clean.outputs(uses) != {}
    assert _result(killed, uses) == _result(clean, uses)


def test_nothing_is_left_of_the_kills(lives: tuple[Lives, Lives]) -> None:
    for part in lives:
        assert problems_when_done(part.settings) == []
        assert children_of(part.folder) == []
    clean, killed = (_work_files(part.settings.work_root) for part in lives)
    assert killed == clean


def _results(part: Lives, uses: str) -> set[str]:
    """The files that a phase gave, as the snapshots name them."""
    return {text for text in _texts(_result(part, uses)) if text in part.read(uses, "end")}


def _work_files(root: Path) -> list[str]:
    """What is kept for other prompts: the files of phases before the last."""
    names = (str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    return sorted(map(_for_all_attempts, names))


def _result(part: Lives, uses: str) -> Any:
    """The result of a phase, without the folder that the two homes do not share."""
    return json.loads(json.dumps(part.read(uses, "result")).replace(f"{part.folder}/", ""))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [text for part in inner for text in _texts(part)]
    return [value] if isinstance(value, str) else []
