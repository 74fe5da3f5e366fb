"""What a media file is: probing with PyAV (2-15 ms for a header; no ffprobe is needed) and Pillow.

Used at submit time and by the media phases. Errors are always `input_missing` or `input_unreadable`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.media.clips import AudioStream, Colour, Stream
from video_queue.domain.views import MediaFile
from video_queue.media.pictures import PICTURE_SUFFIXES, probe_picture
from video_queue.media.reading import (
    Decoded,
    FrameTimes,
    decode_everything,
    decode_frames,
    open_media,
    read_times,
    video_stream,
)
from video_queue.media.unreadable import require_regular, unreadable
from video_queue.media.whole_file import missing_part_of

if TYPE_CHECKING:
    from av.audio.stream import AudioStream as AvAudioStream
    from av.container import InputContainer
    from av.stream import Stream as AvStream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Kind = Literal["video", "image", "audio"]
# A gap that differs this much from the median one makes a clip VFR; less is a time base's rounding.
_UNEVEN = 0.25
_MISSING_SECONDS = 0.5
# Containers (by the beginnings of ffmpeg's names) that say how long they are, and a suffix of each.
_SAY_THEIR_LENGTH = {"mov": "mp4", "matroska": "mkv"}
_MOVING_PICTURES = frozenset({".gif"})

# Code points of ITU-T H.273 by ffmpeg's names; the others mean unspecified.
_PRIMARIES = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020", 12: "smpte432",
}  # fmt: skip
_TRANSFERS = {
    1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 13: "iec61966-2-1",
    14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67",
}  # fmt: skip
_SPACES = {0: "gbr", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c"}
_RANGES = {1: "tv", 2: "pc"}


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """One file. `width`, `height` and `sar` (its pixels' shape) are as shown, after `rotation` (clockwise degrees).

    `duration` is the picture's (the sound's own is in `audio`); `frames` is null where it was not counted and
    the header does not say; `vfr` is exact only after counting. `timecode` is the first frame's label (`01:00:00;00`),
    `samples_since_midnight` that of a sound recorder.
    """

    path: Path
    kind: Kind
    container: str
    codec: str | None = None
    pix_fmt: str | None = None
    bit_depth: int = 8
    alpha: bool = False
    width: int | None = None
    height: int | None = None
    sar: Fraction = Fraction(1)
    fps: float | None = None
    frames: int | None = None
    vfr: bool = False
    duration: float | None = None
    rotation: int = 0
    colour: Colour = field(default_factory=Colour)
    timecode: str | None = None
    samples_since_midnight: int | None = None
    audio: AudioStream | None = None
    streams: list[Stream] = field(default_factory=list)

    @property
    def pixels_per_second(self) -> float:
        """How much picture a second holds, at 25 fps where the rate is unknown."""
        return (self.width or 0) * (self.height or 0) * (self.fps or 25)

    def as_file(
        self, *, index: int | None = None, start: float | None = None, end: float | None = None
    ) -> MediaFile:
        """The facts as the file object of phase results."""
        return MediaFile(
            path=str(self.path), index=index, width=self.width, height=self.height, frames=self.frames,
            fps=self.fps, duration=self.duration, start=start, end=end,
        )  # fmt: skip


def probe(
    path: Path, *, count_frames: bool = False, whole: bool = False, stop: threading.Event | None = None
) -> MediaFacts:
    """All facts about `path`; with `count_frames` the whole file is read for exact frames, vfr and duration.

    A still picture is decoded to its end if it is to be `whole`.

    Raises:
        VqError: input_missing, input_unreadable.
        StoppedError: `stop` was set.
    """
    if (picture := _picture(path, whole=whole)) is not None:
        return picture
    facts = _container(path)
    if not count_frames or facts.kind != "video":
        return facts
    return _with_times(facts, read_times(path, stop=stop))


def probe_header(path: Path, kind: str, *, read: Callable[[Path], MediaFacts] = probe) -> None:
    """Check that `path` is readable as `kind`: video, image, audio, or media for any of them.

    `read` gives the facts of a file; by default it is opened.

    Raises:
        VqError: input_missing, input_unreadable.junk, input_unreadable.no_stream.
    """
    try:
        facts = read(path)
    except VqError as error:
        if error.code is ErrorCode.INPUT_UNREADABLE and error.details.get("kind") == "media":
            raise unreadable(path, kind, str(error.details.get("detail", error.message))) from error
        raise
    if kind == "audio" and facts.kind != "audio" and facts.audio is None:
        raise fail("input_unreadable.no_stream", path=str(path), kind=kind)
    if kind in ("video", "image") and facts.kind != kind:
        raise fail("input_unreadable.no_stream", path=str(path), kind=kind)


def read_to_end(path: Path, *, stop: threading.Event | None = None) -> MediaFacts:
    """Decode everything, picture and sound; the facts hold the number of frames decoded.

    Raises:
        VqError: input_missing, input_unreadable (truncated or damaged anywhere).
        StoppedError: `stop` was set.
    """
    if (picture := _picture(path, whole=True)) is not None:
        return picture
    with open_media(path) as container:
        video = video_stream(container)
        facts = _header(path, container)
        content = decode_everything(container, video, stop)
        if video is not None:
            facts = _with_video(facts, video, content.first)
    facts = _require_stream(facts)
    _require_complete(path, content)
    if content.times is not None:
        return replace(_with_times(facts, content.times), frames=content.frames)
    if not content.samples:
        raise unreadable(path, "audio", "no sound could be decoded")
    return facts


def _require_complete(path: Path, content: Decoded) -> None:
    frames, end = content.promised_frames, content.promised_end
    if content.frames < frames:
        raise unreadable(path, "video", f"it ends after {content.frames} of {frames} frames")
    if content.end < end - max(_MISSING_SECONDS, 0.02 * end):
        raise unreadable(path, "media", f"it ends after {content.end:.2f} of {end:.2f} s")


def _picture(path: Path, *, whole: bool) -> MediaFacts | None:
    """Facts of a still picture; None for all that PyAV reads."""
    require_regular(path)
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        return None
    facts = probe_picture(path, whole=whole)
    if facts.frames > 1 and path.suffix.lower() in _MOVING_PICTURES:
        return None
    return MediaFacts(
        path=path, kind="image", container=facts.codec, codec=facts.codec, pix_fmt=facts.mode.lower(),
        bit_depth=facts.depth, alpha=facts.alpha, width=facts.width, height=facts.height, frames=1,
    )  # fmt: skip


def _container(path: Path) -> MediaFacts:
    with open_media(path) as container:
        facts, video = _header(path, container), video_stream(container)
        if video is not None:
            facts = _with_video(facts, video, next(decode_frames(container, video, None), None))
    return _require_stream(facts)


def _header(path: Path, container: InputContainer) -> MediaFacts:
    """What a file says before anything of it is decoded."""
    _require_all_bytes(path, container)
    return MediaFacts(
        path=path,
        kind="audio",
        container=container.format.name,
        duration=_seconds(container),
        timecode=_timecode(container),
        samples_since_midnight=_time_reference(container),
        audio=_audio(container),
        streams=[_stream(stream) for stream in container.streams],
    )


def _require_stream(facts: MediaFacts) -> MediaFacts:
    """The facts of a file that has a picture or sound; those of a sound last as long as it."""
    if facts.kind == "video":
        return facts
    if facts.audio is None:
        raise fail("input_unreadable.no_stream", path=str(facts.path), kind="media")
    return replace(facts, duration=facts.audio.duration or facts.duration)


def _require_all_bytes(path: Path, container: InputContainer) -> None:
    """Refuse a file that ends early by its own account: readers show what is there, and say nothing."""
    for name, ext in _SAY_THEIR_LENGTH.items():
        if container.format.name.startswith(name):
            with path.open("rb") as file:
                if missing := missing_part_of(file, ext):
                    raise unreadable(path, "media", missing)


def _with_video(facts: MediaFacts, stream: VideoStream, frame: VideoFrame | None) -> MediaFacts:
    """`facts` of a file with a moving picture; `frame` is the first of it."""
    if frame is None:
        raise unreadable(facts.path, "media", "no frame could be decoded")
    rotation = -frame.rotation % 360
    width, height, sar = frame.width, frame.height, stream.sample_aspect_ratio or Fraction(1)
    if rotation in (90, 270):
        width, height, sar = height, width, 1 / sar
    rate = stream.average_rate or stream.guessed_rate
    return replace(
        facts,
        kind="video",
        codec=_codec_name(stream),
        pix_fmt=frame.format.name,
        bit_depth=max(component.bits for component in frame.format.components),
        alpha=any(component.is_alpha for component in frame.format.components),
        width=width,
        height=height,
        sar=sar,
        fps=float(rate) if rate else None,
        frames=stream.frames or None,
        vfr=_seems_vfr(stream),
        duration=_stream_seconds(stream) or facts.duration,
        rotation=rotation,
        colour=_colour(frame),
    )


def _with_times(facts: MediaFacts, shown: FrameTimes) -> MediaFacts:
    """`facts` with frames, rate and duration from the frames' own times."""
    times = shown.times
    gaps = [after - before for before, after in pairwise(times)]
    if not gaps:
        return replace(facts, frames=1, vfr=False, duration=shown.last or facts.duration)
    usual = median(gaps)
    vfr = any(abs(gap - usual) > max(_UNEVEN * usual, 0.0015) for gap in gaps)
    mean = len(gaps) / times[-1] if times[-1] else facts.fps
    if not vfr and facts.fps and mean and abs(facts.fps - mean) / mean < 0.01:
        return replace(facts, frames=len(times), vfr=False, duration=len(times) / facts.fps)
    return replace(facts, frames=len(times), vfr=vfr, fps=mean, duration=times[-1] + (shown.last or usual))


