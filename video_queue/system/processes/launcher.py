"""What runs between fork and a child's program on Linux. Started as a script, with nothing but the standard library.

It ties the child to its parent's life, lowers its priority, and where it is confined lays limits on it that the
program cannot take off again: memory, the files it may open, no connections (landlock(7), setrlimit(2)). What the
kernel does not know is left out.

argv: parent's pid, niceness, bytes of memory (0: no limit), number of readable places (-1: no rules for files),
number of writable places, the places, program, arguments.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_TCP = 1 << 0 | 1 << 1
_SIGKILL = 9
_IDLE = 19


def file_rights(version: int) -> int:
    """What the kernel's Landlock can keep a process from doing with files: everything but talking to devices."""
    return (1 << 13) - 1 | (1 << 13 if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)


def landlock_version() -> int:
    """The version of the kernel's Landlock; 0 where there is none."""
    try:
        call = ctypes.CDLL(None, use_errno=True).syscall
    except (OSError, AttributeError, TypeError):
        return 0
    return max(0, int(call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))))


def confine(readable: list[str] | None, writable: list[str], program: str) -> None:
    """Let this process open only these places and make no connection; without `readable` only the latter."""
    version = landlock_version()
    if version < 1:
        return
    rights = file_rights(version) if readable is not None else 0
    sockets = _TCP if version >= 4 else 0
    if not rights and not sockets:
        return
    libc: Any = ctypes.CDLL(None, use_errno=True)
    wanted = struct.pack("=QQ", rights, sockets) if version >= 4 else struct.pack("=Q", rights)
    ruleset = libc.syscall(_CREATE_RULESET, wanted, ctypes.c_size_t(len(wanted)), ctypes.c_uint32(0))
    if ruleset < 0:
        return
    if readable is not None:
        for place in readable:
            _allow(libc, ruleset, place, (_READ_FILE | _READ_DIR) & rights)
        for place in writable:
            _allow(libc, ruleset, place, rights & ~_EXECUTE)
        # Libraries are mapped, which is reading; the loader and the program are executed.
        for place in (program, "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/nix/store"):
            _allow(libc, ruleset, place, (_EXECUTE | _READ_FILE | _READ_DIR) & rights)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0))
    os.close(ruleset)


def _allow(libc: Any, ruleset: int, place: str, rights: int) -> None:
    if sys.platform != "linux":
        return
    try:
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(place):  # noqa: PTH112 - pathlib costs more than all the rest here
        rights &= _OF_FILES
    rule = struct.pack("=Qi", rights, descriptor)
    libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, ctypes.c_uint32(0))
    os.close(descriptor)


def _make_session_idle() -> None:
    """Between sessions niceness counts for nothing where the kernel groups by them (sched(7), autogroup)."""
    try:
        with open("/proc/self/autogroup", "w") as group:  # noqa: PTH123
            group.write(str(_IDLE))
    except OSError:
        pass


def main(arguments: list[str]) -> None:
    """Become the program."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    parent, nice, memory, readable, writable = map(int, arguments[:5])
    # A parent that died before prctl took effect shows by getppid.
    if os.getppid() != parent:
        os._exit(125)
    os.nice(nice)
    if nice == _IDLE:
        _make_session_idle()
    places = arguments[5:]
    count = max(0, readable)
    command = places[count + writable :]
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        confine(places[:count] if readable >= 0 else None, places[count : count + writable], command[0])
    try:
        os.execv(command[0], command)  # noqa: S606 - never a shell
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        os._exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
