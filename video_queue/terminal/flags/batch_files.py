"""Batch files: `--batch` reads YAML or JSON into the body of POST /api/batches (docs/rest.md#batches)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from video_queue.terminal.client.client import Json
from video_queue.terminal.flags.row_files import whole_path
from video_queue.terminal.flags.text_file import read_text

_FOLDERS = ("input_dir", "output_dir")


def read_batch(path: Path) -> Json:
    """The batch of a file: `{submissions: [...]}`, or the list alone; its name is the file's where it has none.

    A relative path counts from the file's folder where it is there, else from the current one.

    Raises:
        VqError: `input_missing`, or `validation` with the line that cannot be read.
    """
    from video_queue.domain.catalogue import fail
    from video_queue.services.workflows.yaml_source import read_yaml

    source = read_yaml(read_text(path))
    for _, line, detail in source.problems:
        raise fail("validation.rows_line", path=str(path), line=line, detail=detail)
    body = {"submissions": source.data} if isinstance(source.data, list) else source.data
    if not isinstance(body, dict) or not isinstance(body.get("submissions"), list):
        raise fail("validation.rows_line", path=str(path), line=1, detail="it holds no list of submissions")
    items = [_placed(item, path.parent) for item in body["submissions"]]
    return {"name": path.stem, **body, "submissions": items}


def _placed(item: Any, folder: Path) -> Any:
    """A submission with its paths made whole."""
    if not isinstance(item, dict):
        return item
    folders = {name: whole_path(item[name], folder) for name in _FOLDERS if item.get(name)}
    inputs = {"inputs": _whole(item["inputs"], folder)} if "inputs" in item else {}
    rows = {"rows": [_row(row, folder) for row in item["rows"]]} if isinstance(item.get("rows"), list) else {}
    return {**item, **folders, **inputs, **rows}


def _whole(value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_whole(part, folder) for part in value]
    if isinstance(value, dict):
        return {name: _whole(part, folder) for name, part in value.items()}
    return whole_path(value, folder)


def _row(row: Any, folder: Path) -> Any:
    """A row with its column `input` made whole; other columns are read by the server."""
    return (
        {**row, "input": _whole(row["input"], folder)} if isinstance(row, dict) and row.get("input") else row
    )
