"""From flags to the body of a submission, as POST /api/jobs takes it (docs/rest.md).

Paths become absolute here, because the server may have another current folder; values stay texts, which the
services convert to the parameters' types. The definition is only read where a flag's meaning depends on it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from video_queue.terminal.client.client import Json
from video_queue.terminal.flags import values
from video_queue.terminal.flags.options import SubmissionFlags

_PATH_TYPES = ("file", "folder")
# Flags that are no field of a Submission; every other one has the name of its field.
_NO_FIELDS = ("param", "tag", "preset", "force", "no_reuse")
# What of a preset is no field of a Submission, or put together with what was typed.
_NOT_KEPT = ("name", "workflow", "shared", "left_out", "params", "sweep")
_OFF = ("reuse", "dedupe")  # said by being false


def build_submission(
    definition: Callable[[], Json], flags: SubmissionFlags, preset: Json | None = None
) -> Json:
    """The Submission that the flags say, without what they leave out.

    `definition` reads the workflow's, when it is needed. `preset` is a preset's values; what the flags say wins.

    Raises:
        VqError: `validation`, `input_missing` for files of values, and what `definition` raises.
    """
    plain = {
        name: value for name, value in vars(flags).items() if name not in _NO_FIELDS and value is not False
    }
    params = values.assignments("-p", flags.param or ())
    sweep = values.assignments("--sweep", flags.sweep or ())
    known = dict(definition().get("parameters") or {}) if params or sweep or flags.rows else {}
    _refuse_comma_lists(sweep, known)
    body = {
        **plain,
        "input_dir": flags.input_dir and absolute(flags.input_dir),
        "output_dir": flags.output_dir and absolute(flags.output_dir),
        "inputs": _inputs(flags.inputs or (), definition),
        "params": {name: _placed(known, name, text) for name, text in params.items()},
        "sweep": {
            name: [_placed(known, name, value) for value in values.sweep_values(name, text)]
            for name, text in sweep.items()
        },
        "rows": _rows(flags.rows, known, _slots(definition())) if flags.rows else None,
        "seeds": values.seeds(flags.seeds) if flags.seeds is not None else None,
        "tags": _split(flags.tag or ()),
        "after": [_job_number(text) for text in _split(flags.after or ())],
        "dedupe": False if flags.force else None,
        "reuse": False if flags.no_reuse else None,
    }
    flagged = {name: value for name, value in body.items() if value not in (None, "", {}, [])}
    return with_preset(preset, flagged) if preset else flagged


def with_preset(preset: Json, flagged: Json) -> Json:
    """The flags on top of the preset's values; a parameter is in one of params and sweep."""
    named = {**flagged.get("params", {}), **flagged.get("sweep", {})}
    kept = {key: value for key, value in preset.items() if key not in _NOT_KEPT}
    said = {key: value for key, value in kept.items() if value or (value is False and key in _OFF)}
    merged = {**said, **flagged}
    for part in ("params", "sweep"):
        rest = {name: value for name, value in (preset.get(part) or {}).items() if name not in named}
        if union := {**rest, **flagged.get(part, {})}:
            merged[part] = union
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


def _inputs(words: Sequence[str], definition: Callable[[], Json]) -> list[str] | dict[str, list[str]]:
    """Paths and references; by slot where every word is SLOT=FILE. `-` stands for the paths on stdin."""
    texts = [text for word in words for text in (read_paths(sys.stdin.buffer) if word == "-" else [word])]
    named = [text.partition("=") for text in texts]
    may_be_slots = bool(texts) and all(equals and name.isidentifier() for name, equals, _ in named)
    slots = _slots(definition()) if may_be_slots else []
    if not slots or any(name not in slots for name, _, _ in named):
        return [_input_path(text) for text in texts]
    by_slot: dict[str, list[str]] = {}
    for name, _, path in named:
        by_slot.setdefault(name, []).append(_input_path(path))
    return by_slot


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

        raise ProblemsError(
            [problem("validation.comma_list", ("sweep", name), name=name) for name in from_text]
        )


def _placed(known: dict[str, Json], name: str, value: Any) -> Any:
    """A file or folder parameter's path made absolute; any other value as it is."""
    is_path = known.get(name, {}).get("type") in _PATH_TYPES
    return absolute(value) if is_path and isinstance(value, str) and value else value


def _rows(path: Path, known: dict[str, Json], slots: list[str]) -> list[Json]:
    from video_queue.terminal.flags.row_files import read_rows

    rows = read_rows(path, ["input", *slots])
    return [{name: _placed(known, name, value) for name, value in row.items()} for row in rows]


def _split(texts: Sequence[str]) -> list[str]:
    """Flags given several times, or once with commas."""
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _job_number(text: str) -> int:
    from video_queue.terminal.client.references import job_only

    return int(job_only(text))
