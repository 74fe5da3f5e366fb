"""Checks of the machine and the home: Python, SQLite, disks, permissions, the clock, types of files, the settings."""

from __future__ import annotations

import mimetypes
import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from video_queue.db.connection import FIRST_WITHOUT_WAL_RESET_BUG, sqlite_version
from video_queue.db.soundness import Soundness
from video_queue.outputs.publish_method import probe_publish_method
from video_queue.services.doctor.check import Check, check
from video_queue.settings import Settings
from video_queue.system.home.disk import network_file_system
from video_queue.system.processes.confinement import confined_to

_GB, _MB = 10**9, 10**6
_LONG_LOG = 128 * _MB
# A clock that differs by more than this was set; files of other machines may differ by a little.
_CLOCK_SECONDS = 60.0
_OLDEST_YEAR = 2025
# What browsers refuse to run or play under another type (https://mimesniff.spec.whatwg.org/#javascript-mime-type).
_BROWSER_TYPES = {
    ".js": ("text/javascript", "application/javascript"),
    ".css": ("text/css",),
    ".mp4": ("video/mp4",),
}


def machine_checks(settings: Settings) -> list[Check]:
    """What needs no database."""
    return [
        _python(),
        _sqlite(),
        _write_ahead_log(settings),
        _home(settings),
        _permissions(settings),
        exposure(settings),
        confinement(settings, confined_to()),
        file_types(mimetypes.MimeTypes()),
    ]


def disk_checks(settings: Settings) -> list[Check]:
    """Where outputs and the home are written."""
    return [
        _outputs(settings),
        _disk("disk of the outputs", settings.output_root, settings),
        _disk("disk of the home", settings.home, settings),
    ]


def _python() -> Check:
    text = f"Python {platform.python_version()} on {platform.system() or sys.platform} {platform.machine()}"
    return check("python", "ok", text)


def _sqlite() -> Check:
    text = "SQLite " + ".".join(map(str, sqlite_version()))
    if sqlite_version() < FIRST_WITHOUT_WAL_RESET_BUG:
        text += " (its WAL-reset race needs two writers; video_queue is the only one)"
    return check("sqlite", "ok", text)


def _write_ahead_log(settings: Settings) -> Check:
    """It shrinks to 64 MB by itself, but not below what another program still reads."""
    path = settings.db_path.with_name(f"{settings.db_path.name}-wal")
    size = path.stat().st_size if path.exists() else 0
    message = f"the write-ahead log of the database has {size / _MB:.0f} MB"
    if size <= _LONG_LOG:
        return check("write-ahead log", "ok", message)
    fix = f"Close what else has {settings.db_path} open (a database browser, a shell); it shrinks by itself then."
    return check("write-ahead log", "warn", message, fix=fix)


def database(soundness: Soundness) -> Check:
    """What is known of its damage."""
    if not soundness.problems:
        checked = f"checked {soundness.checked_at}" if soundness.checked_at else "not checked yet"
        return check("database", "ok", f"no damage is known ({checked})")
    message = f"damage was found {soundness.checked_at}: {soundness.problems[0]}"
    fix = "Stop vq serve and start it again: it repairs its indexes, or names the backup to restore."
    return check("database", "fail", message, fix=fix)


def _home(settings: Settings) -> Check:
    home = settings.home
    if kind := network_file_system(home if home.exists() else home.parent):
        fix = "Put the home on a local disk: --home DIR or VQ_HOME; outputs may go to the network."
        return check("home", "fail", f"{home} is on a network disk ({kind})", fix=fix)
    if not home.exists() and os.access(_nearest(home), os.W_OK):
        return check("home", "ok", f"{home} is made by the first vq serve or vq submit")
    if not home.is_dir():
        return check("home", "fail", f"{home} cannot be made", fix="Name another: --home DIR or VQ_HOME.")
    if not os.access(home, os.W_OK):
        return check("home", "fail", f"{home} cannot be written", fix=f"chmod u+rwx {home}")
    return check("home", "ok", f"{home} is local and can be written")


def _permissions(settings: Settings) -> Check:
    """The secret and the token open the server, and the database holds every prompt: nobody else may read them."""
    files = (settings.home / "secret", settings.settings_path, settings.server_json, settings.db_path)
    shared = [file for file in files if _others_can_read(file)]
    if not shared:
        return check("permissions", "ok", "nobody else can read the home's secrets and database")
    names = " ".join(map(str, shared))
    message = f"others can read {names}"
    return check("permissions", "warn", message, fix=f"chmod 600 {names}")


def _others_can_read(file: Path) -> bool:
    try:
        mode = file.stat().st_mode
    except OSError:
        return False
    open_folder = os.name == "posix" and file.parent.stat().st_mode & 0o011
    return bool(open_folder and mode & (stat.S_IRGRP | stat.S_IROTH))


