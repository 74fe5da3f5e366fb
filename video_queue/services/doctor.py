"""Is everything there that video_queue needs? One check each, with what to do about it.

Used by `vq doctor` and `GET /api/doctor`. No check changes anything, except for empty trial files in the output
folder that are removed at once.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import stat
import sys
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from video_queue.comfy.client import DEFAULT_URLS, ComfyAnswerError, ComfyClient, ComfyGoneError
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.comfy.preflight import missing_classes
from video_queue.db.connection import FIRST_WITHOUT_WAL_RESET_BUG, sqlite_version
from video_queue.db.queue_db import QueueDB
from video_queue.db.soundness import Soundness, read_soundness
from video_queue.domain.errors import VqError
from video_queue.media import ffmpeg_binary
from video_queue.outputs.publish_method import probe_publish_method
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.settings import Settings
from video_queue.system.home.disk import network_file_system

State = Literal["ok", "warn", "fail"]
_WANTED = ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "prores_ks", "ffv1")
_GB, _MB = 10**9, 10**6
_LONG_LOG = 128 * _MB
_COMFY_SECONDS = 2.0


class Check(BaseModel):
    """One line of the doctor's answer; `fix` is empty when nothing is to be done."""

    name: str
    state: State
    message: str
    fix: str = ""


def _check(name: str, state: State, message: str, fix: str = "") -> Check:
    return Check(name=name, state=state, message=message, fix=fix)


async def run_checks(
    settings: Settings, workflows: WorkflowService, catalogue: ComfyCatalogue, db: QueueDB
) -> list[Check]:
    """All checks, in the order in which trouble should be put right; a few seconds at most."""
    return [
        *await asyncio.to_thread(_machine, settings),
        _database(await db.read(read_soundness)),
        await asyncio.to_thread(_workflows, workflows),
        await _comfy(settings),
        await asyncio.to_thread(_nodes, workflows, catalogue),
        _environment(settings),
    ]


def _machine(settings: Settings) -> list[Check]:
    return [
        _python(),
        _sqlite(),
        _write_ahead_log(settings),
        _home(settings),
        _permissions(settings),
        *_ffmpeg(settings),
        _outputs(settings.output_root),
        _disk("disk of the outputs", settings.output_root, settings),
        _disk("disk of the home", settings.home, settings),
    ]


def _python() -> Check:
    text = f"Python {platform.python_version()} on {platform.system() or sys.platform} {platform.machine()}"
    return _check("python", "ok", text)


def _sqlite() -> Check:
    text = "SQLite " + ".".join(map(str, sqlite_version()))
    if sqlite_version() < FIRST_WITHOUT_WAL_RESET_BUG:
        text += " (its WAL-reset race needs two writers; video_queue is the only one)"
    return _check("sqlite", "ok", text)


def _write_ahead_log(settings: Settings) -> Check:
    """It shrinks to 64 MB by itself, but not below what another program still reads."""
    path = settings.db_path.with_name(f"{settings.db_path.name}-wal")
    size = path.stat().st_size if path.exists() else 0
    message = f"the write-ahead log of the database has {size / _MB:.0f} MB"
    if size <= _LONG_LOG:
        return _check("write-ahead log", "ok", message)
    fix = f"Close what else has {settings.db_path} open (a database browser, a shell); it shrinks by itself then."
    return _check("write-ahead log", "warn", message, fix=fix)


def _database(soundness: Soundness) -> Check:
    if not soundness.problems:
        checked = f"checked {soundness.checked_at}" if soundness.checked_at else "not checked yet"
        return _check("database", "ok", f"no damage is known ({checked})")
    message = f"damage was found {soundness.checked_at}: {soundness.problems[0]}"
    fix = "Stop vq serve and start it again: it repairs its indexes, or names the backup to restore."
    return _check("database", "fail", message, fix=fix)


def _home(settings: Settings) -> Check:
    home = settings.home
    if kind := network_file_system(home if home.exists() else home.parent):
        fix = "Put the home on a local disk: --home DIR or VQ_HOME; outputs may go to the network."
        return _check("home", "fail", f"{home} is on a network disk ({kind})", fix=fix)
    if not home.is_dir():
        return _check("home", "warn", f"{home} does not exist yet", fix="Run vq serve once.")
    if not os.access(home, os.W_OK):
        return _check("home", "fail", f"{home} cannot be written", fix=f"chmod u+rwx {home}")
    return _check("home", "ok", f"{home} is local and can be written")


def _permissions(settings: Settings) -> Check:
    """The secret and the token open the server: nobody else may read them."""
    files = (settings.home / "secret", settings.settings_path, settings.server_json)
    shared = [file for file in files if _others_can_read(file)]
    if not shared:
        return _check("permissions", "ok", "nobody else can read the home's secrets")
    names = " ".join(map(str, shared))
    message = f"others can read {names}"
    return _check("permissions", "warn", message, fix=f"chmod 600 {names}")


def _others_can_read(file: Path) -> bool:
    try:
        mode = file.stat().st_mode
    except OSError:
        return False
    open_folder = os.name == "posix" and file.parent.stat().st_mode & 0o011
    return bool(open_folder and mode & (stat.S_IRGRP | stat.S_IROTH))


