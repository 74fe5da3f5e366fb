"""Paths as people type, paste and drop them, and the media files of a folder.

Texts become local paths here and nowhere else; names that video_queue writes are made safe for all platforms.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from video_queue.domain.catalogue import fail
from video_queue.domain.workflow import InputKind

_VIDEO = """3g2 3gp asf avi divx dv f4v flv gif m2ts m2v m4v mjpeg mkv mov mp4 mpe mpeg mpg mpv mts mxf nut
 ogm ogv rm rmvb ts vob webm wmv y4m"""
_IMAGE = "apng avif bmp cin dpx exr gif hdr heic heif jp2 jpe jpeg jpg jxl pgm png pnm ppm tga tif tiff webp"
_AUDIO = "aac ac3 aif aifc aiff amr caf eac3 flac m4a m4b mka mp2 mp3 oga ogg opus wav wma"

EXTENSIONS: dict[InputKind, frozenset[str]] = {
    InputKind.VIDEO: frozenset(_VIDEO.split()),
    InputKind.IMAGE: frozenset(_IMAGE.split()),
    InputKind.AUDIO: frozenset(_AUDIO.split()),
    InputKind.MEDIA: frozenset((_VIDEO + " " + _IMAGE + " " + _AUDIO).split()),
    InputKind.SEQUENCE: frozenset(_IMAGE.split()),
    InputKind.NONE: frozenset(),
}
_TEMPORARY = re.compile(
    r"^~\$|~$|^\._|\.(tmp|temp|part|partial|crdownload|download|filepart|aria2|!ut|!qb|swp|bak)$|"
    r"\.vq\.(json|yaml)$|^_vq\.yaml$|^(thumbs\.db|desktop\.ini)$",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_DRIVE = re.compile(r"^([A-Za-z]):(?:[\\/]+|$)(.*)$", re.DOTALL)
_MOUNTED_DRIVE = re.compile(r"^/mnt/([A-Za-z])(?:/+|$)(.*)$", re.DOTALL)
_WSL_SHARE = re.compile(r"^//wsl(?:\$|\.localhost)/[^/]+(/.*)?$", re.DOTALL | re.IGNORECASE)
_DIGITS = re.compile(r"([0-9]+)")


def normalize_input_dir(text: str, *, home: Path | None = None, platform: str = sys.platform) -> Path:
    """The folder meant by `text`: see `normalize_input_path`; trailing slashes are dropped."""
    return normalize_input_path(text, home=home, platform=platform)


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
    plain = _expand_home(plain, home or Path.home())
    made = Path(_for_windows(plain) if platform == "win32" else _for_posix(plain, platform))
    if platform == sys.platform:
        _refuse_unreachable(made)
    return made


def _refuse_unreachable(path: Path) -> None:
    """A path that is too long, or runs in circles, would make every later look at it fail."""
    try:
        path.lstat()
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            raise fail("input_unreadable.path", path=str(path)[:200], detail=str(error.strerror)) from None


def _refuse_impossible(text: str) -> None:
    """Texts that `os.stat` would choke on, refused with a reason."""
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


def _expand_home(text: str, home: Path) -> str:
    if text == "~":
        return str(home)
    return str(home / text[2:]) if text[:2] in ("~/", "~\\") else text


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


def natural_key(name: str) -> tuple[object, ...]:
    """A sort key: `img_2` before `img_10`, case ignored, stem before extension; ties by the exact text."""
    stem, _, ext = name.rpartition(".") if "." in name[1:] else (name, "", "")
    return (*(_numbered(part) for part in (stem, ext)), name)


def _numbered(text: str) -> tuple[tuple[int, int, str], ...]:
    """Texts and numbers in turn; a number compares by its length without zeros, then by its digits."""
    parts = _DIGITS.split(unicodedata.normalize("NFC", text).casefold())
    return tuple(
        (0, len(part.lstrip("0")), part.lstrip("0")) if index % 2 else (1, 0, part)
        for index, part in enumerate(parts)
        if part
    )


def collect_files(
    folder: Path, kind: InputKind, *, recursive: bool = False, glob: str | None = None
) -> list[Path]:
    """The files of a kind in a folder, in natural order of their relative paths.

    Hidden and temporary files, video_queue's own manifests and staging folders, and names that are not UTF-8
    are left out. `glob` is matched without case against the name, or the relative path where it holds a slash
    (which, like `**`, also looks into subfolders). Links are followed, loops entered once. Empty or damaged
    files are listed.

    Raises:
        OSError: if the folder itself cannot be listed; subfolders that cannot are left out.
    """
    matches = _glob_pattern(glob) if glob else None
    deep = recursive or (glob is not None and ("/" in glob or "**" in glob))
    found = []
    for relative in _walk(folder, deep=deep):
        name = relative.rpartition("/")[2]
        subject = relative if glob and "/" in glob else name
        if extension(name) in EXTENSIONS[kind] and (matches is None or matches.fullmatch(subject)):
            found.append(relative)
    found.sort(key=lambda relative: [natural_key(part) for part in relative.split("/")])
    return [folder / relative for relative in found]


def extension(name: str) -> str:
    """The file name's extension in lower case, without the dot."""
    return name.rpartition(".")[2].lower() if "." in name[1:] else ""


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is never taken: hidden, temporary, or video_queue's own."""
    return name.startswith(".") or bool(_TEMPORARY.search(name)) or not is_storable(name)


def _walk(folder: Path, *, deep: bool) -> Iterator[str]:
    """Relative slash paths of the files below `folder`."""
    seen: set[tuple[int, int]] = set()
    pending = [""]
    while pending:
        at = pending.pop()
        try:
            here = folder / at if at else folder
            status = here.stat()
            entries = list(os.scandir(here))
        except OSError:
            if not at:
                raise
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        for entry in entries:
            if is_ignored(entry.name):
                continue
            if _is_folder(entry):
                if deep:
                    pending.append(f"{at}{entry.name}/")
            elif _is_file(entry):
                yield at + entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _glob_pattern(glob: str) -> re.Pattern[str]:
    """A glob as a pattern: `**/` any folders, `*` and `?` within one name, `[...]` a choice."""
    table = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\])", glob.removeprefix("./"))
    return re.compile("".join(table.get(piece) or _literal_or_set(piece) for piece in pieces), re.IGNORECASE)


def _literal_or_set(piece: str) -> str:
    if len(piece) > 2 and piece.startswith("[") and piece.endswith("]"):
        inner = piece[1:-1].replace("\\", r"\\").replace("^", r"\^").replace("[", r"\[")
        return "[" + ("^" + inner[1:] if inner.startswith("!") else inner) + "]"
    return re.escape(piece)
