"""Which names a watch considers: not hidden, not temporary, not our own, and of the workflow's kind or included."""

from __future__ import annotations

import re
from collections.abc import Iterable

from video_queue.domain.watches import Rule
from video_queue.domain.workflow import InputKind
from video_queue.system.files.collect import EXTENSIONS, extension, glob_pattern, is_ignored

_Pattern = tuple[bool, re.Pattern[str]]
# What programs put beside a file that is still being downloaded.
PARTNERS = (".part", ".aria2", ".crdownload", ".!ut", ".!qb", ".download")


class NameRules:
    """The rules of one watch. Paths are relative to its folder, with slashes."""

    def __init__(self, kind: InputKind, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._kind = kind
        self._extensions = EXTENSIONS[kind]
        self._include = [_pattern(glob) for glob in include]
        self._exclude = [_pattern(glob) for glob in exclude]

    def accepts(self, path: str) -> bool:
        """Whether a file of this name is considered."""
        return self.refusal(path) is None

    def refusal(self, path: str) -> tuple[Rule, str] | None:
        """The rule that leaves a name out and the reason in words; None where none does."""
        name = path.rpartition("/")[2]
        if name.startswith("."):
            return "hidden", "its name begins with a dot"
        if is_ignored(name):
            return "temporary", f"{name} is the name of a temporary file, or of one that video_queue writes"
        if any(_matches(pattern, path, name) for pattern in self._exclude):
            return "pattern", "its name matches exclude of the watch"
        if self._include:
            is_included = any(_matches(pattern, path, name) for pattern in self._include)
            return None if is_included else ("pattern", "its name does not match include of the watch")
        if extension(name) not in self._extensions:
            return "kind", f"its name is not that of a file of the kind {self._kind.value}"
        return None


def _pattern(glob: str) -> _Pattern:
    """With a slash it is compared with the path, else with the name."""
    return "/" in glob, glob_pattern(glob)


def _matches(pattern: _Pattern, path: str, name: str) -> bool:
    by_path, expression = pattern
    return expression.fullmatch(path if by_path else name) is not None
