"""A ZIP archive as a stream: stored, not compressed (videos do not shrink), and never whole in memory."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the format has no earlier moment


def zip_stream(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """The bytes of an archive that holds each file under its name. Files that cannot be read are left out.

    Sizes follow the data (ZIP64 data descriptors), so the archive needs no seeking and no limit.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, path in files:
            try:
                source = path.open("rb")
            except OSError:
                continue
            with source, archive.open(_entry(name, path), "w", force_zip64=True) as member:
                while chunk := source.read(_CHUNK):
                    member.write(chunk)
                    yield from sink.drain()
            yield from sink.drain()
    yield from sink.drain()


def unique_names(paths: Iterable[Path]) -> list[tuple[str, Path]]:
    """Each path with its file name; equal names get `_2`, `_3` (case ignored)."""
    used: set[str] = set()
    named = []
    for path in paths:
        name, number = path.name, 2
        while name.casefold() in used:
            name, number = f"{path.stem}_{number}{path.suffix}", number + 1
        used.add(name.casefold())
        named.append((name, path))
    return named


def _entry(name: str, path: Path) -> zipfile.ZipInfo:
    moment = time.localtime(path.stat().st_mtime)[:6]
    entry = zipfile.ZipInfo(name, max(moment, _EARLIEST))
    entry.external_attr = 0o644 << 16
    return entry


class _Sink(io.RawIOBase):
    """A file that can only be written: it keeps what `zipfile` wrote since the last `drain()`."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Keep a copy: zipfile may use its buffer again."""
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def drain(self) -> list[bytes]:
        """What was written since the last call."""
        parts, self._parts = self._parts, []
        return parts
