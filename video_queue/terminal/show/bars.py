"""Bars on a terminal: one for each job, below it one for each prompt that runs, below that one for its phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from video_queue.terminal.show.tables import eta_text, file_name, percent, progress_text, waiting_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from video_queue.terminal.client.client import Json

_WIDTH = 24


def bars(jobs: Iterable[Json], running: list[Json]) -> Table:
    """The bars of these jobs, with those of `running` prompts that are theirs."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column(width=_WIDTH)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for job in jobs:
        _add(table, f"job {job['id']} {job['name']}", job["progress"], _of_job(job))
        for prompt in running:
            if prompt["job_id"] == job["id"]:
                _add_prompt(table, prompt)
    return table


def _add_prompt(table: Table, prompt: Json) -> None:
    name = f"  {prompt['job_id']}.{prompt['index']} {file_name(prompt['input'])}"
    _add(table, name, prompt["progress"], percent(prompt["progress"]))
    for phase in prompt["phases"]:
        if phase["name"] == prompt["phase"]:
            _add(table, f"    {phase['name']}", phase["progress"], _of_phase(prompt, phase))


def _of_job(job: Json) -> str:
    return "  ".join(filter(None, (progress_text(job), eta_text(job))))


def _of_phase(prompt: Json, phase: Json) -> str:
    """`5/9`, the items of a phase that has such, and the node with its step, or why it waits."""
    items = phase["items"]
    count = f"{items['done']}/{items['total']}" if items else percent(phase["progress"])
    waits = prompt["waiting_for"]
    message = prompt["message"] or (f"waiting: {waiting_text(waits['reason'])}" if waits else "")
    return "  ".join(filter(None, (count, message)))


def _add(table: Table, name: str, share: float, text: str) -> None:
    table.add_row(Text(name), ProgressBar(total=1.0, completed=share), Text(text))
