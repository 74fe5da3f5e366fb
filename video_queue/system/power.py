"""What the operating systems offer to stay awake, to sleep and to shut down, as child processes found on PATH.

Facts: systemd-inhibit(1), systemctl(1), caffeinate(8), pmset(1); learn.microsoft.com, "SetThreadExecutionState".
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence

from video_queue.system.processes.programs import ProgramError, run_program

if sys.platform == "win32":
    from video_queue.system.processes import windows

SLEEP: Mapping[str, Sequence[str]] = {
    "linux": ["systemctl", "suspend"],
    "darwin": ["pmset", "sleepnow"],
    "win32": ["rundll32.exe", "powrprof.dll,SetSuspendState", "0", "1", "0"],
}
SHUTDOWN: Mapping[str, Sequence[str]] = {
    "linux": ["systemctl", "poweroff"],
    "darwin": ["osascript", "-e", 'tell application "System Events" to shut down'],
    "win32": ["shutdown", "/s", "/t", "0"],
}
_LOG = logging.getLogger(__name__)


async def stay_awake() -> None:
    """Keep the machine from falling asleep by itself, until cancelled; nothing happens where that is not possible."""
    if sys.platform == "win32":
        windows.stay_awake(True)
        try:
            await _for_ever()
        finally:
            windows.stay_awake(False)
    for command in _awake_commands():
        try:
            await run_program(command)
        except ProgramError as error:
            _LOG.info("the machine may fall asleep: %s", error)
    await _for_ever()


def _awake_commands() -> list[list[str]]:
    """Programs that keep the machine awake while they run, the best first; each ends with this process."""
    pid = str(os.getpid())
    if sys.platform == "darwin":
        return [["caffeinate", "-i", "-w", pid]]
    if sys.platform != "linux":
        return []
    inhibit = ["systemd-inhibit", "--who=video_queue", "--why=The queue is worked", "--mode=block"]
    wait = ["tail", f"--pid={pid}", "-f", "/dev/null"]
    # Not everybody may block sleep itself.
    return [[*inhibit, f"--what={what}", *wait] for what in ("idle:sleep", "idle")]


async def _for_ever() -> None:
    await asyncio.Event().wait()
