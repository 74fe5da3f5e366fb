"""The folders that requests may name (the setting `roots`): everything else on the disk is out of bounds.

Links are followed before a path is judged. Hidden folders are never served, and neither are video_queue's own
database, settings and working files, whatever the roots are.
"""

from __future__ import annotations

import os
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.settings import Settings
from video_queue.system.files.path_utils import parts_below, real_path

# What video_queue keeps for itself in its home: database, lock, settings with the token, secret, logs, copies.
_OWN = frozenset({"vq.db", "vq.db-wal", "vq.db-shm", "vq.lock", "vq.toml", "server.json", "secret"})
UPLOADS = "uploads"  # the folder of the home that `POST /uploads` fills
Place = tuple[int, int]
_OWN_FOLDERS = frozenset({"logs", "cache", "backups", "work"})


class Roots:
    """The roots of one set of settings. Folders that appear later (a drive) count as soon as they are there."""

    def __init__(self, settings: Settings) -> None:
        # What was uploaded may be submitted, even where `roots` names other folders only.
        self._allowed = [*settings.allowed_roots, settings.home / UPLOADS]
        self._home = real_path(settings.home)
        self._work = real_path(settings.work_root)
        self._outputs = real_path(settings.output_root)
        self._resolved: dict[Path, tuple[Place, Path]] = {}

    def folders(self) -> list[Path]:
        """The roots that exist now, resolved, each once."""
        folders = dict.fromkeys(real_path(folder) for folder in self._allowed)
        return [folder for folder in folders if folder.is_dir()]

    def guard(self, path: Path) -> None:
        """Refuse `path` (which need not exist) unless it lies in a root.

        Raises:
            VqError: `path_not_allowed`; `input_unreadable` for a path that no file system can hold.
        """
        shares = [folder for folder in self._allowed if _is_share(folder)]
        if _is_share(path) and not any(parts_below(path, share) for share in shares):
            # Only looking at a share sends the user's credentials to its server (Windows).
            raise fail("path_not_allowed.roots", path=str(path), folder=str(path))
        try:
            real = path.resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise fail("input_unreadable.path", path=ascii(str(path)), detail=str(error)) from None
        self._refuse_own(real)
        if self._is_open(real):
            return
        # A folder above a root may have moved and left a link: what was kept refuses too much then, never too little.
        self._resolved.clear()
        if self._is_open(real):
            return
        if not any(parts_below(real, self._real(folder)) is not None for folder in self._allowed):
            folder = real if os.path.isdir(real) else real.parent  # noqa: PTH112 - never raises, unlike Path's
            raise fail("path_not_allowed.roots", path=str(path), folder=str(folder))
        raise fail("path_not_allowed.dot_folder", path=str(path))

    def allows(self, path: Path) -> bool:
        """Whether `guard` lets `path` pass."""
        try:
            self.guard(path)
        except VqError:
            return False
        return True

    def own_places(self) -> tuple[Place | None, frozenset[Place]]:
        """The device and inode of the home, and those of the folders that are video_queue's own: of use to a walk.

        A folder below an allowed one that is reached without links and hidden names is allowed, unless it is of these.
        """
        folders = [*(self._home / name for name in _OWN_FOLDERS), self._work]
        return place_of(self._home), frozenset(filter(None, map(place_of, folders)))

    def is_home(self, folder: Path) -> bool:
        """Whether `folder` is video_queue's home, where some entries are its own."""
        return real_path(folder) == self._home

    def _is_open(self, real: Path) -> bool:
        """Whether a resolved path lies in a root, and there in no hidden folder."""
        for folder in self._allowed:
            parts = parts_below(real, self._real(folder))
            if parts is not None and not any(part.startswith(".") for part in parts):
                return True
        return False

    def _real(self, folder: Path) -> Path:
        """`real_path(folder)`, kept for as long as both lead to the same place of the disk."""
        place, known = place_of(folder), self._resolved.get(folder)
        if place is not None and known is not None and known[0] == place == place_of(known[1]):
            return known[1]
        real = real_path(folder)
        if place is not None:
            self._resolved[folder] = (place, real)
        return real

    def _refuse_own(self, real: Path) -> None:
        if parts_below(real, self._outputs) is not None:
            return
        in_home = parts_below(real, self._home)
        # Case is ignored everywhere: macOS would open VQ.DB too.
        own = in_home and in_home[0].casefold() in _OWN | _OWN_FOLDERS
        if own or parts_below(real, self._work) is not None:
            raise fail("path_not_allowed.work", path=str(real))


def place_of(folder: Path) -> Place | None:
    """The device and the inode that a folder leads to; None where there is none."""
    try:
        status = folder.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _is_share(path: Path) -> bool:
    r"""Whether `path` is a network share or device of Windows (`\\server\share`, `\\?\...`)."""
    return path.drive.startswith(("\\\\", "//"))
