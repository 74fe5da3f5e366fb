"""Tables of prompts: `--rows` reads CSV (any of , ; and tab), JSON Lines or a JSON list into rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from video_queue.terminal.flags.text_file import read_text


def read_rows(path: Path, inputs: Collection[str]) -> list[dict[str, Any]]:
    """The rows of a table; cells left empty are left out, so that they take the defaults.

    A relative path in one of the `inputs` columns counts from the table's folder where it is there, else from
    the current one.

    Raises:
        VqError: `input_missing`, or `validation` with the line that cannot be read.
    """
    from video_queue.domain.catalogue import fail

    text = read_text(path)
    is_json = path.suffix.lower() in (".jsonl", ".ndjson", ".json")
    rows = _from_json(path, text) if is_json else _from_csv(path, text)
    if not rows:
        raise fail("validation.rows_empty", path=str(path))
    return [
        {name: whole_path(value, path.parent) if name in inputs else value for name, value in row.items()}
        for row in rows
    ]


def _from_csv(path: Path, text: str) -> list[dict[str, Any]]:
    from video_queue.domain.catalogue import fail

    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = []
    try:
        for cells in reader:
            if None in cells:
                detail = "it has more cells than the heading"
                raise fail("validation.rows_line", path=str(path), line=reader.line_num, detail=detail)
            rows.append({key.strip(): cell for key, cell in cells.items() if cell not in (None, "")})
    except csv.Error as error:
        raise fail("validation.rows_line", path=str(path), line=reader.line_num, detail=str(error)) from error
    return [row for row in rows if row]


def _from_json(path: Path, text: str) -> list[dict[str, Any]]:
    from video_queue.domain.catalogue import fail

    whole = text.lstrip().startswith("[")
    rows: list[Any] = []
    for number, line in enumerate([text] if whole else text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise fail("validation.rows_line", path=str(path), line=number, detail=str(error)) from error
        rows.extend(value if whole else [value])
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise fail("validation.rows_line", path=str(path), line=number, detail="it is not a JSON object")
    return rows


def whole_path(value: Any, folder: Path) -> Any:
    """A path beside the file that names it where it is there, else in the current folder."""
    if (
        not isinstance(value, str)
        or value.startswith(("job:", "prompt:", "file:"))
        or Path(value).is_absolute()
    ):
        return value
    beside = folder.absolute() / value
    return str(beside if beside.exists() else Path.cwd() / value)