def _ffmpeg(settings: Settings) -> list[Check]:
    try:
        binary = ffmpeg_binary.locate(settings.ffmpeg)
    except VqError as error:
        return [_check("ffmpeg", "fail", error.message, fix=error.hint)]
    line = ffmpeg_binary.version_line(binary).partition(" Copyright")[0]
    if ffmpeg_binary.version(binary) < ffmpeg_binary.OLDEST:
        oldest = ".".join(map(str, ffmpeg_binary.OLDEST))
        fix = f"Install ffmpeg {oldest} or newer, or take the setting ffmpeg out to use the bundled one."
        return [_check("ffmpeg", "fail", f"{line or binary} at {binary} is too old", fix=fix)]
    listed = ffmpeg_binary.encoders(binary)
    there = [name for name in _WANTED if name in listed]
    missing = [name for name in _WANTED if name not in listed]
    message = ", ".join(there) + (f"; not {', '.join(missing)}" if missing else "")
    state: State = "ok" if "libx264" in listed else "warn"
    fix = "" if state == "ok" else "Use a build of ffmpeg with libx264; the bundled one has it."
    return [_check("ffmpeg", "ok", f"{line} at {binary}"), _check("encoders", state, message, fix=fix)]


def _outputs(root: Path) -> Check:
    if not root.is_dir():
        fix = "Connect its drive, or make the folder."
        return _check("outputs", "warn", f"{root} is not there", fix=fix)
    try:
        method = probe_publish_method(root)
    except OSError as error:
        message = f"{root} cannot be written: {error.strerror}"
        return _check("outputs", "fail", message, fix="Give yourself write permission on it.")
    return _check("outputs", "ok", f"{root} can be written; names are given by {method}")


def _disk(name: str, folder: Path, settings: Settings) -> Check:
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    try:
        free = shutil.disk_usage(there).free / _GB
    except OSError as error:
        return _check(name, "warn", f"{there}: {error.strerror}", fix="Check the drive.")
    message = f"{free:.1f} GB free in {there}; {settings.min_free_gb:g} GB are kept free"
    if free < settings.min_free_gb:
        return _check(name, "fail", message, fix="Free some space, or lower min_free_gb.")
    return _check(name, "ok", message)


def _workflows(workflows: WorkflowService) -> Check:
    broken = [info for info in workflows.list() if info.problems]
    if not broken:
        return _check("workflows", "ok", "all workflow files can be read")
    message = "; ".join(f"{Path(info.source).name}: {info.problems[0].message}" for info in broken)
    return _check("workflows", "warn", message, fix="Correct the files; vq workflow check NAME.")


async def _comfy(settings: Settings) -> Check:
    urls = (settings.comfy.url,) if settings.comfy.url else DEFAULT_URLS
    for url in urls:
        if version := await _comfy_version(url):
            return _check("comfyui", "ok", f"ComfyUI {version} answers at {url}")
    fix = "Start ComfyUI, or set comfy.url. Media steps work without it."
    return _check("comfyui", "warn", f"no ComfyUI answers at {' or '.join(urls)}", fix=fix)


async def _comfy_version(url: str) -> str | None:
    """The version of the ComfyUI at `url`; None if nothing answers like one."""
    client = ComfyClient(url)
    try:
        async with asyncio.timeout(_COMFY_SECONDS):
            system = (await client.system_stats()).get("system")
    except (ComfyGoneError, ComfyAnswerError, TimeoutError):
        return None
    finally:
        await client.close()
    if not isinstance(system, dict) or "comfyui_version" not in system:
        return None
    return f"{system['comfyui_version']}{' (simulated)' if system.get('simulated') else ''}"


def _nodes(workflows: WorkflowService, catalogue: ComfyCatalogue) -> Check:
    """Whether ComfyUI had every node class that workflows need, when it was last asked."""
    missing = _missing_classes(workflows, catalogue)
    if not missing:
        message = "no workflow needs a node class that is known to be missing"
        return _check("nodes", "ok", message)
    message = "; ".join(f"{name} needs {', '.join(classes)}" for name, classes in missing.items())
    fix = "Install the custom nodes in ComfyUI, then restart it."
    return _check("nodes", "warn", message, fix=fix)


def _missing_classes(workflows: WorkflowService, catalogue: ComfyCatalogue) -> dict[str, list[str]]:
    """By workflow; empty where ComfyUI was never asked."""
    info = catalogue.load()
    if not info:
        return {}
    sound = [workflows.get(entry.name) for entry in workflows.list() if not entry.problems]
    missing = {loaded.definition.name: missing_classes(loaded, info) for loaded in sound}
    return {name: classes for name, classes in missing.items() if classes}


def _environment(settings: Settings) -> Check:
    if not settings.ignored:
        return _check("settings", "ok", "all settings are understood")
    message = f"these variables name no setting: {', '.join(settings.ignored)}"
    return _check("settings", "warn", message, fix="Correct their names; vq config lists all.")
