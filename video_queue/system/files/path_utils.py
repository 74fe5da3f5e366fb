"""Local paths from texts as people type, paste and drop them. Texts become paths here and nowhere else."""

from __future__ import annotations

import errno
import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote

from video_queue.domain.catalogue import fail

# Size, times of change of contents and of status, inode: another tuple may mean other contents.
Mark = tuple[int, int, int, int]

_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_DRIVE = re.compile(r"^([A-Za-z]):(?:[\\/]+|$)(.*)$", re.DOTALL)
_MOUNTED_DRIVE = re.compile(r"^/mnt/([A-Za-z])(?:/+|$)(.*)$", re.DOTALL)
_WSL_SHARE = re.compile(r"^//wsl(?:\$|\.localhost)/[^/]+(/.*)?$", re.DOTALL | re.IGNORECASE)


def normalize_input_path(text: str, *, home: Path | None = None, platform: str = sys.platform) -> Path:
    r"""The local path meant by `text` as it was typed, pasted or dropped.

    Takes `~`, surrounding quotes and blanks, `file://` URIs (percent-escapes, localhost, drives, shares),
    trailing slashes, `C:\x` and `/mnt/c/x` (each as the platform at hand has it), `\\server\share` and
    `\\wsl$\Distro\x`. An absolute path that is there under exactly this text is taken as it is; a relative
    one stays relative.

    Raises:
        VqError: `input_unreadable` for an empty text or one that no file system can hold.
    """
    _refuse_impossible(text)
    if platform == sys.platform and os.path.isabs(text) and os.path.lexists(text):  # noqa: PTH117 - kept as typed
        return Path(text)
    plain = _from_uri(_unquoted(text))
    _refuse_impossible(plain)
    plain = _expand_home(plain, home)
    path = Path(_for_windows(plain) if platform == "win32" else _for_posix(plain, platform))
    if platform == sys.platform:
        _refuse_unreachable(path)
    return path


def _refuse_unreachable(path: Path) -> None:
    """Refuse a path that is too long, or a loop of links: every later access would fail."""
    try:
        path.lstat()
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            raise fail("input_unreadable.path", path=str(path)[:200], detail=str(error.strerror)) from None


def _refuse_impossible(text: str) -> None:
    """Refuse texts that no file system can hold, with the reason."""
    if not text.strip():
        raise fail("input_unreadable.path", path=text, detail="it is empty")
    if "\0" in text:
        raise fail("input_unreadable.path", path=text, detail="it holds a NUL character")
    if not is_storable(text):
        raise fail("input_unreadable.path", path=ascii(text), detail="its name is not valid UTF-8")


def is_storable(text: str) -> bool:
    """Whether `text` can be written as UTF-8 (the database, JSON); undecodable file names cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def real_path(path: Path) -> Path:
    """`path` with links resolved as far as it exists; as it is where that cannot be found out."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def parts_below(path: Path, folder: Path) -> tuple[str, ...] | None:
    """The parts of `path` below `folder` (empty: the folder itself), None when it lies elsewhere.

    Links are not followed, `..` counts as what it leads to. Upper and lower case are the same where the platform takes
    them for the same.
    """
    whole = Path(os.path.normcase(os.path.normpath(path))).parts
    start = Path(os.path.normcase(folder)).parts
    return whole[len(start) :] if whole[: len(start)] == start else None


def lies_in(path: Path, folder: Path) -> bool:
    """Whether `path` is `folder` or lies in it, links followed."""
    return parts_below(real_path(path), real_path(folder)) is not None


def _unquoted(text: str) -> str:
    text = text.strip()
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text


def _from_uri(text: str) -> str:
    """A `file:` URI (RFC 8089) as a plain path; other texts as they are."""
    if text[:5].lower() != "file:":
        return text
    rest = unquote(text[5:])
    if not rest.startswith("//"):
        return rest
    host, slash, path = rest[2:].partition("/")
    if host.lower() in ("", "localhost", "127.0.0.1"):
        path = slash + path
        return path[1:] if re.match(r"^/[A-Za-z]:", path) else path
    return rest if not _DRIVE.match(host + "/") else host + slash + path


def _expand_home(text: str, home: Path | None) -> str:
    if text == "~" or text[:2] in ("~/", "~\\"):
        return str((home or Path.home()) / text[2:])
    return text


def _for_windows(text: str) -> str:
    r"""Back-slashed; `/mnt/c` as its drive; `\\?\` left out."""
    text = text.replace("/", "\\")
    if text.upper().startswith("\\\\?\\UNC\\"):
        text = "\\\\" + text[8:]
    elif text.startswith("\\\\?\\"):
        text = text[4:]
    if mounted := _MOUNTED_DRIVE.match(text.replace("\\", "/")):
        text = f"{mounted[1]}:\\" + mounted[2].replace("/", "\\")
    if drive := _DRIVE.match(text):
        return f"{drive[1].upper()}:\\" + re.sub(r"\\+", r"\\", drive[2]).rstrip("\\")
    lead = "\\\\" if text.startswith("\\\\") else ""
    return lead + re.sub(r"\\+", r"\\", text[len(lead) :]).rstrip("\\") or "\\"


def _for_posix(text: str, platform: str) -> str:
    r"""`C:\x` as WSL mounts it (Linux), `\\wsl$\Distro\x` as `/x`, `\\server\share` with slashes."""
    if text.startswith("\\\\") or _WSL_SHARE.match(text):
        text = text.replace("\\", "/")
        text = re.sub(r"^//\?/(UNC/)?", lambda match: "//" if match[1] else "", text, flags=re.IGNORECASE)
        if share := _WSL_SHARE.match(text):
            text = share[1] or "/"
    if platform == "linux" and (drive := _DRIVE.match(text)):
        text = f"/mnt/{drive[1].lower()}/" + drive[2].replace("\\", "/")
    lead = "//" if re.match(r"^//[^/]", text) else "/" if text.startswith("/") else ""
    return lead + re.sub(r"/+", "/", text.lstrip("/") if lead else text).rstrip("/") or "/"


def mark_of(path: str) -> Mark:
    """What tells the contents of a file from others without reading it.

    Raises:
        OSError: if it is not there.
    """
    stat = os.stat(path)  # noqa: PTH116 - called for every picture of a run
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino
