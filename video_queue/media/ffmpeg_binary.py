"""Which ffmpeg is used, and what it can really do on this machine.

The `ffmpeg` setting wins over the one inside the imageio-ffmpeg wheel; one on PATH is only for machines that the wheel
has none for. Versions differ in frames and samples: with 6.0 or 7.0 sound of 12 s grows by 10 ms, and some clips lose
frames. An encoder is usable only once it has encoded one frame here: builds list NVENC on machines without such a card.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass
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
    "dnxhr": ("dnxhd",),
    "ffv1": ("ffv1",),
}
_HARDWARE = re.compile(r"_(nvenc|qsv|amf|videotoolbox|vaapi)$")

# Chosen only where they are asked for: their pictures must be brought to the chip, which `media.convert` does.
_UPLOADING: dict[str, tuple[str, ...]] = {
    "h264": ("h264_vaapi",), "hevc": ("hevc_vaapi",), "av1": ("av1_vaapi",), "vp9": ("vp9_vaapi",),
}  # fmt: skip

_TRIAL_PIXELS = {"prores": "yuv422p10le", "dnxhd": "yuv422p"}

# Hardware encoders have few sessions; trying two at once could refuse both.
_trial = threading.Lock()
_trials: dict[tuple[Path, tuple[int, int], str, Picture], bool] = {}


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
    try:
        program = shutil.which(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        program = None
    if program is None or version(Path(program)) < OLDEST:
        raise fail("media_failed.no_ffmpeg")
    return Path(program).absolute()


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


@dataclass(frozen=True)
class Picture:
    """What an encoder is tried with: some chips encode 8 bits only, or pictures up to a size."""

    width: int = 320
    height: int = 240
    pixels: str = "yuv420p"


def usable_encoder(ffmpeg: Path, codec: str, preferred: str = "auto", picture: Picture | None = None) -> str:
    """The encoder to use for `codec`, tried with one frame; a hardware encoder with one like `picture`.

    `preferred` is an encoder's name, `auto` (software first), `software` or `hardware`. If it is not usable here, the
    first one that is comes back instead: compare the result with `preferred`.

    Raises:
        VqError: media_failed.no_encoder.
    """
    listed = encoders(ffmpeg)
    names = _candidates(codec, preferred)
    for name in names:
        if name in listed and encodes_one_frame(ffmpeg, name, picture):
            return name
    raise fail("media_failed.no_encoder", codec=codec, tried=", ".join(names))


def tries_hardware(ffmpeg: Path, codec: str, preferred: str, picture: Picture | None = None) -> bool:
    """Whether `usable_encoder` would try a hardware encoder that was not tried yet."""
    listed, stamp = encoders(ffmpeg), _stamp(ffmpeg)
    for name in _candidates(codec, preferred):
        works = _trials.get(
            (ffmpeg, stamp, name, _tried_with(name, picture)), None if name in listed else False
        )
        if works is not False:
            return works is None and is_hardware(name)
    return False


def hardware_encoders(codec: str) -> list[str]:
    """The names of the chips' encoders for `codec`, in the order in which they are tried."""
    return [*(name for name in ENCODERS[codec] if is_hardware(name)), *_UPLOADING.get(codec, ())]


def _candidates(codec: str, preferred: str) -> list[str]:
    known = ENCODERS[codec]
    if preferred == "software":
        return [name for name in known if not is_hardware(name)]
    order = [*hardware_encoders(codec), *known] if preferred == "hardware" else [preferred, *known]
    return list(dict.fromkeys(name for name in order if codec_of(name) == codec))


def encodes_one_frame(ffmpeg: Path, encoder: str, picture: Picture | None = None) -> bool:
    """Whether `encoder` makes a frame on this machine (tried once in a process, then remembered)."""
    key = ffmpeg, _stamp(ffmpeg), encoder, _tried_with(encoder, picture)
    with _trial:
        if key not in _trials:
            _trials[key] = _encodes(ffmpeg, encoder, key[3])
        return _trials[key]


def is_hardware(encoder: str) -> bool:
    """Whether it is a chip's, to judge by its name."""
    return bool(_HARDWARE.search(encoder))


def codec_of(encoder: str) -> str | None:
    """The codec that `encoder` makes, None if it is not known."""
    codecs = (codec for codec, names in ENCODERS.items() if encoder in names)
    hardware = encoder.partition("_")[0] if is_hardware(encoder) else None
    return next(codecs, hardware if hardware in ENCODERS else None)


def _tried_with(encoder: str, picture: Picture | None) -> Picture:
    """Software is tried with any frame; it takes all that it is given."""
    if is_hardware(encoder) and picture:
        return picture
    return Picture(pixels=_TRIAL_PIXELS.get(encoder.partition("_")[0], "yuv420p"))


def _encodes(ffmpeg: Path, encoder: str, picture: Picture) -> bool:
    source = ["-f", "lavfi", "-i", f"color=c=gray:s={picture.width}x{picture.height}:r=25:d=0.04"]
    upload = upload_filter(encoder, picture.pixels)
    pixels = ["-filter:v", upload] if upload else ["-pix_fmt", picture.pixels]
    profile = ["-profile:v", "dnxhr_hq"] if encoder == "dnxhd" else []  # others want sizes of television
    sink = ["-frames:v", "1", *pixels, "-c:v", encoder, *profile, "-f", "null", "-"]
    device = device_options(encoder)
    return _run([str(ffmpeg), "-nostdin", "-hide_banner", "-v", "error", *device, *source, *sink])[0] == 0


def device_options(encoder: str) -> list[str]:
    """Global options for an encoder that takes its pictures from the chip's own memory."""
    return ["-init_hw_device", "vaapi=va", "-filter_hw_device", "va"] if encoder.endswith("_vaapi") else []


def upload_filter(encoder: str, pixels: str) -> str:
    """The filter that brings pictures there; empty where the encoder does it itself."""
    if not encoder.endswith("_vaapi"):
        return ""
    return f"format={'p010le' if '10' in pixels else 'nv12'},hwupload"


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
