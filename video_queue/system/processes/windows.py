"""What Windows offers, through ctypes: a Job Object, creation times, ending by number, staying awake.

Imported on Windows only. Facts: learn.microsoft.com, "Job Objects", "GetProcessTimes".
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from contextlib import suppress
from ctypes import wintypes
from pathlib import Path

assert sys.platform == "win32"  # for the type checker

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.OpenProcess.restype = wintypes.HANDLE
_kernel.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
_kernel.CreateJobObjectW.restype = wintypes.HANDLE
_kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
_kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
_kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
_kernel.TerminateProcess.argtypes = (wintypes.HANDLE, wintypes.UINT)
_SET_QUOTA_AND_TERMINATE = 0x0100 | 0x0001
_QUERY_LIMITED = 0x1000
_KILL_ON_JOB_CLOSE = 0x2000
_EXTENDED_LIMITS = 9
_TASKKILL_SECONDS = 10.0
_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001


class _BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", wintypes.DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", wintypes.DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", wintypes.DWORD),
        ("SchedulingClass", wintypes.DWORD),
    )


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


def _make_job() -> int:
    """A job whose processes end when its last handle closes, that is, when this process ends."""
    job = _kernel.CreateJobObjectW(None, None)
    limits = _ExtendedLimits()
    limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
    _kernel.SetInformationJobObject(
        wintypes.HANDLE(job), _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
    )
    return int(job)


# The one job of this process, made with its first child.
_jobs: list[int] = []


def own_by_job(pid: int) -> None:
    """Put `pid` into this process's job, so that it ends with us."""
    if not _jobs:
        _jobs.append(_make_job())
    handle = _kernel.OpenProcess(_SET_QUOTA_AND_TERMINATE, False, pid)
    if handle:
        _kernel.AssignProcessToJobObject(_jobs[0], handle)
        _kernel.CloseHandle(handle)


def started(pid: int) -> str | None:
    """When `pid` was created (FILETIME as text); None if there is no such process."""
    handle = _kernel.OpenProcess(_QUERY_LIMITED, False, pid)
    if not handle:
        return None
    created, ended, kernel, user = (wintypes.FILETIME() for _ in range(4))
    known = _kernel.GetProcessTimes(
        wintypes.HANDLE(handle),
        ctypes.byref(created), ctypes.byref(ended), ctypes.byref(kernel), ctypes.byref(user),
    )  # fmt: skip
    _kernel.CloseHandle(handle)
    gone = ended.dwHighDateTime or ended.dwLowDateTime
    return f"{created.dwHighDateTime}:{created.dwLowDateTime}" if known and not gone else None


def end(pid: int) -> bool:
    """End `pid` at once; whether that was possible."""
    handle = _kernel.OpenProcess(_SET_QUOTA_AND_TERMINATE, False, pid)
    if not handle:
        return False
    ended = bool(_kernel.TerminateProcess(handle, 1))
    _kernel.CloseHandle(handle)
    return ended


def end_tree(pid: int) -> None:
    """End `pid` at once, with every process that it started and that still has it as its parent."""
    system = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32"
    command = [str(system / "taskkill.exe"), "/T", "/F", "/PID", str(pid)]
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(command, check=False, capture_output=True, timeout=_TASKKILL_SECONDS)


def stay_awake(awake: bool) -> None:
    """Keep the system from falling asleep until it is called with False, from the same thread."""
    state = _ES_CONTINUOUS | _ES_SYSTEM_REQUIRED if awake else _ES_CONTINUOUS
    _kernel.SetThreadExecutionState(wintypes.DWORD(state))
