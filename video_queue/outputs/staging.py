"""The staging folder `.vq-staging`: where outputs wait, complete and synced, on the file system of their target.

Every publication has a folder of its own there, `.vq-staging/OWNER/p12-a1`; OWNER is another one for each home
that shares an output folder, so that none clears away what another one is about to publish.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from video_queue.settings import Settings
from video_queue.system.files.durable import copy_file, link_file, sync_and_hash, sync_folder, writing_to

STAGING_NAME = ".vq-staging"


@dataclass(frozen=True, slots=True)
class OutputArea:
    """Where outputs and working files live, and whose they are. Made once, in wiring.

    Files below `work_root` are our own: they may be hard-linked into the staging folder.
    """

    output_root: Path
    work_root: Path
    owner: str

    def staging_root(self, output_dir: Path) -> Path:
        """`.vq-staging` of this owner on the file system of `output_dir` (which must exist)."""
        same = self.output_root.is_dir() and same_file_system(self.output_root, output_dir)
        return (self.output_root if same else output_dir) / STAGING_NAME / self.owner


def owner_of(home: Path) -> str:
    """The owner name of a home: the same for every run that uses it."""
    return hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]


def make_output_folder(area: OutputArea, output_dir: Path, folder: Path, mount: str | None = None) -> None:
    """Create `folder` below `output_dir`, but never what an unplugged drive took with it.

    The output root (created at start-up) and an explicit output folder outside of it (created when the job is
    enqueued) must be there, and something must be mounted at `mount`, if given: on an empty mount point the outputs
    would be written to another disk and hidden when the drive is back.

    Raises:
        FileNotFoundError: if it is away.
    """
    base = _require_base(area, output_dir, mount)
    missing = [folder, *folder.parents][: len(folder.relative_to(base).parts)]
    for path in reversed(missing):
        if not path.is_dir():
            path.mkdir(exist_ok=True)
            sync_folder(path.parent)


def require_output_folder(area: OutputArea, output_dir: Path, mount: str | None = None) -> None:
    """Refuse an output folder that is away, before anything is read or written for it.

    Raises:
        VqError: `output_unavailable.folder`.
    """
    with writing_to(output_dir):
        _require_base(area, output_dir, mount)


def probe_output_folder(area: OutputArea, output_dir: Path, mount: str | None = None, room: int = 0) -> None:
    """Write on trial where the files of `output_dir` would be written, and require `room` bytes.

    Raises:
        VqError: `output_unavailable.folder`, `disk_full.write`.
    """
    with writing_to(output_dir):
        base = _require_base(area, output_dir, mount)
        folder = output_dir if output_dir.is_dir() else base
        Path(tempfile.mkdtemp(prefix=".vq-probe-", dir=folder)).rmdir()
        if shutil.disk_usage(folder).free < room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def _require_base(area: OutputArea, output_dir: Path, mount: str | None) -> Path:
    """The folder that must be there already, below which everything else is made; on the disk at `mount`, if given.

    Raises:
        OSError: it is away.
    """
    if mount is not None and not os.path.ismount(mount):
        raise FileNotFoundError(errno.ENOENT, f"nothing is mounted at {mount}", mount)
    base = area.output_root if output_dir.is_relative_to(area.output_root) else output_dir
    if not stat.S_ISDIR(base.stat().st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(base))
    return base


def make_staging_folder(root: Path, name: str) -> Path:
    """An empty folder `name` in `root`; what an earlier, unfinished try left there is removed."""
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)
    for _try in range(20):  # another publication may just be clearing away the empty root
        with contextlib.suppress(FileNotFoundError):
            root.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            return folder
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(root))


def remove_staging_folder(folder: Path) -> None:
    """Remove a publication's staging folder, and the staging root when nothing else waits there."""
    shutil.rmtree(folder, ignore_errors=True)
    for parent in (folder.parent, folder.parent.parent):
        try:
            parent.rmdir()
        except OSError:
            return


def discard_stale_staging(root: Path, known: Iterable[Path]) -> list[Path]:
    """Remove what no intent in `known` (their `staging` folders) needs from one owner's staging root.

    Call it when nothing is being published: at the start, before the first claim. Returns what was removed.
    """
    keep = {os.fspath(path) for path in known}
    try:
        stale = [path for path in root.iterdir() if os.fspath(path) not in keep]
    except (FileNotFoundError, NotADirectoryError):
        return []
    for path in stale:
        remove_staging_folder(path)
    return stale


def stage_file(source: Path, target: Path, *, may_link: bool) -> str:
    """Bring `source` to `target` in the staging folder, synced; returns its sha256 in hex.

    By hard link if `may_link` and the file system can, else with shared blocks (reflink), else by copying. A file
    that another prompt reuses as a link is copied: what is published shares nothing.

    Raises:
        OSError: what is staged is not safely on the disk.
    """
    linkable = may_link and not source.is_symlink() and source.stat().st_nlink == 1
    if not (linkable and link_file(source, target)):
        copy_file(source, target)
    return sync_and_hash(target)


def same_file_system(folder: Path, other: Path) -> bool:
    """Whether a file can be renamed from `folder` to the folder `other`.

    Equal device numbers are not enough on Linux: across two mounts of one device a rename fails too. It says so
    before it looks for the file, so a name that does not exist answers without leaving anything behind.
    """
    if folder.stat().st_dev != other.stat().st_dev:
        return False
    try:
        (folder / ".vq-none").rename(other / ".vq-none")
    except OSError as error:
        return error.errno != errno.EXDEV
    return True


def output_area(settings: Settings) -> OutputArea:
    """Where this home publishes and works."""
    return OutputArea(settings.output_root, settings.work_root, owner_of(settings.home))
