"""Some five hundred hostile files: nothing but the file itself is opened, nobody is spoken to, and reading ends."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forked import python_module
from tests.hostile.access import canary
from tests.hostile.media import write_hostile
from tests.hostile.read_media import run_phase
from video_queue.domain.errors import VqError
from video_queue.system.processes.confinement import confined_to

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the system is asked by inotify")


def test_the_canary_sees_who_looks(tmp_path: Path) -> None:
    """Else the tests below would prove nothing."""
    with canary(tmp_path / "canary") as watched:
        assert (watched.opened(), watched.connected()) == (0, False)
        (watched.folder / "secret.txt").read_text()
        socket.create_connection(("127.0.0.1", watched.port)).close()
        assert (watched.opened() > 0, watched.connected()) == (True, True)


def test_whatever_a_file_holds_its_readers_open_nothing_else_and_end(tmp_path: Path) -> None:
    """In a process that the system would end for too much memory or time."""
    with canary(tmp_path / "canary") as watched:
        files = write_hostile(tmp_path / "files", watched.folder, watched.port)
        assert len(files) > 300
        watched.opened()
        process = python_module(
            "tests.hostile.read_media", tmp_path / "files",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        out, err = process.communicate()
        assert process.returncode == 0, err[-3000:]
        assert (watched.opened(), watched.connected()) == (0, False)
    counts = json.loads(out)
    assert counts["probe: input_unreadable"] > 300
    assert counts["probe: read"] > 5  # those that are hardly broken


@pytest.mark.skipif("no connections" not in confined_to(), reason="this kernel holds no program to its files")
def test_ffmpeg_opens_nothing_else_and_speaks_to_nobody(tmp_path: Path) -> None:
    """Some of them, through the phases that start it; `tests.hostile.read_media --ffmpeg` takes all."""
    with canary(tmp_path / "canary") as watched:
        files = write_hostile(tmp_path / "files", watched.folder, watched.port)
        (tmp_path / "work").mkdir()
        watched.opened()
        some = [path for path in files if path.name.startswith("reference")] + files[1:200:40]
        for path in some:
            for uses, values in (
                ("media.convert", {"source": str(path)}),
                ("media.captions", {"source": str(tmp_path / "files" / "clip.mp4"), "subtitles": str(path)}),
            ):
                try:
                    run_phase(uses, values, tmp_path / "work")
                except VqError as error:
                    assert error.message, path.name  # noqa: PT017 - what is not refused is fine too
        assert (watched.opened(), watched.connected()) == (0, False)
