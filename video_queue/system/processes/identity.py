"""Processes by number: when one started, and ending one only if it is still the same.

A pid alone proves nothing (numbers are used again), so a child's row holds its start time and command as well.
Standard library only: /proc on Linux, ps on macOS, `windows` on Windows.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    from video_queue.system.processes import windows

_PS_SECONDS = 5.0


def process_started(pid: int) -> str | None:
    """When process `pid` started, as a text to compare only; None if there is no such process (or a zombie)."""
    if sys.platform == "linux":
        return _linux_started(pid)
    if sys.platform == "win32":
        return windows.started(pid)
    return _ps(pid, "lstart")


def process_command(pid: int) -> str | None:
    """The command line of `pid`, words joined by blanks; None where it cannot be read."""
    if sys.platform == "linux":
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return None
        return " ".join(word.decode("utf-8", "surrogateescape") for word in raw.rstrip(b"\0").split(b"\0"))
    if sys.platform == "win32":
        return None
    return _ps(pid, "command")


def boot_id() -> str | None:
    """Which start of this machine it is, as a text to compare only; None where the system does not say."""
    if sys.platform == "linux":
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text().strip() or None
        except OSError:
            return None
    if sys.platform == "darwin":
        return _output(["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"])
    return None


def end_if_same(pid: int, started: str, command: str) -> bool:
    """End process `pid` at once if it is still the one that was recorded; whether it was.

    The start time must match; the command too where the platform gives it (what precedes it, such as an
    interpreter that has not yet called exec, does not matter).
    """
    if not started or process_started(pid) != started:
        return False
    now = process_command(pid)
    if now is not None and not now.endswith(command):
        return False
    if sys.platform == "win32":
        return windows.end(pid)
    import signal

    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def lower_priority(pid: int, niceness: int) -> None:
    """Let `pid` give way to what the artist does meanwhile."""
    if sys.platform != "win32":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, niceness)


def _linux_started(pid: int) -> str | None:
    """`BOOT:TICKS`, from field 22 of /proc/PID/stat (proc(5)); the boot id, since ticks count from the boot."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    boot = boot_id()
    return None if boot is None or fields[0] in "ZX" else f"{boot}:{fields[19]}"


def _ps(pid: int, column: str) -> str | None:
    return _output(["ps", "-ww", "-o", f"{column}=", "-p", str(pid)])


def _output(command: list[str]) -> str | None:
    """What a command prints, in the same words everywhere; None where it prints nothing."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PS_SECONDS, check=False,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
