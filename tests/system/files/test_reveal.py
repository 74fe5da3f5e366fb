"""The file manager: which command, and that it is started with exactly the folder."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from video_queue.domain.errors import VqError
from video_queue.system.files.reveal import reveal, reveal_command


def test_commands(tmp_path: Path) -> None:
    file = tmp_path / "a.desktop"
    file.touch()
    assert reveal_command(file, "win32") == ["explorer", f"/select,{file}"]
    assert reveal_command(tmp_path, "win32") == ["explorer", str(tmp_path)]
    assert reveal_command(file, "darwin") == ["open", "-R", str(file)]
    assert reveal_command(tmp_path, "darwin") == ["open", str(tmp_path)]
    assert reveal_command(file, "linux") == reveal_command(tmp_path, "linux") == ["xdg-open", str(tmp_path)]


def test_the_platforms_program_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in of the program's name first on PATH."""
    arguments = tmp_path / "arguments.txt"
    programs = tmp_path / "bin"
    programs.mkdir()
    name = reveal_command(tmp_path)[0]
    program = programs / name
    program.write_text(
        f'#!/bin/sh\nprintf "%s" "$1" > "{arguments}.part"\nmv "{arguments}.part" "{arguments}"\n'
    )
    program.chmod(0o755)
    if sys.platform == "win32":
        return  # a script cannot stand in for explorer.exe there
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    reveal(tmp_path)
    deadline = time.monotonic() + 20
    while not arguments.exists():
        assert time.monotonic() < deadline, "the program was not started"
    assert arguments.read_text() == str(tmp_path)


def test_no_file_manager_and_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VqError) as refused:
        reveal(tmp_path / "nope")
    assert refused.value.code == "not_found"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VqError) as refused:
        reveal(tmp_path)
    assert refused.value.code == "not_found"