def _seems_vfr(stream: VideoStream) -> bool:
    """A guess from the header: the average rate is clearly below the rate the time stamps are made for."""
    average, base = stream.average_rate, stream.base_rate
    return bool(average and base and abs(float(average) - float(base)) / float(base) > 0.02)


def _seconds(container: InputContainer) -> float | None:
    return container.duration / 1_000_000 if container.duration else None


def _stream_seconds(stream: VideoStream | AvAudioStream) -> float | None:
    return float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None


def _timecode(container: InputContainer) -> str | None:
    """The timecode of the first frame, as a stream or the container says it."""
    for metadata in (*(stream.metadata for stream in container.streams), container.metadata):
        if text := next((text for key, text in metadata.items() if key.lower() == "timecode"), None):
            return text
    return None


def _time_reference(container: InputContainer) -> int | None:
    """When a broadcast wave file begins, as its recorder counted."""
    text = container.metadata.get("time_reference", "")
    return int(text) if text.isdigit() else None


def _audio(container: InputContainer) -> AudioStream | None:
    for stream in container.streams.audio:
        context = stream.codec_context
        if context is None or not context.sample_rate:
            continue
        return AudioStream(
            codec=_codec_name(stream) or "",
            sample_rate=context.sample_rate,
            channels=context.channels,
            layout=context.layout.name,
            sample_format=context.format.name if context.format else "",
            duration=_stream_seconds(stream) or _seconds(container),
        )
    return None


def _stream(stream: AvStream) -> Stream:
    return Stream(index=stream.index, type=stream.type, codec=_codec_name(stream), language=stream.language)


def _codec_name(stream: object) -> str | None:
    """The codec's own name (`av1`), not the decoder's that happens to read it (`libdav1d`)."""
    context = getattr(stream, "codec_context", None)
    return context.codec.canonical_name if context is not None else None


def _colour(frame: VideoFrame) -> Colour:
    return Colour(
        space=_SPACES.get(int(frame.colorspace)),
        primaries=_PRIMARIES.get(int(frame.color_primaries)),
        transfer=_TRANSFERS.get(int(frame.color_trc)),
        range=_RANGES.get(int(frame.color_range)),
    )
