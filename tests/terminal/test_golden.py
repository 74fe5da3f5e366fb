"""What commands print for stored answers: in terminals of 80 and 200 columns, and into a pipe.

The answers are those of a real home (golden/answers.json) and fit the models. After a change that is meant:
VQ_WRITE_GOLDEN=1 pytest tests/terminal/test_golden.py, then read the difference.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic import BaseModel

from video_queue.cli import tree
from video_queue.domain.notifications import NotificationPage
from video_queue.domain.report import Report
from video_queue.domain.views import Job, JobPage, Page, Prompt, QueueView
from video_queue.domain.watches import Watch
from video_queue.services.doctor.check import Check
from video_queue.terminal.session import Session

GOLDEN = Path(__file__).parent / "golden"
ANSWERS: dict[str, Any] = json.loads((GOLDEN / "answers.json").read_text("utf-8"))
MODELS: dict[str, type[BaseModel]] = {
    "GET /jobs": JobPage,
    "GET /jobs/1": Job,
    "GET /jobs/2": Job,
    "GET /jobs/1/prompts": Page[Prompt],
    "GET /jobs/2/prompts": Page[Prompt],
    "GET /prompts/2.1": Prompt,
    "GET /queue": QueueView,
    "GET /report": Report,
    "GET /notifications": NotificationPage,
    "GET /watches": Page[Watch],
    "GET /doctor": Page[Check],
}
COMMANDS = {
    "ls": ["ls"],
    "show": ["show", "1"],
    "show-failed": ["show", "2"],
    "show-prompt": ["show", "2.1"],
    "status": ["status"],
    "report": ["report", "--since", "2026-11-28T00:00"],
    "inbox": ["inbox"],
    "watch-ls": ["watch", "ls"],
    "doctor": ["doctor"],
}


class StoredAnswers:
    """A transport that answers from the file, whatever the query."""

    url = "golden/answers.json"
    serves = True

    def request(self, method: str, path: str, _: bytes | None = None) -> tuple[int, str]:
        """The stored answer of a path."""
        plain = path.partition("?")[0].removeprefix("/api")
        return 200, json.dumps(ANSWERS[f"{method} {plain}"])

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moments are shown in local time."""
    monkeypatch.setenv("TZ", "UTC")
    if hasattr(time, "tzset"):
        time.tzset()
    yield
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


@pytest.mark.parametrize("path", ANSWERS)
def test_the_stored_answers_are_what_a_server_says(path: str) -> None:
    model = MODELS[path].model_validate(ANSWERS[path])
    assert model.model_dump(mode="json").keys() == ANSWERS[path].keys()


def call(words: list[str], home: Path) -> None:
    session = Session(_transport=StoredAnswers())
    command = typer.main.get_command(tree(words[0]))
    command.main(
        ["--home", str(home), "--no-color", *words], prog_name="vq", standalone_mode=False, obj=session
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_output_for_a_pipe(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(COMMANDS[name], tmp_path)
    compare(f"{name}.pipe", capsys.readouterr().out)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize("name", COMMANDS)
def test_output_on_a_terminal(
    name: str,
    columns: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from tests.terminal.terminals import terminal

    with terminal(monkeypatch, columns) as shown:
        call(COMMANDS[name], tmp_path)
    compare(f"{name}.{columns}", shown.text)


def compare(name: str, text: str) -> None:
    """`text` is what golden/NAME.txt says, but for spaces at the ends of lines."""
    plain = "".join(line.rstrip(" ") + "\n" for line in text.splitlines())
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("VQ_WRITE_GOLDEN"):
        file.write_text(plain, "utf-8")
    assert plain == file.read_text("utf-8")
