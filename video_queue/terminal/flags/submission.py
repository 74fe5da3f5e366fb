"""From flags to a Submission, as the JSON that REST takes (CONTRACT section 4).

Paths become absolute here, because whoever answers may have another current folder; values stay texts, which
the services make into the parameters' types. The definition is only asked for where a flag's meaning hangs on it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from video_queue.terminal.client.client import Json
from video_queue.terminal.flags import values

_PATH_TYPES = ("file", "folder")


@dataclass(slots=True)
class Flags:
    """What `vq submit` was given. `plain` holds the fields that go into the Submission as they are.

    `preset` is a preset's values; what the flags say wins.
    """

    workflow: str
    inputs: list[str] = field(default_factory=list)
    params: list[str] = field(default_factory=list)
    sweep: list[str] = field(default_factory=list)
    rows: Path | None = None
    seeds: str | None = None
    input_dir: Path | None = None
    output_dir: Path | None = None
    tags: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    plain: Json = field(default_factory=dict)
    preset: Json = field(default_factory=dict)


def build_submission(flags: Flags, definition: Callable[[], Json]) -> Json:
    """The Submission that the flags say; `definition` gives the workflow's, when it is needed.

    Raises:
        VqError: `validation`, `input_missing` for files of values, and what `definition` raises.
    """
    given = {
        key: value for key, value in flags.plain.items() if value is not False and value not in (None, "")
    }
    made: Json = {"workflow": flags.workflow, **given}
    params = values.assignments("-p", flags.params)
    sweep = values.assignments("--sweep", flags.sweep)
    known = dict(definition().get("parameters") or {}) if params or sweep or flags.rows else {}
    _refuse_comma_lists(sweep, known)
    made |= _inputs(flags, definition)
    made["params"] = {name: _placed(known, name, value) for name, value in params.items()}
    made["sweep"] = {
        name: [_placed(known, name, value) for value in values.sweep_values(name, text)]
        for name, text in sweep.items()
    }
    if flags.rows:
        made["rows"] = _rows(flags.rows, known, _slots(definition()))
    made["seeds"] = values.seeds(flags.seeds) if flags.seeds is not None else None
    made["tags"] = _split(flags.tags)
    made["after"] = [_job_number(one) for one in _split(flags.after)]
    return _with_preset(
        flags.preset, {key: value for key, value in made.items() if value not in (None, {}, [])}
    )


def _with_preset(preset: Json, made: Json) -> Json:
    """What was given on top of what the preset keeps; a parameter is given in one of params and sweep."""
    if not preset:
        return made
    given = {**made.get("params", {}), **made.get("sweep", {})}
    kept = {key: value for key, value in preset.items() if key not in ("name", "workflow", "params", "sweep")}
    merged = {**{key: value for key, value in kept.items() if value not in (None, False)}, **made}
    for part in ("params", "sweep"):
        rest = {name: value for name, value in (preset.get(part) or {}).items() if name not in given}
        if values_ := {**rest, **made.get(part, {})}:
            merged[part] = values_
    return merged


def read_paths(stream: Any) -> list[str]:
    """Paths from a pipe: one a line, or with a NUL between (as `find -print0` writes them)."""
    content = os.fsdecode(stream.read())
    parts = content.split("\0") if "\0" in content else content.splitlines()
    return [part for part in parts if part.strip()]


def absolute(path: str | Path) -> str:
    """A local path made absolute from the current folder; symbolic links stay.

    A leading `~/` is the home folder, where the shell did not see it (`--input-dir=~/clips`).
    """
    plain = Path(path)
    return str((plain.expanduser() if str(path).startswith("~/") else plain).absolute())


def _inputs(flags: Flags, definition: Callable[[], Json]) -> Json:
    given: list[str] = []
    for one in flags.inputs:
        given += read_paths(sys.stdin.buffer) if one == "-" else [one]
    made: Json = {"input_dir": absolute(flags.input_dir)} if flags.input_dir else {}
    if flags.output_dir:
        made["output_dir"] = absolute(flags.output_dir)
    named = [one.partition("=") for one in given]
    slots = (
        _slots(definition())
        if given and all(equals and name.isidentifier() for name, equals, _ in named)
        else []
    )
    if slots and all(name in slots for name, _, _ in named):
        by_slot: dict[str, list[str]] = {}
        for name, _, path in named:
            by_slot.setdefault(name, []).append(_input_path(path))
        return {**made, "inputs": by_slot}
    return {**made, "inputs": [_input_path(one) for one in given]}


def _input_path(text: str) -> str:
    return text if text.startswith(("job:", "prompt:", "file:")) else absolute(text)


def _slots(definition: Json) -> list[str]:
    inputs = definition.get("inputs") or {}
    return [] if "per_prompt" in inputs else list(inputs)


def _refuse_comma_lists(sweep: dict[str, str], known: dict[str, Json]) -> None:
    """A comma may belong to a text: no guess is made."""
    from_text = [
        name
        for name, text in sweep.items()
        if known.get(name, {}).get("type") == "text" and values.is_comma_list(text)
    ]
    if from_text:
        from video_queue.domain.catalogue import problem
        from video_queue.domain.errors import ProblemsError

        raise ProblemsError([problem("validation.comma_list", ("sweep", one), name=one) for one in from_text])


def _placed(known: dict[str, Json], name: str, value: Any) -> Any:
    """A file or folder parameter's path made absolute; any other value as it is."""
    is_path = known.get(name, {}).get("type") in _PATH_TYPES
    return absolute(value) if is_path and isinstance(value, str) and value else value


def _rows(path: Path, known: dict[str, Json], slots: list[str]) -> list[Json]:
    from video_queue.terminal.flags.row_files import read_rows

    rows = read_rows(path, ["input", *slots])
    return [{name: _placed(known, name, value) for name, value in row.items()} for row in rows]


def _split(given: list[str]) -> list[str]:
    """Flags given several times, or once with commas."""
    return [part.strip() for one in given for part in one.split(",") if part.strip()]


def _job_number(text: str) -> int:
    from video_queue.terminal.client.references import job_only

    return int(job_only(text))
