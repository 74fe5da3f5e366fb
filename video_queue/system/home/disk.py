"""What the home's disk is: SQLite's write-ahead log and file locks cannot be trusted across a network.

Best effort: an unknown file system counts as local.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# fmt: off
_NETWORK = frozenset((
    "9p", "afs", "afpfs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "lustre", "ncpfs",
    "nfs", "nfs4", "smb2", "smb3", "smbfs", "webdav",
))
_NETWORK_FUSE = frozenset((
    "sshfs", "rclone", "glusterfs", "davfs2", "s3fs", "gcsfuse", "ceph", "smbnetfs", "curlftpfs",
))
# fmt: on


def network_file_system(path: Path) -> str | None:
    """The kind of network file system that `path` lies on, or None for a local disk."""
    real = path.resolve()
    if sys.platform == "win32":
        return _windows_kind(real)
    if sys.platform == "darwin":
        return network_kind(_darwin_mounts(), str(real))
    try:
        return network_kind(linux_mounts(Path("/proc/mounts").read_text("utf-8", "replace")), str(real))
    except OSError:
        return None


def network_kind(mounts: list[tuple[str, str]], path: str) -> str | None:
    """The kind of the mount that holds `path`, if it is one of a network; `mounts` are (folder, kind)."""
    longest, innermost = -1, ""
    for folder, kind in mounts:
        inside = path == folder or path.startswith(folder.rstrip("/") + "/")
        if inside and len(folder) >= longest:  # a later mount on the same folder covers the earlier
            longest, innermost = len(folder), kind
    family, _, name = innermost.partition(".")
    network = innermost in _NETWORK or (family == "fuse" and name in _NETWORK_FUSE)
    return innermost if network else None


def linux_mounts(text: str) -> list[tuple[str, str]]:
    """(folder, kind) of each line of /proc/mounts, which writes spaces as octal escapes (proc(5))."""
    rows = [line.split() for line in text.splitlines()]
    return [(_unescape(row[1]), row[2]) for row in rows if len(row) >= 3]


def darwin_mounts(text: str) -> list[tuple[str, str]]:
    """(folder, kind) of each line that `mount` prints on macOS: `SOURCE on FOLDER (KIND, ...)`."""
    mounts = []
    for line in text.splitlines():
        _, _, rest = line.partition(" on ")
        folder, _, options = rest.rpartition(" (")
        mounts.append((folder, options.split(",")[0].rstrip(")")))
    return mounts


def _darwin_mounts() -> list[tuple[str, str]]:
    try:
        listing = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return darwin_mounts(listing.stdout)


def _windows_kind(path: Path) -> str | None:
    if sys.platform != "win32":
        return None
    import ctypes

    if path.drive.startswith("\\\\"):
        return "network share"
    drive_remote = 4  # GetDriveType's DRIVE_REMOTE
    return "network drive" if ctypes.windll.kernel32.GetDriveTypeW(path.anchor) == drive_remote else None


def _unescape(field: str) -> str:
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, sign)
    return field
