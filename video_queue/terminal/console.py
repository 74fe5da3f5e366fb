"""Where output goes: data on stdout, chatter on stderr, Rich only on a terminal.

With `--json` every answer is JSON on stdout, an error too; `-q` silences the chatter, never an error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from video_queue.domain.errors import VqError


class Console:
    """One command's output. `as_json`, `quiet` and `color` are the global options."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False, color: bool = True) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.color = color and not os.environ.get("NO_COLOR")

    @property
    def is_terminal(self) -> bool:
        """Whether stdout is a terminal."""
        return sys.stdout.isatty()

    def data(self, text: str) -> None:
        """A line of the answer, on stdout."""
        print(text, flush=True)

    def emit(self, value: Any) -> None:
        """A JSON value on one line of stdout."""
        print(json.dumps(value), flush=True)

    def answer(self, value: Any, lines: Iterable[str]) -> None:
        """What a command answers: `value` with --json, else the lines."""
        if self.as_json:
            self.emit(value)
            return
        for line in lines:
            self.data(line)

    def answer_list(self, items: list[Any], headings: Sequence[str], row: Callable[[Any], list[str]]) -> None:
        """A list as a command's answer: with --json a page, else a table of its rows."""
        if self.as_json:
            self.emit({"items": items, "next_cursor": None})
        else:
            self.table(headings, [row(item) for item in items])

    def note(self, text: str) -> None:
        """Something a person may want to know, on stderr."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def error(self, code: str, message: str, hint: str, details: dict[str, Any]) -> None:
        """A failure: cause, what to do and every single problem on stderr; with --json the object on stdout.

        On stderr fields are named as the flags that they are typed as.
        """
        if self.as_json:
            self.emit({"error": {"code": code, "message": message, "hint": hint, "details": details}})
        from video_queue.terminal.field_names import as_typed, flag_of

        print(f"error: {as_typed(message)} ({code})", file=sys.stderr)
        problems = details.get("problems", ())
        for problem in problems if len(problems) > 1 else ():  # a single problem is the message itself
            place, text = flag_of(problem["loc"]), as_typed(problem["message"])
            print(f"  {text}" if text.startswith(place) else f"  {place}: {text}", file=sys.stderr)
        if hint:
            print(f"hint: {as_typed(hint)}", file=sys.stderr, flush=True)

    def failure(self, error: VqError) -> None:
        """A VqError, shown by `error`."""
        self.error(error.code.value, error.message, error.hint, error.info().details)

    def rich(self) -> RichConsole:
        """Rich's console; only called where a terminal is known to be there."""
        from rich.console import Console as RichConsole

        return RichConsole(no_color=not self.color, highlight=False)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table: drawn on a terminal, else one line for each row with tabs between."""
        if not self.is_terminal:
            for row in rows:
                self.data("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading in headings:
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell, style=_style(cell)) for cell in row))
        self.rich().print(table)


_STYLES = {
    "running": "blue",
    "review": "magenta",
    "succeeded": "green",
    "partial": "yellow",
    "waiting": "yellow",
    "failed": "red",
    "broken": "red",
    "cancelled": "dim",
}


def _style(cell: str) -> str:
    return _STYLES.get(cell.split(" ", 1)[0], "")
