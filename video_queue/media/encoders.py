"""Codec, crf and effort as each encoder's options, and what each container may hold.

High quality is the default: the crf values below are visually lossless for ordinary material.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from video_queue.domain.media.clips import Colour
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg_binary import (
    Picture,
    is_hardware,
    tries_hardware,
    upload_filter,
    usable_encoder,
)
from video_queue.media.phase_run import PhaseRun
from video_queue.system.processes.cancellation import in_thread

DEFAULT_CRF = {"h264": 18, "hevc": 20, "av1": 22, "vp9": 22, "prores": 0, "dnxhr": 0, "ffv1": 0}
DEFAULT_PIXELS = {
    "h264": "yuv420p", "hevc": "yuv420p", "av1": "yuv420p", "vp9": "yuv420p", "prores": "yuv422p10le",
    "dnxhr": "yuv422p", "ffv1": "rgb24",
}  # fmt: skip
SUFFIX = {
    "h264": ".mp4", "hevc": ".mp4", "av1": ".mp4", "vp9": ".webm", "prores": ".mov",
    "dnxhr": ".mov", "ffv1": ".mkv",
}  # fmt: skip

# Sound that may be copied as it is. FLAC and Opus in mp4 play in few players, so deliveries encode them.
COPIED_SOUND: dict[str, frozenset[str]] = {
    ".mp4": frozenset({"aac", "mp3", "ac3", "eac3", "alac"}),
    ".mov": frozenset({"aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"}),
    ".webm": frozenset({"opus", "vorbis"}),
    ".mkv": frozenset(
        {"aac", "mp3", "ac3", "eac3", "alac", "flac", "opus", "vorbis", "dts", "pcm_s16le", "pcm_s24le",
         "pcm_s32le", "pcm_f32le"}
    ),
}  # fmt: skip
_SOUND_ENCODER = {
    ".mp4": ("-c:a", "aac", "-b:a", "320k"),
    ".mov": ("-c:a", "pcm_s24le"),
    ".webm": ("-c:a", "libopus", "-b:a", "192k"),
    ".mkv": ("-c:a", "flac"),
    ".m4a": ("-c:a", "aac", "-b:a", "320k"),
    ".flac": ("-c:a", "flac"),
}
_DEEP = {"hevc": "yuv420p10le", "av1": "yuv420p10le", "vp9": "yuv420p10le", "dnxhr": "yuv422p10le"}
_DEPTH = re.compile(r"p(9|10|12|14|16)(?:le|be)?$")
_SVT_PRESET = {
    "ultrafast": 12, "superfast": 11, "veryfast": 10, "faster": 9, "fast": 8, "medium": 6, "slow": 4,
    "slower": 3, "veryslow": 2,
}  # fmt: skip
_CPU_USED = {
    "ultrafast": 8, "superfast": 7, "veryfast": 6, "faster": 5, "fast": 4, "medium": 2, "slow": 1, "slower": 0,
    "veryslow": 0,
}  # fmt: skip
_NVENC_PRESET = {
    "ultrafast": "p1", "superfast": "p1", "veryfast": "p2", "faster": "p3", "fast": "p4", "medium": "p5",
    "slow": "p6", "slower": "p7", "veryslow": "p7",
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """How a picture is to be encoded. `crf` None means the codec's default; `lossless` overrules it."""

    codec: str
    encoder: str
    pixels: str
    crf: int | None = None
    effort: str = "medium"
    colour: Colour = field(default_factory=Colour)
    lossless: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def quality(self) -> int:
        """The crf that is used."""
        return DEFAULT_CRF[self.codec] if self.crf is None else self.crf

    @property
    def part_suffix(self) -> str:
        """The container of a part that is joined later."""
        return ".mp4" if self.codec == "h264" else ".mkv"


def pixels_for(codec: str, facts: MediaFacts) -> str:
    """The pixel format in which `codec` keeps most of a clip and common players still show it."""
    if codec == "ffv1":
        return facts.pix_fmt.replace("yuvj", "yuv") if facts.pix_fmt else "yuv420p"
    if codec == "prores":
        return "yuva444p10le" if facts.alpha else "yuv422p10le"
    if codec == "dnxhr" and facts.bit_depth > 8:
        return "yuv444p10le" if "444" in (facts.pix_fmt or "") else "yuv422p10le"
    return _DEEP.get(codec, "yuv420p") if facts.bit_depth > 8 else DEFAULT_PIXELS[codec]


def pixels_of_pictures(codec: str, *, deep: bool, alpha: bool) -> str:
    """The pixel format in which `codec` keeps most of pictures with 16 bits a channel (`deep`), or transparency."""
    if codec == "ffv1":
        return {
            (False, False): "rgb24", (False, True): "bgra", (True, False): "gbrp16le", (True, True): "gbrap16le",
        }[deep, alpha]  # fmt: skip
    if codec == "prores" and alpha:
        return "yuva444p10le"
    return _DEEP.get(codec, DEFAULT_PIXELS[codec]) if deep else DEFAULT_PIXELS[codec]


def bits_of(pixels: str) -> int:
    """How many bits a channel has."""
    match = _DEPTH.search(pixels)
    return int(match[1]) if match else 8


def has_alpha(pixels: str) -> bool:
    """Whether a pixel format holds transparency."""
    return pixels.startswith(("yuva", "gbrap")) or pixels in ("rgba", "bgra")


def kept_codec(facts: MediaFacts) -> str:
    """The codec of a clip made from this one: that of an intermediate stays, else h264."""
    return {"prores": "prores", "ffv1": "ffv1", "dnxhd": "dnxhr"}.get(facts.codec or "", "h264")


