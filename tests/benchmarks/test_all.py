"""Every goal has one command that can be run and prints its figure, and docs/figures.md says what was measured."""

from __future__ import annotations

import importlib.util
import shlex
from pathlib import Path

import pytest

from benchmarks import all as benchmarks_all
from benchmarks.goals import TABLES, Command

ROOT = Path(__file__).parents[2]
COMMANDS = [command for table in TABLES.values() for command in table]


def source_of(command: Command) -> list[Path]:
    """The files that a command runs."""
    words = shlex.split(command.command)
    if words[:2] == ["-m", "pytest"]:
        return [ROOT / word for word in words[3:]]
    if words[0] != "-m":
        return [ROOT / words[0]]
    spec = importlib.util.find_spec(words[1])
    assert spec is not None, command.command
    assert spec.origin is not None, command.command
    return [Path(spec.origin)]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.goals[0].name)
def test_every_goal_has_a_command_that_prints_it(command: Command) -> None:
    files = source_of(command)
    assert [path for path in files if not path.exists()] == []
    if "pytest" in command.command:
        assert len(command.goals) == 1
        return
    text = files[0].read_text("utf-8")
    unprinted = [
        goal.name for goal in command.goals if f'"{goal.name}"' not in text and not _by_kind(goal.name, text)
    ]
    assert unprinted == []


def _by_kind(name: str, text: str) -> bool:
    """Whether a benchmark prints it by a name that it puts together: `gap_{key}_ms`, `phase_{workflow}`."""
    first, *rest = name.split("_")
    return any(
        f'f"{first}_{{{word}}}{tail}"' in text
        for word in ("key", "workflow")
        for tail in ("", *("_" + r for r in rest[1:]))
    )


def test_no_goal_stands_twice() -> None:
    names = [goal.name for command in COMMANDS for goal in command.goals]
    assert len(names) == len(set(names))


def test_the_page_shows_what_was_measured() -> None:
    """`python -m benchmarks.all --write` writes it again."""
    page = benchmarks_all.PAGE.read_text("utf-8")
    assert benchmarks_all.write_page(benchmarks_all.read_measured()) == page


def test_a_command_that_fails_has_a_row_that_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("print('figure: start_seconds 1')\nraise SystemExit('no disk')\n")
    goals = next(command.goals for command in COMMANDS if "start.py" in command.command)
    measured = benchmarks_all.run(Command(str(broken), goals, short=""), short=True)
    assert measured["start_seconds"].value == 1
    assert measured["first_page_http_ms"].value is None
    assert "no disk" in benchmarks_all.row(goals[1], COMMANDS[0], measured["first_page_http_ms"])


def test_a_command_that_does_not_end_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text(
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import signal; signal.pause()'])\n"
    )
    command = Command(str(endless), COMMANDS[0].goals[:1], short="", seconds=1)
    (measured,) = benchmarks_all.run(command, short=True).values()
    assert (measured.value, measured.note) == (None, "stopped after 1 s")
