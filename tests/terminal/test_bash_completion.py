"""Tab in a real bash, with the script that vq gives it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

import pytest

from tests.terminal.processes import ROOT, environment, make_home
from tests.terminal.terminals import Terminal, terminal_of

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A bash that runs nothing of this machine's, with `vq` and its completion."""
    folder = tmp_path_factory.mktemp("bash")
    home = make_home(folder / "home")
    program = folder / "bin" / "vq"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m video_queue "$@"\n')
    program.chmod(0o755)
    preset = home / "presets" / "tiny" / "late night.json"
    preset.parent.mkdir(parents=True)
    preset.write_text('{"params": {"prompt": "night"}}')
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    env = environment(home, PATH=path, PS1="ready> ", TERM="dumb", INPUTRC="/dev/null", PYTHONPATH=str(ROOT))
    with terminal_of(["bash", "--norc", "--noprofile", "-i"], env) as (_, shown):
        shown.press('eval "$(vq --show-completion)"; bind "set enable-bracketed-paste off"; echo set up\n')
        shown.wait_for("\nset up\n")
        yield shown


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("vq submit ti", "vq submit tiny |"),
        ("vq submit tiny -p mi", "vq submit tiny -p mirror=|"),
        ("vq submit tiny -p mirror=v", "vq submit tiny -p mirror=vertical |"),
        ("vq submit tiny -p prompt=rain -p mirror=h", "vq submit tiny -p prompt=rain -p mirror=horizontal |"),
        ("vq ls st", "vq ls state:|"),
        ("vq ls state:suc", "vq ls state:succeeded |"),
        ("vq ls workflow:ti", "vq ls workflow:tiny |"),
        ("vq submit tiny --preset la", "vq submit tiny --preset late\\ night |"),
    ],
)
def test_tab_completes_the_word_that_is_typed(bash: Terminal, typed: str, completed: str) -> None:
    bash.press(f"{typed}\t")
    bash.press("|\x01#\n")  # as a comment, so that it is shown and does nothing
    bash.wait_for(completed)


def test_tab_twice_lists_the_values_of_a_parameter(bash: Terminal) -> None:
    bash.press("vq submit tiny -p mirror=\t\t")
    bash.wait_for("horizontal  none        vertical")
    bash.press("\x15\n")
