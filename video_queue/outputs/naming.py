"""The names of outputs: which are free, how versions and the members of a set are called.

An output is one file `NAME.ext`, or, when a phase made several files, one folder `NAME/`. A name is
free only when both the output's and its manifest's name are (docs/outputs.md).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from video_queue.outputs.manifest import MANIFEST_SUFFIX, manifest_path
from video_queue.system.files.names import safe_file_name
from video_queue.system.files.safe_join import safe_join

# 255 bytes is what every file system of the three platforms takes for one name; UTF-8 is the longest counting.
_NAME_BYTES = 255
_VERSION_ROOM = len("_v99999")


def version_name(stem: str, ext: str, version: int) -> str:
    """`clip.mp4` for version 1, then `clip_v2.mp4`, `clip_v3.mp4`; made safe, shortened to what a folder holds."""
    room = _NAME_BYTES - _VERSION_ROOM - len(os.fsencode(ext)) - len(MANIFEST_SUFFIX)
    return f"{safe_file_name(stem, limit=room)}{'' if version == 1 else f'_v{version}'}{ext}"


def free_name(folder: Path, stem: str, ext: str) -> Path:
    """The first version of `stem` + `ext` (`ext` may be empty, for a folder) that is free in `folder`.

    The file system itself is asked, so on one that ignores case `CLIP.mp4` takes the name `clip.mp4`. The answer
    may be stale a moment later: publishing refuses to replace, and asks again.

    Raises:
        OSError: if the folder cannot be read.
    """
    candidates = (folder / version_name(stem, ext, version) for version in count(1))
    return next(path for path in candidates if not _is_taken(path) and not _is_taken(manifest_path(path)))


def published_manifests(folder: Path, stem: str) -> Iterator[Path]:
    """The manifests beside outputs named `stem` (any extension) or one of its versions, lowest version first."""
    pattern = re.compile(
        re.escape(version_name(stem, "", 1)) + r"(?:_v(\d+))?(?:\.[^.]+)?" + re.escape(MANIFEST_SUFFIX)
    )
    try:
        names = [entry.name for entry in os.scandir(folder)]
    except FileNotFoundError:
        return
    matches = [(int(match[1] or 1), name) for name in names if (match := pattern.fullmatch(name))]
    yield from (folder / name for _version, name in sorted(matches))


def set_names(stem: str, files: Sequence[tuple[str, str]]) -> list[str]:
    """Names inside the folder of a set, for (kind, extension) of each file in order.

    Pictures are frames and count from 0 (`clip_000000.png`), other files are items and count from 1
    (`clip_001.mp4`); a file that is the only one of its extension is just `clip.vtt`.
    """
    extensions = [ext for _kind, ext in files]
    seen: dict[str, int] = {}
    names = []
    for kind, ext in files:
        index = seen[ext] = seen.get(ext, -1) + 1
        number = f"_{index:06}" if kind == "image" else f"_{index + 1:03}"
        names.append(version_name(stem, ("" if extensions.count(ext) == 1 else number) + ext, 1))
    return names


def folder_below(output_dir: Path, reldir: str) -> Path:
    """`output_dir / reldir`.

    Raises:
        VqError: `path_not_allowed.name` if `reldir` leads out of `output_dir`, links followed.
    """
    return safe_join(output_dir, reldir) if reldir else output_dir


def _is_taken(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True
