"""A process on a disk that fails: the kernel answers every fsync of it with EIO (seccomp), then it stages a file.

Usage: failing_disk_child.py SOURCE TARGET. Prints the errno that `stage_file` raised, 0 without one, "unsupported"
where the kernel has no such filter.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from pathlib import Path

from video_queue.outputs.staging import stage_file

# Numbers of the Linux kernel: linux/prctl.h, linux/seccomp.h, linux/bpf_common.h, asm/unistd.h.
_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ERRNO, _ALLOW = 0x00050000, 0x7FFF0000
_FSYNC = {"x86_64": 74, "aarch64": 82}


def fail_every_fsync() -> bool:
    """From now on fsync fails with EIO in this process; False where that cannot be had."""
    number = _FSYNC.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return False
    steps = [(_LOAD, 0, 0, 0), (_JUMP_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | errno.EIO)]
    code = b"".join(struct.pack("HBBI", *step) for step in [*steps, (_RETURN, 0, 0, _ALLOW)])
    program = struct.pack("HP", len(code) // 8, ctypes.addressof(buffer := ctypes.create_string_buffer(code)))
    libc = ctypes.CDLL(None)
    filtered = libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and libc.prctl(_SET_SECCOMP, _FILTER, program) == 0
    del buffer
    return filtered


def main() -> None:
    """Stage a file while every fsync fails."""
    if not fail_every_fsync():
        print("unsupported")
        return
    try:
        stage_file(Path(sys.argv[1]), Path(sys.argv[2]), may_link=True)
    except OSError as error:
        print(error.errno)
    else:
        print(0)


if __name__ == "__main__":
    main()