def _outputs(settings: Settings) -> Check:
    root = settings.output_root
    if not root.exists() and settings.makes_output_root and os.access(_nearest(root), os.W_OK):
        return check("outputs", "ok", f"{root} is made by the first vq serve or vq submit")
    if not root.is_dir():
        fix = "Connect its drive, or make the folder."
        return check("outputs", "warn", f"{root} is not there", fix=fix)
    try:
        method = probe_publish_method(root)
    except OSError as error:
        message = f"{root} cannot be written: {error.strerror}"
        return check("outputs", "fail", message, fix="Give yourself write permission on it.")
    return check("outputs", "ok", f"{root} can be written; names are given by {method}")


def _disk(name: str, folder: Path, settings: Settings) -> Check:
    there = _nearest(folder)
    try:
        free = shutil.disk_usage(there).free / _GB
    except OSError as error:
        return check(name, "warn", f"{there}: {error.strerror}", fix="Check the drive.")
    message = f"{free:.1f} GB free in {there}; {settings.min_free_gb:g} GB are kept free"
    if free < settings.min_free_gb:
        return check(name, "fail", message, fix="Free some space, or lower min_free_gb.")
    return check(name, "ok", message)


def environment(settings: Settings) -> Check:
    """Whether each VQ_ variable names a setting."""
    if not settings.ignored:
        return check("settings", "ok", "all settings are understood")
    message = f"these variables name no setting: {', '.join(settings.ignored)}"
    return check("settings", "warn", message, fix="Correct their names; vq config lists all.")


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest above it that is there."""
    return next((path for path in (folder, *folder.parents) if path.exists()), folder)


def exposure(settings: Settings) -> Check:
    """Whether a computer other than this one can reach the server, and whether it needs the token for that."""
    server = settings.server
    place = f"{server.host}:{server.port}"
    if server.token is not None:
        reach = "this machine" if server.is_local else "the network"
        return check("access", "ok", f"{place} can be reached from {reach}, with the token")
    fix = "vq config server.token with a long random text."
    if not server.is_local:
        return check("access", "fail", f"{place} would be open to the network without a token", fix=fix)
    if server.allowed_hosts:
        names = ", ".join(server.allowed_hosts)
        return check("access", "warn", f"who reaches {place} as {names} needs no token", fix=fix)
    return check("access", "ok", f"{place} can be reached from this machine only")


def confinement(settings: Settings, limits: tuple[str, ...]) -> Check:
    """What ffmpeg is held to while it reads files that others made."""
    if not settings.confine:
        return check("confinement", "warn", "ffmpeg may open any file", fix="vq config confine true")
    if "its own files" not in limits:
        return check("confinement", "ok", f"this system cannot hold ffmpeg to its files ({_system()})")
    return check("confinement", "ok", f"ffmpeg is held to {', '.join(limits)}")


def _system() -> str:
    return f"{platform.system()} {platform.release()}"


def file_types(table: mimetypes.MimeTypes) -> Check:
    """The types that this machine gives to files: on Windows a program may have put wrong ones into the registry."""
    table_of_windows = getattr(table, "read_windows_registry", None)
    if sys.platform == "win32" and table_of_windows is not None:
        table_of_windows()
    problems = [
        f"{suffix} is {type_}"
        for suffix, types in _BROWSER_TYPES.items()
        if (type_ := table.guess_type(f"x{suffix}")[0]) not in (None, *types)
    ]
    if not problems:
        return check("file types", "ok", "scripts, styles and videos have the types that browsers expect")
    message = f"this machine says that {', '.join(problems)}"
    fix = "Correct it (Windows: HKEY_CLASSES_ROOT): ComfyUI's page stays blank; vq's own names its types itself."
    return check("file types", "warn", message, fix=fix)


def clock(settings: Settings, now: float, newest_event: str | None, drift: float) -> Check:
    """Whether the time can be right: after what was stored last, and in step with a clock that nobody sets.

    `drift` are the seconds by which the time differed from such a clock while the checks ran.
    """
    fix = (
        "Set the clock (timedatectl set-ntp true, or the system's settings); schedules and keep.* follow it."
    )
    shown = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S} UTC"
    if datetime.fromtimestamp(now, UTC).year < _OLDEST_YEAR:
        return check("clock", "fail", f"it is said to be {shown}", fix=fix)
    newest, name = max(_stored_moments(settings, newest_event), default=(0.0, ""))
    if newest > now + _CLOCK_SECONDS:
        ahead = f"{(newest - now) / 60:.0f} min"
        return check(
            "clock", "warn", f"it is {shown}, and {name} is of {ahead} later: it was set back", fix=fix
        )
    if abs(drift) > 1.0:
        return check("clock", "warn", f"the time was set by {drift:.0f} s while these checks ran", fix=fix)
    return check("clock", "ok", f"{shown}, after everything that was stored")


def _stored_moments(settings: Settings, newest_event: str | None) -> Iterator[tuple[float, str]]:
    if newest_event is not None:
        yield datetime.fromisoformat(newest_event).timestamp(), "the newest event"
    for path in (settings.db_path, settings.settings_path, settings.logs_dir / "vq.log"):
        if path.exists():
            yield path.stat().st_mtime, str(path)
