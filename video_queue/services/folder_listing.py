"""What lies in a folder, for choosing inputs in a form: folders first, then media files, in natural order."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from video_queue.domain.catalogue import fail
from video_queue.domain.workflow import InputKind
from video_queue.services.folder_walk import Deadline, walk
from video_queue.services.roots import Roots
from video_queue.system.files.collect import EXTENSIONS, extension, is_ignored, natural_key
from video_queue.system.files.path_utils import normalize_input_path

_SECONDS = 2.0
EntryKind = Literal["folder", "video", "image", "audio", "other"]
_KINDS: tuple[tuple[EntryKind, InputKind], ...] = (
    ("video", InputKind.VIDEO),
    ("image", InputKind.IMAGE),
    ("audio", InputKind.AUDIO),
)


class Entry(BaseModel):
    """One file or folder. `mtime` is ISO 8601 UTC; a folder's `bytes` is null."""

    name: str
    path: str
    kind: EntryKind
    bytes: int | None
    mtime: str


class FolderListing(BaseModel):
    """One page of a folder. `parent` is null where it may not be listed; `roots` are where one may begin."""

    path: str
    parent: str | None
    roots: list[str]
    items: list[Entry]
    next_cursor: str | None = None


def list_folder(path: str | None, roots: Roots, *, start: int = 0, limit: int = 1000) -> FolderListing:
    """A page of the folder `path` (default: the first root), from entry number `start` on.

    Hidden and temporary files, and links that lead out of the roots, are left out.

    Raises:
        VqError: `path_not_allowed`, `not_found.folder`, `input_missing.not_a_folder`, `input_unreadable`.
    """
    allowed = roots.folders()
    if path is None and not allowed:
        raise fail("not_found.folder", path="")
    folder = allowed[0] if path is None else normalize_input_path(path)
    roots.guard(folder)
    folder = folder.resolve()
    entries = _entries(folder, roots)
    more = len(entries) > start + limit
    return FolderListing(
        path=str(folder),
        parent=str(folder.parent) if folder.parent != folder and roots.allows(folder.parent) else None,
        roots=[str(root) for root in allowed],
        items=entries[start : start + limit],
        next_cursor=str(start + limit) if more else None,
    )


def search_folder(
    path: str | None, words: str, roots: Roots, *, limit: int = 1000, seconds: float = _SECONDS
) -> FolderListing:
    """The files below the folder `path` whose names hold all of `words`, nearer ones first, found within `seconds`.

    Raises:
        VqError: as for `list_folder`.
    """
    listing = list_folder(path, roots, limit=0)
    folder, parts = Path(listing.path), words.casefold().split()
    matches = []
    for item in walk([folder], roots, Deadline(seconds), wants=partial(_has_words, parts)):
        if entry := _entry(item, roots, False):
            matches.append(entry)
        if len(matches) == limit:
            break
    return listing.model_copy(update={"items": matches, "next_cursor": None})


def _has_words(words: list[str], name: str) -> bool:
    return all(word in name.casefold() for word in words)


def _entries(folder: Path, roots: Roots) -> list[Entry]:
    may_be_own = roots.is_home(folder)
    try:
        with os.scandir(folder) as listing:
            shown = [_entry(item, roots, may_be_own) for item in listing if not is_ignored(item.name)]
    except FileNotFoundError:
        raise fail("not_found.folder", path=str(folder)) from None
    except NotADirectoryError:
        raise fail("input_missing.not_a_folder", path=str(folder)) from None
    except OSError as error:
        raise fail("input_unreadable.permission", path=str(folder), detail=error.strerror) from None
    entries = [entry for entry in shown if entry is not None]
    return sorted(entries, key=lambda entry: (entry.kind != "folder", natural_key(entry.name)))


def _entry(item: os.DirEntry[str], roots: Roots, may_be_own: bool) -> Entry | None:
    """None for what is gone again, is no file or folder, or leads out of the roots."""
    path = Path(item.path)
    try:
        if (item.is_symlink() or may_be_own) and not roots.allows(path):
            return None
        if not (item.is_dir() or item.is_file()):
            return None
        status = item.stat()
    except OSError:
        return None
    kind = "folder" if item.is_dir() else _kind(item.name)
    mtime = datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    size = None if kind == "folder" else status.st_size
    return Entry(name=item.name, path=str(path), kind=kind, bytes=size, mtime=mtime)


def _kind(name: str) -> EntryKind:
    suffix = extension(name)
    return next((kind for kind, known in _KINDS if suffix in EXTENSIONS[known]), "other")
