"""Which ffmpeg is used, and what it can really do on this machine.

The `ffmpeg` setting wins over one on PATH, that over the one inside the imageio-ffmpeg wheel. An encoder is usable
only once it has encoded one frame here: builds list NVENC on machines that have no such card.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from functools import lru_cache
from pathlib import Path

import imageio_ffmpeg

from video_queue.domain.catalogue import fail

OLDEST = (5, 1)  # the first release with -fps_mode
_TRY_SECONDS = 30.0
_VERSION = re.compile(r"ffmpeg version n?(\d+)\.(\d+)")
_SNAPSHOT = re.compile(r"ffmpeg version (N-\d+|\d{4}-\d\d-\d\d|git)")

# Software first, where crf means the same everywhere; then the platforms' own.
ENCODERS: dict[str, tuple[str, ...]] = {
    "h264": ("libx264", "h264_videotoolbox", "h264_nvenc", "h264_qsv", "h264_amf", "libopenh264"),
    "hevc": ("libx265", "hevc_videotoolbox", "hevc_nvenc", "hevc_qsv", "hevc_amf"),
    "av1": ("libsvtav1", "libaom-av1", "av1_nvenc", "av1_qsv", "av1_amf"),
    "vp9": ("libvpx-vp9",),
    "prores": ("prores_ks", "prores_videotoolbox", "prores"),
    "ffv1": ("ffv1",),
}
HARDWARE = re.compile(r"_(nvenc|qsv|amf|videotoolbox|vaapi)$")

# Hardware encoders have few sessions; trying two at once could refuse both.
_trial = threading.Lock()


def locate(setting: str | None = None) -> Path:
    """The ffmpeg to use, as an absolute path.

    Raises:
        VqError: media_failed.no_ffmpeg.
    """
    if setting:
        path = shutil.which(setting)
        if not path:
            raise fail("media_failed.no_ffmpeg")
        return Path(path).absolute()
    on_path = shutil.which("ffmpeg")
    if on_path and version(Path(on_path)) >= OLDEST:
        return Path(on_path).absolute()
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe()).absolute()
    except RuntimeError:
        raise fail("media_failed.no_ffmpeg") from None


def version(ffmpeg: Path) -> tuple[int, int]:
    """Major and minor version; (0, 0) if it does not run, (99, 0) for an unnumbered development build."""
    first = version_line(ffmpeg)
    if match := _VERSION.search(first):
        return int(match[1]), int(match[2])
    return (99, 0) if _SNAPSHOT.search(first) else (0, 0)


def version_line(ffmpeg: Path) -> str:
    """The first line of `ffmpeg -version`, for people; empty if it does not run."""
    return _ask(ffmpeg, _stamp(ffmpeg), "-version").partition("\n")[0].strip()


def encoders(ffmpeg: Path) -> frozenset[str]:
    """The names of all encoders that this build lists (not yet tried)."""
    rows = _ask(ffmpeg, _stamp(ffmpeg), "-encoders").partition("------")[2].splitlines()
    return frozenset(row.split()[1] for row in rows if len(row.split()) > 1)


def has_filter(ffmpeg: Path, name: str) -> bool:
    """Whether this build lists a filter of that name."""
    rows = _ask(ffmpeg, _stamp(ffmpeg), "-filters").splitlines()
    return any(len(row.split()) > 1 and row.split()[1] == name for row in rows)


def usable_encoder(ffmpeg: Path, codec: str, preferred: str = "auto") -> str:
    """The encoder to use for `codec`, tried with one frame.

    `preferred` is an encoder's name, `auto` (software first) or `hardware`. If it is not usable here, the first
    one that is comes back instead: compare the result with `preferred`.

    Raises:
        VqError: media_failed.no_encoder.
    """
    known = ENCODERS[codec]
    if preferred == "hardware":
        order = [*(name for name in known if HARDWARE.search(name)), *known]
    else:
        order = [name for name in (preferred, *known) if codec_of(name) == codec]
    listed = encoders(ffmpeg)
    tried = []
    for name in dict.fromkeys(order):
        tried.append(name)
        if name in listed and encodes_one_frame(ffmpeg, name):
            return name
    raise fail("media_failed.no_encoder", codec=codec, tried=", ".join(tried))


def encodes_one_frame(ffmpeg: Path, encoder: str) -> bool:
    """Whether `encoder` makes a frame on this machine (tried once, then remembered)."""
    with _trial:
        return _encodes(ffmpeg, _stamp(ffmpeg), encoder)


def codec_of(encoder: str) -> str | None:
    """The codec that `encoder` makes, None if it is not known."""
    codecs = (codec for codec, names in ENCODERS.items() if encoder in names)
    hardware = encoder.partition("_")[0] if HARDWARE.search(encoder) else None
    return next(codecs, hardware if hardware in ENCODERS else None)


@lru_cache(maxsize=256)
def _encodes(ffmpeg: Path, _build: tuple[int, int], encoder: str) -> bool:
    pixels = "yuv422p10le" if encoder.startswith("prores") else "yuv420p"
    source = ["-f", "lavfi", "-i", "color=c=gray:s=320x240:r=25:d=0.04"]
    sink = ["-frames:v", "1", "-pix_fmt", pixels, "-c:v", encoder, "-f", "null", "-"]
    return _run([str(ffmpeg), "-nostdin", "-hide_banner", "-v", "error", *source, *sink])[0] == 0


@lru_cache(maxsize=32)
def _ask(ffmpeg: Path, _build: tuple[int, int], question: str) -> str:
    return _run([str(ffmpeg), "-nostdin", "-hide_banner", question])[1]


def _run(command: list[str]) -> tuple[int, str]:
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        process = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_TRY_SECONDS, creationflags=flags,
            encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return -1, ""
    return process.returncode, process.stdout


def _stamp(ffmpeg: Path) -> tuple[int, int]:
    """Size and mtime: they identify the build at a path, whose answers are remembered."""
    try:
        status = os.stat(ffmpeg)  # noqa: PTH116 - one system call, no Path object made for it
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns
