"""The machine stays awake for the work and is ended after it: `vq run` with stand-ins for the system's programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal.processes import Vq, command, environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the programs are Linux's")

# It writes how it was called, and does what the rest says.
_PROGRAM = """#!/bin/sh
echo "$@" >> {calls}
{rest}
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that comes first in PATH."""
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def stand_in(programs: Path, name: str, rest: str = "") -> Path:
    """A program of the system's; the file with its calls."""
    calls, program = programs / f"{name}.calls", programs / name
    program.write_text(_PROGRAM.format(calls=calls, rest=rest))
    program.chmod(0o755)
    return calls


def path(programs: Path) -> str:
    return f"{programs}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize(("action", "verb"), [("sleep", "suspend"), ("shutdown", "poweroff")])
def test_the_machine_is_ended_after_the_work_and_not_without_it(
    vq: Vq, programs: Path, action: str, verb: str
) -> None:
    calls = stand_in(programs, "systemctl")
    env = {"PATH": path(programs), "VQ_WHEN_DONE": action, "VQ_WHEN_DONE_SECONDS": "0.1s"}
    assert vq("run", env=env).code == 0
    assert not calls.exists()
    vq("submit", "tiny", "a.mp4")
    done = vq("run", env=env)
    assert (done.code, calls.read_text()) == (0, f"{verb}\n")
    assert f"when_done.countdown  {action}" in done.err


def test_any_key_in_the_foreground_cancels_what_comes_after_the_work(vq: Vq, tmp_path: Path) -> None:
    from tests.terminal.terminals import take_terminal

    target = tmp_path / "done"
    env = {"VQ_WHEN_DONE": "command", "VQ_WHEN_DONE_COMMAND": f"touch {target}"}
    vq("submit", "tiny", "a.mp4")
    keyboard, terminal = os.openpty()
    with subprocess.Popen(
        command("run"),
        stdin=terminal,
        stderr=subprocess.PIPE,
        text=True,
        cwd=vq.cwd,
        env=environment(vq.home, **env),
        preexec_fn=lambda: take_terminal(terminal),
    ) as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "when_done.countdown" in line:
                os.write(keyboard, b"x")
    assert (process.returncode, target.exists()) == (0, False), lines
    assert "when_done.cancelled  command a key" in "".join(lines)
    os.close(keyboard)
    os.close(terminal)


def test_a_terminal_of_another_session_keeps_nothing_from_being_done(vq: Vq, tmp_path: Path) -> None:
    target = tmp_path / "done"
    env = {
        "VQ_WHEN_DONE": "command",
        "VQ_WHEN_DONE_COMMAND": f"touch {target}",
        "VQ_WHEN_DONE_SECONDS": "0.1s",
    }
    vq("submit", "tiny", "a.mp4")
    keyboard, terminal = os.openpty()
    subprocess.run(
        command("run"),
        stdin=terminal,
        cwd=vq.cwd,
        env=environment(vq.home, **env),
        start_new_session=True,
        check=True,
    )
    assert target.exists()
    os.close(keyboard)
    os.close(terminal)


def test_the_machine_is_kept_awake_while_there_is_work(vq: Vq, programs: Path) -> None:
    """It may not block sleep itself; what it runs ends with the work."""
    rest = 'case "$*" in *idle:sleep*) exit 1;; esac\necho $$ > {0}.pid\nexec sleep 1000'
    calls = stand_in(programs, "systemd-inhibit", rest.format(programs / "inhibit"))
    vq("submit", "tiny", "a.mp4")
    assert vq("run", env={"PATH": path(programs), "VQ_AWAKE": "true"}).code == 0
    whats = [word for word in calls.read_text().split() if word.startswith("--what")]
    assert whats == ["--what=idle:sleep", "--what=idle"]
    with pytest.raises(ProcessLookupError):
        os.kill(int((programs / "inhibit.pid").read_text()), 0)


def test_a_machine_that_cannot_be_kept_awake_works_all_the_same(vq: Vq, programs: Path) -> None:
    sh = shutil.which("sh")
    assert sh is not None
    (programs / "sh").symlink_to(sh)
    vq("submit", "tiny", "a.mp4")
    done = vq("run", env={"PATH": str(programs), "VQ_AWAKE": "true"})
    assert (done.code, "error" in done.err) == (0, False)
    assert vq("ls", "--json").json["items"][0]["state"] == "succeeded"
