"""Limits for a program that reads files which others made: what it may open and how much memory it may take.

Linux only (see `launcher`); elsewhere they are left out, and `vq doctor` says so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SPARE_MEMORY = 8 * 2**30  # what threads reserve and never use
# What programs, their libraries and fonts need; nothing in it is a person's own.
_SYSTEM = (
    "/usr", "/lib", "/lib64", "/nix/store", "/proc", "/sys/devices/system", "/dev/null", "/dev/zero", "/dev/urandom",
    "/dev/random", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime", "/etc/ssl/openssl.cnf", "/etc/pki/tls",
    "/etc/crypto-policies", "/etc/alternatives", "/var/cache/fontconfig",
)  # fmt: skip
_FONTS = (".fonts", ".local/share/fonts", ".cache/fontconfig")
_WRITABLE = ("/dev/null",)
_PACKAGE = str(Path(__file__).parents[2])


@dataclass(frozen=True, slots=True)
class Confinement:
    """`readable` are the places that it may read besides the system's, None: any. `writable` may be written too."""

    readable: tuple[str, ...] | None
    writable: tuple[str, ...]

    def words(self, program: str) -> list[str]:
        """The launcher's words for it."""
        if self.readable is None or not _is_binary(program):
            return [str(_memory()), "-1", "0"]
        own = (str(Path.home() / name) for name in _FONTS)
        readable = dict.fromkeys([*_SYSTEM, _PACKAGE, *own, *self.readable])
        writable = [*_WRITABLE, *self.writable]
        return [str(_memory()), str(len(readable)), str(len(writable)), *readable, *writable]


UNCONFINED = ["0", "-1", "0"]


def readable_places(values: object) -> tuple[str, ...]:
    """The files and folders that `values` (JSON) name, with what the links in such a folder lead to."""
    places: dict[str, None] = {}
    for text in _texts(values):
        if os.path.isabs(text) and os.path.exists(text):  # noqa: PTH117, PTH110 - once for every text of a phase
            places[text] = None
            if os.path.isdir(text):  # noqa: PTH112
                places.update(dict.fromkeys(_linked(text)))
    return tuple(places)


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _linked(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.is_symlink()]
    except OSError:
        return []


def _memory() -> int:
    """Bytes of address space: no file may need more than the machine has."""
    if sys.platform == "win32":
        return 0
    return _SPARE_MEMORY + os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _is_binary(program: str) -> bool:
    """Whether it is no script, which would start further programs from anywhere."""
    try:
        with open(program, "rb") as file:  # noqa: PTH123
            return file.read(4) == b"\x7fELF"
    except OSError:
        return False


@cache
def confined_to() -> tuple[str, ...]:
    """What this system can hold a program to, in words; nothing where it can hold it to nothing."""
    if sys.platform != "linux":
        return ()
    from video_queue.system.processes.launcher import landlock_version

    version = landlock_version()
    limits = [("memory", True), ("its own files", version >= 1), ("no connections", version >= 4)]
    return tuple(text for text, holds in limits if holds)