async def choose_encoder(
    run: PhaseRun, target: Target, preferred: str = "auto", size: tuple[int, int] | None = None
) -> Target:
    """`target` with an encoder that works here; a warning when it is not the preferred one.

    A hardware encoder is tried with a frame of this `size` and these pixels, while no other phase uses one.

    Raises:
        VqError: media_failed.no_encoder.
    """
    picture = Picture(*size, target.pixels) if size else None
    trial = run.ffmpeg, target.codec, preferred, picture
    waits = await in_thread(lambda _stop: tries_hardware(*trial))
    async with run.hardware_encoder() if waits else nullcontext():
        name = await in_thread(lambda _stop: usable_encoder(*trial))
    if (
        preferred in ("auto", "software")
        or name == preferred
        or (preferred == "hardware" and is_hardware(name))
    ):
        return replace(target, encoder=name)
    warning = f"{preferred} is not usable here; {name} was used"
    if preferred == "hardware":
        warning = f"no hardware encoder for {target.codec} works here; {name} was used"
    return replace(target, encoder=name, warnings=(*target.warnings, warning))


def picture_options(target: Target, *, threads: int, pixels_per_second: float) -> list[str]:
    """The output options for `target`: encoder, quality, pixel format, threads."""
    pixels = [] if upload_filter(target.encoder, target.pixels) else ["-pix_fmt", _pixels(target)]
    return [
        "-c:v", target.encoder, *_quality(target, threads, pixels_per_second), *pixels,
        "-threads", str(_threads(target.encoder, threads)),
    ]  # fmt: skip


def rate_text(rate: Fraction) -> str:
    """A frame rate as ffmpeg reads it exactly."""
    return f"{rate.numerator}/{rate.denominator}"


def container_options(path: Path) -> list[str]:
    """Options that make a file playable while it downloads, where the container allows."""
    return ["-movflags", "+faststart"] if path.suffix in (".mp4", ".mov") else []


def copies_sound(suffix: str, codec: str) -> bool:
    """Whether sound of this codec is copied into a container of this suffix."""
    return codec in COPIED_SOUND[suffix]


def sound_options(suffix: str, codec: str) -> list[str]:
    """Copy where the container allows, else the container's own high-quality encoder."""
    return ["-c:a", "copy"] if copies_sound(suffix, codec) else encoded_sound(suffix)


def encoded_sound(suffix: str) -> list[str]:
    """The high-quality encoder of a container, for sound that was changed."""
    return list(_SOUND_ENCODER[suffix])


def _threads(encoder: str, cores: int) -> int:
    """How many threads keep so many cores busy: those of x264 work on one frame each and wait for the one before.

    Source: x264's own choice, 1.5 for each core (`x264 --fullhelp`).
    """
    return cores * 3 // 2 if encoder == "libx264" else cores


def _pixels(target: Target) -> str:
    """ffmpeg's name of the pixel format; ffv1 has RGB as bgr0."""
    return "bgr0" if target.encoder == "ffv1" and target.pixels == "rgb24" else target.pixels


def _quality(target: Target, threads: int, pixels_per_second: float) -> list[str]:
    name, effort = target.encoder, target.effort
    crf = str(target.quality)
    if name == "libx264":
        return ["-preset", effort, *(["-qp", "0", "-bf", "0"] if target.lossless else ["-crf", crf])]
    if name == "libx265":
        limits = f"log-level=error:pools={threads}" + (":lossless=1" if target.lossless else "")
        return ["-preset", effort, "-crf", crf, "-tag:v", "hvc1", "-x265-params", limits]
    if name == "libsvtav1":
        return ["-preset", str(_SVT_PRESET[effort]), "-crf", crf, "-svtav1-params", f"lp={threads}"]
    if name in ("libvpx-vp9", "libaom-av1"):
        used = min(_CPU_USED[effort], 8 if name == "libaom-av1" else 5)
        return ["-crf", crf, "-b:v", "0", "-row-mt", "1", "-cpu-used", str(used)]
    if name.startswith("prores"):
        return ["-profile:v", "4" if "444" in target.pixels else "3"]
    if name == "dnxhd":
        deep = "dnxhr_444" if "444" in target.pixels else "dnxhr_hqx"
        return ["-profile:v", deep if "10" in target.pixels else "dnxhr_hq"]
    if name == "ffv1":
        return ["-level", "3", "-g", "1", "-slices", "4", "-slicecrc", "1"]
    return _hardware_quality(name, effort, target.quality, pixels_per_second)


def _hardware_quality(name: str, effort: str, crf: int, pixels_per_second: float) -> list[str]:
    tag = ["-tag:v", "hvc1"] if name.startswith("hevc") else []
    if name.endswith("_nvenc"):
        return [*tag, "-preset", _NVENC_PRESET[effort], "-rc", "vbr", "-cq", str(crf), "-b:v", "0"]
    if name.endswith("_qsv"):
        return [*tag, "-global_quality", str(max(1, crf))]
    if name.endswith("_amf"):
        return [*tag, "-rc", "cqp", "-qp_i", str(crf), "-qp_p", str(crf)]
    if name.endswith("_videotoolbox"):
        return [*tag, "-q:v", str(max(1, min(100, 100 - 2 * crf)))]
    if name.endswith("_vaapi"):
        return [*tag, "-rc_mode", "CQP", "-global_quality", str(max(1, crf))]
    return ["-b:v", str(int(max(500_000, pixels_per_second * 0.2)))]
