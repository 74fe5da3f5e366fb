"""What runs here: versions, places, disks. For the page's header and for reports."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from pydantic import BaseModel

import video_queue
from video_queue.db.connection import sqlite_version
from video_queue.domain.errors import VqError
from video_queue.media import ffmpeg_binary
from video_queue.services.comfyui import ComfyInfo
from video_queue.settings import Settings


class Disk(BaseModel):
    """The disk below a folder; bytes. Null where the folder is away."""

    path: str
    free: int | None
    total: int | None


class Gpu(BaseModel):
    """What ComfyUI renders on; `vram_total` in bytes."""

    name: str
    vram_total: int | None


class SystemInfo(BaseModel):
    """One look at the machine and the server; `reachable` says that other machines come in, with the token.

    `gpu` is as ComfyUI named it when it last answered.
    """

    version: str
    pid: int
    versions: dict[str, str]
    platform: str
    home: str
    output_root: str
    work_root: str
    comfy: ComfyInfo
    gpu: Gpu | None = None
    disks: list[Disk]
    reachable: bool = False


def system_info(settings: Settings, comfy: ComfyInfo) -> SystemInfo:
    """Blocking for a moment: the first call asks ffmpeg for its version."""
    return SystemInfo(
        version=video_queue.__version__,
        pid=os.getpid(),
        versions={
            "video_queue": video_queue.__version__,
            "python": platform.python_version(),
            "sqlite": ".".join(map(str, sqlite_version())),
            "ffmpeg": _ffmpeg(settings),
        },
        platform=platform.platform(),
        home=str(settings.home),
        output_root=str(settings.output_root),
        work_root=str(settings.work_root),
        comfy=comfy,
        gpu=Gpu(name=comfy.device, vram_total=comfy.vram_total) if comfy.device else None,
        disks=[_disk(settings.home), _disk(settings.output_root)],
        reachable=not settings.server.is_local and settings.server.token is not None,
    )


def _ffmpeg(settings: Settings) -> str:
    try:
        binary = ffmpeg_binary.locate(settings.ffmpeg)
    except VqError:
        return ""
    return ffmpeg_binary.version_line(binary).removeprefix("ffmpeg version ").partition(" ")[0]


def _disk(folder: Path) -> Disk:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return Disk(path=str(folder), free=None, total=None)
    return Disk(path=str(folder), free=usage.free, total=usage.total)
