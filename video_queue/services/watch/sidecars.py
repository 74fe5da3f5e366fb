"""Settings beside watched files: `clip.mp4.vq.yaml` for one, `_vq.yaml` for all of a folder and what lies below it.

They hold keys of a Submission; the nearest one wins, and all win over the watch's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from video_queue.domain.catalogue import nearest
from video_queue.domain.errors import Problem
from video_queue.domain.submission import Submission
from video_queue.domain.watch_keys import NOT_FOR_WATCHES
from video_queue.services.watch.siblings import Siblings
from video_queue.services.workflows.yaml_source import read_yaml

FOLDER_NAME, SUFFIX = "_vq.yaml", ".vq.yaml"
_KEYS = sorted(set(Submission.model_fields) - NOT_FOR_WATCHES)
_MAX_BYTES = 1_000_000


# The problems with paths that a file of settings names and a request may not.
Refused = Callable[[Submission], list[Problem]]


class SidecarError(Exception):
    """A file of settings that cannot be used; the text names it, the line and the cause."""


class Sidecars:
    """The settings for the files of one watched folder; each file of settings is read once."""

    def __init__(
        self,
        folder: Path,
        submission: dict[str, Any],
        siblings: Siblings | None = None,
        refused: Refused = lambda _: [],
    ) -> None:
        self._folder, self._submission, self._refused = str(folder), submission, refused
        self._siblings = siblings or Siblings()
        self._plain: Submission | None = None
        self._of_folder: dict[str, dict[str, Any] | None] = {}

    def submission_for(self, path: str) -> tuple[Submission, bool]:
        """The watch's submission for the file at `path` (relative, with slashes), and whether it has own settings.

        Raises:
            SidecarError: a file of settings that cannot be used.
        """
        settings = list(self._settings_for(path))
        if not settings:
            self._plain = self._plain or _validated(self._submission, "the watch")
            return self._plain, False
        merged = self._submission
        for name, above in settings:
            merged = _merged(merged, above)
            own = _validated({"workflow": self._submission["workflow"], **above}, name)
            if problems := self._refused(own):
                raise SidecarError(f"{name}: {problems[0].message}")
        return _validated(merged, settings[-1][0]), True

    def _settings_for(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, settings), the farthest first."""
        parts = path.split("/")
        for depth in range(len(parts)):
            name = "/".join([*parts[:depth], FOLDER_NAME])
            if name not in self._of_folder:
                self._of_folder[name] = self._read(name)
            if settings := self._of_folder[name]:
                yield name, settings
        if settings := self._read(path + SUFFIX):
            yield path + SUFFIX, settings

    def _read(self, name: str) -> dict[str, Any] | None:
        parent, _, last = name.rpartition("/")
        folder = f"{self._folder}/{parent}" if parent else self._folder
        return _read(Path(folder, last), name) if self._siblings.has(folder, last) else None


def _validated(submission: dict[str, Any], name: str) -> Submission:
    try:
        return Submission.model_validate(submission)
    except ValidationError as error:
        raise SidecarError(f"{name}: {_first_problem(error)}") from error


def _read(file: Path, name: str) -> dict[str, Any] | None:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SidecarError(f"{name} cannot be read: {error.strerror or error}") from error
    if len(content) > _MAX_BYTES:
        raise SidecarError(f"{name} is larger than {_MAX_BYTES} bytes")
    try:
        source = read_yaml(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SidecarError(f"{name} is not UTF-8 text") from error
    if source.problems:
        _, line, text = source.problems[0]
        raise SidecarError(f"{name}, line {line}: {text}")
    if source.data is None:
        return {}
    if not isinstance(source.data, dict):
        raise SidecarError(f"{name}: it holds no keys")
    for key in source.data:
        if key not in _KEYS:
            raise SidecarError(f"{name}, line {source.line_of((key,))}: {_unknown(str(key))}")
    return source.data


def _unknown(key: str) -> str:
    if key in NOT_FOR_WATCHES:
        return f"{key} cannot be set here: the watch gives the inputs"
    near = nearest(key, _KEYS)
    return f"there is no key {key!r}" + (f"; did you mean {near}?" if near else "")


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`above` over `below`; params and sweep are merged by name, and a parameter is in one of both."""
    merged = {**below, **above}
    params, sweep = above.get("params"), above.get("sweep")
    if (params is None or isinstance(params, dict)) and (sweep is None or isinstance(sweep, dict)):
        named = {*(params or {}), *(sweep or {})}
        for part, own in (("params", params), ("sweep", sweep)):
            kept = {name: value for name, value in below.get(part, {}).items() if name not in named}
            merged[part] = {**kept, **(own or {})}
    return merged


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
