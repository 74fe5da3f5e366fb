"""The files of a folder that a submission means: by kind, in natural order, without hidden and temporary ones."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from video_queue.domain.workflow import InputKind
from video_queue.system.files.path_utils import is_storable

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
_DIGITS = re.compile(r"([0-9]+)")


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
    (which, like `**`, includes subfolders). Links are followed, loops entered once. Empty or damaged files
    are listed.

    Raises:
        OSError: if the folder itself cannot be listed; subfolders that cannot are left out.
    """
    pattern = glob_pattern(glob or "*")
    by_path = glob is not None and "/" in glob
    deep = recursive or by_path or (glob is not None and "**" in glob)
    files = [
        relative
        for relative in _walk(folder, deep=deep)
        if extension(_name(relative)) in EXTENSIONS[kind]
        and pattern.fullmatch(relative if by_path else _name(relative))
    ]
    files.sort(key=lambda relative: [natural_key(part) for part in relative.split("/")])
    return [folder / relative for relative in files]


def extension(name: str) -> str:
    """The file name's extension in lower case, without the dot."""
    return name.rpartition(".")[2].lower() if "." in name[1:] else ""


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is never listed: hidden, temporary, or video_queue's own."""
    return name.startswith(".") or bool(_TEMPORARY.search(name)) or not is_storable(name)


def _walk(folder: Path, *, deep: bool) -> Iterator[str]:
    """Relative slash paths of the files below `folder`."""
    seen: set[tuple[int, int]] = set()
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            status = (folder / prefix).stat()
            entries = list(os.scandir(folder / prefix))
        except OSError:
            if not prefix:
                raise
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        for entry in entries:
            kind = None if is_ignored(entry.name) else _kind(entry)
            if kind == "folder" and deep:
                pending.append(f"{prefix}{entry.name}/")
            elif kind == "file":
                yield prefix + entry.name


def _kind(entry: os.DirEntry[str]) -> Literal["folder", "file"] | None:
    """What `entry` is, links followed; None for a device, a broken link, or one that cannot be read."""
    try:
        return "folder" if entry.is_dir() else "file" if entry.is_file() else None
    except OSError:
        return None


def _name(relative: str) -> str:
    return relative.rpartition("/")[2]


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A glob as a pattern: `**/` any folders, `*` and `?` within one name, `[...]` a choice."""
    table = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\])", glob.removeprefix("./"))
    return re.compile("".join(table.get(piece) or _literal_or_set(piece) for piece in pieces), re.IGNORECASE)


def _literal_or_set(piece: str) -> str:
    if len(piece) > 2 and piece.startswith("[") and piece.endswith("]"):
        inner = piece[1:-1].replace("\\", r"\\").replace("^", r"\^").replace("[", r"\[")
        return "[" + ("^" + inner[1:] if inner.startswith("!") else inner) + "]"
    return re.escape(piece)
