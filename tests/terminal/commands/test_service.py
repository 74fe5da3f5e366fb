"""`vq service` with a stand-in of systemctl first on PATH, which writes down what it is called with."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from video_queue.cli import run

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the stand-in is systemctl")

_SYSTEMCTL = """#!/bin/sh
echo "$*" >> "{calls}"
case "$*" in *{refused}*) echo "no bus" >&2; exit 1;; esac
"""
Call = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return tmp_path / "calls.txt"


@pytest.fixture
def vq(
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """`vq --json` in a home, with the stand-in; `refused` is what it fails at."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def call(*words: str, refused: str = "nothing") -> tuple[int, Any, str]:
        program = programs / "systemctl"
        program.write_text(_SYSTEMCTL.format(calls=calls, refused=refused))
        program.chmod(0o755)
        code = run(["--home", str(tmp_path / "home"), "--json", "service", *words])
        out, err = capsys.readouterr()
        return code, json.loads(out), err

    return call


def test_a_dry_run_shows_the_file_and_the_commands_and_changes_nothing(vq: Call, calls: Path) -> None:
    code, plan, _ = vq("install", "--dry-run")
    assert code == 0
    assert "\nExecStart=" in plan["text"]
    assert plan["commands"][0] == ["systemctl", "--user", "daemon-reload"]
    assert not Path(plan["file"]).exists()
    assert not calls.exists()


def test_a_service_is_installed_shown_and_taken_out_again(vq: Call, calls: Path, tmp_path: Path) -> None:
    assert vq("status", refused="is-active")[0] == 3
    code, state, _ = vq("install")
    assert (code, state["installed"], state["active"]) == (0, True, True)
    file = Path(state["file"])
    assert file.parent == tmp_path / "config" / "systemd" / "user"
    assert f"--home {tmp_path / 'home'} serve" in file.read_text()
    assert [line.split()[1] for line in calls.read_text().splitlines()] == [
        "daemon-reload", "enable", "restart", "is-active",
    ]  # fmt: skip
    assert vq("status", refused="is-active")[1]["active"] is False
    assert vq("uninstall")[0] == 0
    assert not file.exists()
    code, answer, _ = vq("uninstall")
    assert (code, answer["error"]["code"]) == (3, "not_found")


def test_a_system_that_refuses_leaves_no_file_behind(vq: Call, tmp_path: Path) -> None:
    code, answer, _ = vq("install", refused="enable")
    assert (code, answer["error"]["code"]) == (6, "invalid_state")
    assert "no bus" in answer["error"]["message"]
    assert not list((tmp_path / "config").rglob("*.service"))


def test_a_machine_without_the_program_says_so(
    vq: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "config"))
    code, answer, _ = vq("install")
    assert (code, answer["error"]["code"]) == (3, "not_found")
    assert "systemctl" in answer["error"]["message"]
