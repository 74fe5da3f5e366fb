"""The media phases: one module each, and the table of their drivers. Phases do not import each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import (
    animate,
    archive,
    captions,
    chunk,
    colour,
    convert,
    crop,
    detect_scenes,
    embed,
    encode,
    extract_frames,
    fingerprint,
    interpolate,
    keyframes,
    loop,
    loudness,
    merge,
    mux,
    probe,
    quality,
    silence_apply,
    silence_detect,
    silence_remove,
    speed,
    splice,
    split,
    sprite_sheet,
    stabilise,
    timeline,
    transcribe,
    unchunk,
    watermark,
)

# Each takes the params model of its line in domain.media.PHASES and returns that line's result model.
Driver = Callable[[Any, PhaseRun], Awaitable[Any]]

DRIVERS: dict[str, Driver] = {
    "media.probe": probe.run,
    "media.extract_frames": extract_frames.run,
    "media.encode": encode.run,
    "media.convert": convert.run,
    "media.split": split.run,
    "media.merge": merge.run,
    "media.mux": mux.run,
    "media.sprite_sheet": sprite_sheet.run,
    "media.detect_scenes": detect_scenes.run,
    "media.splice": splice.run,
    "media.keyframes": keyframes.run,
    "media.fingerprint": fingerprint.run,
    "media.embed": embed.run,
    "media.archive": archive.run,
    "media.interpolate": interpolate.run,
    "media.loop": loop.run,
    "media.animate": animate.run,
    "media.speed": speed.run,
    "media.stabilise": stabilise.run,
    "media.chunk": chunk.run,
    "media.unchunk": unchunk.run,
    "media.quality": quality.run,
    "media.crop": crop.run,
    "media.watermark": watermark.run,
    "media.colour": colour.run,
    "media.silence_detect": silence_detect.run,
    "media.silence_apply": silence_apply.run,
    "media.silence_remove": silence_remove.run,
    "media.loudness": loudness.run,
    "media.timeline": timeline.run,
    "media.transcribe": transcribe.run,
    "media.captions": captions.run,
}
