"""Merge the layers: defaults, the file, the environment, the flags; name the layer of every problem."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from video_queue.domain.catalogue import nearest, problem
from video_queue.domain.errors import Problem, ProblemsError
from video_queue.settings.file import SETTINGS_NAME, flatten, line_of, read_settings_file
from video_queue.settings.models import Origin, Settings, is_secret, known_keys

_PREFIX = "VQ_"
_HOME = "VQ_HOME"


class _Layer(NamedTuple):
    """Values of one origin by dotted key."""

    origin: Origin
    values: dict[str, Any]


def resolve_home(home: Path | None, environ: Mapping[str, str]) -> tuple[Path, bool]:
    """The data folder (absolute), and whether it was named: by `home`, else VQ_HOME, else the platform's."""
    named = home or (Path(environ[_HOME]) if environ.get(_HOME) else None)
    if named is not None:
        return Path(os.path.normpath(Path.cwd() / named.expanduser())), True
    from platformdirs import user_data_path  # loaded only where it decides

    return user_data_path("video_queue", appauthor=False), False


def load_settings(
    home: Path | None, overrides: Mapping[str, Any], environ: Mapping[str, str], *, file: Path | None = None
) -> Settings:
    """The settings of `home` (None: VQ_HOME, or the platform's folder). Writes nothing.

    `overrides` are flags, by dotted key or nested; None means that the flag was not set. `file` is read instead of
    the home's vq.toml.

    Raises:
        VqError: `validation.settings_file` when the file cannot be read.
        ProblemsError: `validation` problems, each naming a setting and where it was set.
    """
    place, named = resolve_home(home, environ)
    file = file or place / SETTINGS_NAME
    layers = (
        _Layer("file", read_settings_file(file)),
        _Layer("environment", _from_environment(environ)),
        _Layer("flag", {key: value for key, value in flatten(overrides).items() if value is not None}),
    )
    origins: dict[str, Origin] = {}
    values: dict[str, Any] = {"output_root": _default_outputs(place, named), "work_root": place / "work"}
    for layer in layers:
        values |= layer.values
        origins |= dict.fromkeys(layer.values, layer.origin)
    ignored = [key for key in values if origins.get(key) == "environment" and _is_foreign(key)]
    for key in ignored:
        del values[key], origins[key]
    if unknown := [_unknown(key, origins[key], file) for key in sorted(set(origins) - set(known_keys()))]:
        raise ProblemsError(unknown)
    return _validated(place, file, values, origins, [_variable(key) for key in ignored])


def _validated(
    place: Path, file: Path, values: dict[str, Any], origins: dict[str, Origin], ignored: list[str]
) -> Settings:
    # A relative path in the file counts from the home; the fields that hold paths have distinct names.
    starts = {key.rpartition(".")[2]: place for key, origin in origins.items() if origin == "file"}
    fields = {**_nested(values), "home": place, "origins": origins, "ignored": ignored}
    try:
        return Settings.model_validate(fields, context=starts)
    except ValidationError as error:
        raise ProblemsError([_problem(detail, origins, file) for detail in error.errors()]) from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """VQ_SERVER__PORT=1 as `server.port`; an empty variable counts as not set."""
    return {
        name.removeprefix(_PREFIX).lower().replace("__", "."): value
        for name, value in environ.items()
        if name.startswith(_PREFIX) and name != _HOME and value
    }


def _variable(key: str) -> str:
    return _PREFIX + key.upper().replace(".", "__")


def _is_foreign(key: str) -> bool:
    """Whether a key is a variable of another program: no setting, and in none of our sections."""
    known = known_keys()
    sections = {name.partition(".")[0] for name in known}
    return key not in known and key.partition(".")[0] not in sections


def _default_outputs(place: Path, named: bool) -> Path:
    if named:
        return place / "outputs"
    from platformdirs import user_videos_path

    return user_videos_path() / "video_queue"


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        (nested.setdefault(section, {}) if section else nested)[name] = value
    return nested


def _unknown(key: str, origin: Origin, file: Path) -> Problem:
    near = nearest(key, known_keys())
    detail = "there is no such setting" + (f" (did you mean {near}?)" if near else "")
    return problem("validation.setting", _loc(key), name=key, detail=detail, origin=_where(key, origin, file))


def _problem(error: ErrorDetails, origins: Mapping[str, Origin], file: Path) -> Problem:
    key = next(_keys_of(error), "")
    detail = error["msg"].removeprefix("Value error, ")
    if not is_secret(key):
        detail = f"{detail} (it is {error['input']!r})"
    where = _where(key, origins.get(key, "default"), file)
    return problem("validation.setting", _loc(key), name=key, detail=detail, origin=where)


def _keys_of(error: ErrorDetails) -> Iterator[str]:
    """The setting that a location of pydantic's belongs to: it may continue into a list."""
    known = set(known_keys())
    for length in range(1, len(error["loc"]) + 1):
        key = ".".join(map(str, error["loc"][:length]))
        if key in known:
            yield key


def _where(key: str, origin: Origin, file: Path) -> str:
    if origin == "environment":
        return f"the environment variable {_variable(key)}"
    if origin == "flag":
        return "the command line"
    line = line_of(file, key) if origin == "file" else None
    return f"{file}, line {line}" if line else str(file)


def _loc(key: str) -> tuple[str | int, ...]:
    return tuple(key.split("."))
