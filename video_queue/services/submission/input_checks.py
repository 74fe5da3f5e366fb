"""Whether a path that a submission names is a usable input: cheap checks first, then the first few are opened.

Files of a folder are never checked: each fails alone, as its own prompt.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Loc, Problem, VqError
from video_queue.domain.workflow import InputKind
from video_queue.system.files.collect import EXTENSIONS, extension
from video_queue.system.files.path_utils import normalize_input_path

MAX_PROBED = 64
Probe = Callable[[Path, str], None]
# Media that are none of a kind where a file is named by itself: sound is taken from clips too.
_OTHER: dict[InputKind, frozenset[str]] = {
    kind: EXTENSIONS[InputKind.MEDIA] - own for kind, own in EXTENSIONS.items()
}
_OTHER[InputKind.AUDIO] -= EXTENSIONS[InputKind.VIDEO]


class InputChecks:
    """Collects the problems of inputs that are named one by one.

    Relative paths are relative to the submission's input_dir, once `folder` has seen it, where the file is there;
    else to the process's working folder.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._input_dir: Path | None = None
        self._to_probe: dict[Path, tuple[InputKind, Loc]] = {}

    def path(self, text: str, loc: Loc) -> Path | None:
        """The absolute path meant by `text`; None (and a problem) for a text that is no path."""
        try:
            path = normalize_input_path(text)
        except VqError as error:
            self.problems.append(error.problem(loc))
            return None
        if not path.is_absolute() and self._input_dir is not None and os.path.lexists(self._input_dir / path):
            return self._input_dir / path
        return path.absolute()

    def folder(self, text: str) -> Path | None:
        """The submission's input_dir; None (and a problem) where it is no folder that can be listed."""
        path = self.path(text, ("input_dir",))
        if path is None or not self.is_folder(path, ("input_dir",)):
            return None
        self._input_dir = path
        return path

    def file(self, text: str, kind: InputKind, loc: Loc) -> Path | None:
        """The absolute path of an input file that passed the cheap checks; None after a problem."""
        path = self.path(text, loc)
        if path is None or not self.is_regular(path, loc):
            return None
        ext = extension(path.name)
        if ext in _OTHER[kind]:
            self.refuse("input_unreadable.kind", loc, path=path, kind=kind.value, ext=ext)
            return None
        self._to_probe.setdefault(path, (kind, loc))
        return path

    def is_regular(self, path: Path, loc: Loc) -> bool:
        """Whether `path` is a readable regular file with something in it; else a problem is added."""
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return self.refuse("input_missing.file", loc, path=path)
        except OSError as error:
            return self.refuse(
                "input_unreadable.permission", loc, path=path, detail=error.strerror or str(error)
            )
        if stat.S_ISDIR(status.st_mode):
            return self.refuse("input_unreadable.folder", loc, path=path)
        if not stat.S_ISREG(status.st_mode):
            return self.refuse("input_unreadable.not_a_file", loc, path=path)
        if status.st_size == 0:
            return self.refuse("input_unreadable.empty", loc, path=path)
        if not os.access(path, os.R_OK):
            return self.refuse("input_unreadable.permission", loc, path=path, detail="permission denied")
        return True

    def is_folder(self, path: Path, loc: Loc) -> bool:
        """Whether `path` is a folder that can be listed; else a problem is added."""
        try:
            with os.scandir(path):
                return True
        except FileNotFoundError:
            return self.refuse("input_missing.folder", loc, path=path)
        except NotADirectoryError:
            return self.refuse("input_missing.not_a_folder", loc, path=path)
        except OSError as error:
            return self.refuse(
                "input_unreadable.permission", loc, path=path, detail=error.strerror or str(error)
            )

    def probe_named(self, probe: Probe) -> None:
        """Open each named file once, unless there are more than MAX_PROBED."""
        if len(self._to_probe) > MAX_PROBED:
            return
        for path, (kind, loc) in self._to_probe.items():
            try:
                probe(path, kind.value if kind is not InputKind.SEQUENCE else InputKind.IMAGE.value)
            except VqError as error:
                self.problems.append(error.problem(loc))

    def refuse(self, key: str, loc: Loc, **values: object) -> bool:
        """Add a problem; always False."""
        self.problems.append(problem(key, loc, **values))
        return False
