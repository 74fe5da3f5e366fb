"""Taking over what an identical phase of another prompt made, instead of making it again.

A phase's key says what it is made from: its definition, its arguments resolved, and every file among them (an input
by path, size and time; a file of an earlier phase by that phase's key). Equal keys give equal files. What is taken is
linked or copied into the prompt's own folder, so that deleting the other job takes nothing away.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.db import reusable
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.db.reusable import Reusable
from video_queue.domain.errors import VqError
from video_queue.system.files.durable import hash_file, reflink

# Part of every key: raise it when drivers begin to make other files from the same arguments.
_VERSION = 1
# Up to here files are also compared by their contents.
_HASHED_FILES = 64
_HASHED_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """A phase's result with files of one's own, and the prompt (`12.3`) it was taken from."""

    result: dict[str, Any]
    origin: str


class PhaseReuse:
    """Finds and takes finished phases of other prompts."""

    def __init__(self, db: QueueDB, work_root: Path) -> None:
        self._db, self._work_root = db, work_root

    async def key(self, claim: Claim, made_from: Callable[[], Any]) -> str | None:
        """The key of a phase; None where its files cannot be told from others. `made_from` gives all it rests on."""
        keys = await self._db.read(reusable.phase_keys, claim.prompt_id)
        own = self._work_root / str(claim.job_id) / str(claim.index)
        return await asyncio.to_thread(_key, made_from, own, keys)

    async def take(self, claim: Claim, key: str | None, folder: Path, *, published: bool) -> Taken | None:
        """What another prompt's phase of this key made, now in `folder`; None where there is nothing intact.

        Files that are to be `published` share nothing with anybody's: they are copied, never linked.
        """
        if key is None or claim.anew or not claim.submission.get("reuse", True):
            return None
        for found in await self._db.read(reusable.find_phases, key, claim.prompt_id):
            theirs = self._folder(found)
            result = await asyncio.to_thread(_take, found, theirs, folder, may_link=not published)
            if result is not None:
                return Taken(result, f"{found.job_id}.{found.index}")
        return None

    def _folder(self, found: Reusable) -> Path:
        return self._work_root / str(found.job_id) / str(found.index) / f"{found.seq:02d}-{found.name}"


def describe_files(result: Mapping[str, Any], folder: Path) -> str | None:
    """The files of a result as they are now, for whoever takes them: JSON `[[bytes, sha256 or null], ...]`.

    None where the result names files outside `folder`: those are not the phase's to give away.
    """
    paths = [Path(text) for text in _paths(result)]
    try:
        sizes = [path.stat().st_size if path.is_relative_to(folder) else -1 for path in paths]
        if -1 in sizes:
            return None
        small = len(paths) <= _HASHED_FILES and sum(sizes) <= _HASHED_BYTES
        entries = [
            [size, hash_file(path) if small else None] for path, size in zip(paths, sizes, strict=True)
        ]
    except OSError:
        return None
    return json.dumps(entries)


def _key(made_from: Callable[[], Any], own: Path, keys: Mapping[int, str]) -> str | None:
    try:
        content = _told_by_content(made_from(), own, keys, {})
        text = json.dumps([_VERSION, content], sort_keys=True, allow_nan=False)
    except (VqError, _UntoldError, OSError, ValueError, TypeError):
        return None
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class _UntoldError(Exception):
    """A file that cannot be told from others."""


def _told_by_content(value: Any, own: Path, keys: Mapping[int, str], seen: dict[str, Any]) -> Any:
    """`value` with every file in it replaced by what tells its contents."""
    if isinstance(value, Mapping):
        return {str(key): _told_by_content(inner, own, keys, seen) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_told_by_content(inner, own, keys, seen) for inner in value]
    if not isinstance(value, str) or not os.path.isabs(value):  # noqa: PTH117 - called for every text of long lists
        return value
    if value not in seen:
        seen[value] = _fingerprint(value, own, keys)
    return seen[value]


def _fingerprint(text: str, own: Path, keys: Mapping[int, str]) -> Any:
    path = Path(text)
    if path.is_relative_to(own):
        phase, *rest = path.relative_to(own).parts
        key = keys.get(int(phase.partition("-")[0]))
        if key is None:
            raise _UntoldError(text)
        return ["made by", key, *rest]
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return text  # a text that only looks like a path
    if not path.is_file():
        raise _UntoldError(text)
    return ["file", text, found.st_size, found.st_mtime_ns]


def _take(found: Reusable, theirs: Path, folder: Path, *, may_link: bool) -> dict[str, Any] | None:
    """The result with all its files in `folder`, which is made anew; None when one of them is not what it was."""
    entries: list[list[Any]] = json.loads(found.files)
    paths = list(_paths(found.result))
    if len(entries) != len(paths):
        return None
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    moved: dict[str, str] = {}
    try:
        for number, (text, (size, sha256)) in enumerate(zip(paths, entries, strict=True), start=1):
            if text in moved:
                continue  # one file that the result names twice
            source = Path(text)
            at_home = source.is_relative_to(theirs)
            if not (_is_intact(source, size, sha256) if at_home else _is_published(source, found.published)):
                return None
            name = source.relative_to(theirs) if at_home else Path(f"{number:06d}{source.suffix}")
            _bring(source, folder / name, may_link=may_link and at_home)
            moved[text] = str(folder / name)
    except OSError:
        return None
    result: dict[str, Any] = _with_paths(found.result, moved)
    return result


def _is_published(path: Path, published: Mapping[str, tuple[int, str | None]]) -> bool:
    """Whether a file that was published (and moved there) is still what was published."""
    size, sha256 = published.get(str(path), (-1, None))
    return _is_intact(path, size, sha256 if size <= _HASHED_BYTES else None)


def _is_intact(path: Path, size: int, sha256: str | None) -> bool:
    return path.stat().st_size == size and (sha256 is None or hash_file(path) == sha256)


def _bring(source: Path, target: Path, *, may_link: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if may_link:
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    if not reflink(source, target):
        shutil.copyfile(source, target)


def _paths(value: Any) -> Iterator[str]:
    """Every absolute path in a result, in order."""
    if isinstance(value, str):
        if os.path.isabs(value):  # noqa: PTH117 - as above
            yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _paths(inner)


def _with_paths(value: Any, moved: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return moved.get(value, value)
    if isinstance(value, Mapping):
        return {key: _with_paths(inner, moved) for key, inner in value.items()}
    return [_with_paths(inner, moved) for inner in value] if isinstance(value, list) else value
