"""`vq open` with a stand-in of xdg-open first on PATH, and without a desktop."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from tests.terminal.processes import Vq
from video_queue.cli import run


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the stand-in is xdg-open")
def test_an_output_or_its_folder_is_opened_and_without_a_desktop_named(
    vq: Vq, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls, programs = tmp_path / "calls.txt", tmp_path / "bin"
    programs.mkdir()
    (programs / "xdg-open").write_text(f'#!/bin/sh\necho "$1" >> "{calls}"\n')
    (programs / "xdg-open").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)

    def call(*words: str) -> tuple[int, dict[str, object]]:
        code = run(["--home", str(vq.home), "--json", *words])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    clip = str(vq.cwd / "a.mp4")
    assert call("submit", "tiny", clip, "--held")[0] == 0
    code, answer = call("open", "1")
    assert (code, answer["error"]["code"]) == (3, "not_found")  # type: ignore[index]
    assert run(["--home", str(vq.home), "-q", "release", "1"]) == 0
    assert run(["--home", str(vq.home), "-q", "run"]) == 0
    capsys.readouterr()
    file = Path(call("outputs", "1")[1]["items"][0]["path"])  # type: ignore[index]
    assert call("open", "1") == (0, {"path": str(file), "opened": False})
    assert not calls.exists()
    monkeypatch.setenv("DISPLAY", ":0")
    assert call("open", "1.1") == (0, {"path": str(file), "opened": True})
    assert call("open", "1", "--folder") == (0, {"path": str(file.parent), "opened": True})
    deadline = time.monotonic() + 20
    while not calls.exists() or len(calls.read_text().splitlines()) < 2:
        assert time.monotonic() < deadline, "nothing was opened"
    assert set(calls.read_text().splitlines()) == {str(file), str(file.parent)}
