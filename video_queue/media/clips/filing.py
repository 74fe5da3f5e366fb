"""Putting files into a folder for good: whole and compared before they have their name, nothing there replaced.

A list beside them says what is where. It is also what a run that was killed goes on from: a file that is there
already, with the same contents, is not copied again, and one that was moved is known by the list.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import fail
from video_queue.media.reading import raise_if_stopped
from video_queue.system.files.durable import hash_file, link_file, sync_file, sync_folder
from video_queue.system.files.names import safe_file_name, with_suffix

_CHUNK = 4 * 1024 * 1024
_ENDING = ".archive.json"


@dataclass(frozen=True)
class Filed:
    """A file in its folder. `sha256` is what its source held; None where nothing was compared."""

    path: Path
    size: int
    sha256: str | None


@dataclass(frozen=True)
class Filing:
    """One run's way of filing. `owner` names the run, the same each time it is begun again.

    `link`: a file that is moved within a disk is linked rather than copied.
    """

    folder: Path
    owner: str
    compare: bool
    link: bool
    stop: threading.Event
    report: Callable[[int], None]

    def file(self, source: Path) -> Filed:
        """`source` in the folder under its own name, or with a number where another file has that.

        Raises:
            VqError: input_missing, bad_output (the copy is another).
            StoppedError: asked to stop.
        """
        part = self.folder / f".{_token(self.owner)}.{os.getpid()}.part"
        try:
            size = source.stat().st_size
        except FileNotFoundError:
            raise fail("input_missing.file", path=str(source)) from None
        for target in self._names(source):
            if target.exists():
                if target.stat().st_size == size and (digest := hash_file(source)) == hash_file(target):
                    self.report(size)
                    return Filed(target, size, digest)
                continue
            sha256 = self._write(source, part)
            if not _give_name(part, target):
                continue
            sync_folder(self.folder)
            return Filed(target, size, sha256)
        raise AssertionError("names never end")

    def _names(self, source: Path) -> Iterator[Path]:
        stem = safe_file_name(source.stem)
        yield self.folder / with_suffix(stem, source.suffix)
        for number in range(2, 1_000_000):
            yield self.folder / with_suffix(f"{stem}_{number}", source.suffix)

    def _write(self, source: Path, part: Path) -> str | None:
        part.unlink(missing_ok=True)
        if self.link and link_file(source, part):
            self.report(source.stat().st_size)
            return hash_file(part) if self.compare else None
        digest = hashlib.sha256()
        with source.open("rb") as reader, part.open("xb") as writer:
            while block := reader.read(_CHUNK):
                raise_if_stopped(self.stop)
                digest.update(block)
                writer.write(block)
                self.report(len(block))
        sync_file(part)
        if self.compare and hash_file(part) != digest.hexdigest():
            detail = "the copy is not what its source is"
            raise fail("bad_output.unreadable", name=source.name, detail=detail)
        return digest.hexdigest() if self.compare else None


def _give_name(part: Path, target: Path) -> bool:
    """Give a finished file its name; False where another file has it by now."""
    try:
        if not link_file(part, target):
            if target.exists():
                return False
            part.rename(target)
            return True
    except FileExistsError:
        return False
    part.unlink()
    return True


def remove_parts(folder: Path, owner: str) -> None:
    """Remove what a killed run of `owner` left half written."""
    for part in folder.glob(f".{_token(owner)}.*.part"):
        part.unlink(missing_ok=True)


def read_list(folder: Path, name: str, owner: str) -> tuple[Path, dict[str, Any]]:
    """The list of `owner` in the folder and what it holds; else a free name for one, and nothing."""
    for number in range(1, 1_000_000):
        label = name if number == 1 else f"{name}_{number}"
        path = folder / (safe_file_name(label) + _ENDING)
        if not path.exists():
            return path, {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        if isinstance(content, dict) and content.get("made_by") == owner:
            return path, content
    raise AssertionError("names never end")


def write_list(path: Path, content: Mapping[str, Any]) -> None:
    """Write the list whole, or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sync_file(part)
    part.replace(path)
    sync_folder(path.parent)


def _token(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()[:12]
