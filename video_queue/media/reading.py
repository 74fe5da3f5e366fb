"""Opening media files with PyAV and reading their frames, for `facts` and the frame readers.

Hostile files get `input_unreadable`: only regular files are opened, only known demuxers are tried, reads have a
time limit, and every loop checks `stop`. PyAV is loaded with the first file, so that a start does without.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from video_queue.domain.catalogue import fail
from video_queue.media.unreadable import MAX_PIXELS, reason, require_regular, unreadable

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# Playlists and scripts (hls, concat, dash, image patterns) are left out: they make readers open other files.
DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,mxf,ogg,wav,w64,flac,mp3,aac,"
    "ac3,eac3,aiff,caf,gif,apng,ivf,nut,dv,h264,hevc,obu,yuv4mpegpipe,amr,au"
)
_READ_SECONDS = 15.0
_THREADS = 2
# One packet is one shown frame for these in containers with an index; elsewhere frames are decoded to be counted.
_PACKET_IS_FRAME = frozenset(
    ["h264", "hevc", "prores", "ffv1", "mjpeg", "dnxhd", "png", "rawvideo", "av1", "vp9"]
)
# Containers (by the beginnings of ffmpeg's names) that know where each frame is.
INDEXED = ("mov", "matroska")
# When a frame is shown, and for how long, in seconds.
Stamp = tuple[float, float]


class StoppedError(Exception):
    """The caller set `stop` while a file was being read."""


def raise_if_stopped(stop: threading.Event | None) -> None:
    """Raise StoppedError once `stop` is set."""
    if stop is not None and stop.is_set():
        raise StoppedError


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """The opened container; what PyAV raises while it is open becomes `input_unreadable.junk`."""
    import av
    from av.error import FFmpegError

    require_regular(path)
    try:
        with av.open(
            "file:" + os.path.abspath(path),  # noqa: PTH100 - resolve() would follow links
            container_options={"protocol_whitelist": "file", "format_whitelist": DEMUXERS},
            metadata_errors="replace",
            timeout=(_READ_SECONDS, _READ_SECONDS),
        ) as container:
            yield container
    except (FFmpegError, OSError, ValueError, ArithmeticError, MemoryError) as error:
        raise unreadable(path, "media", reason(error)) from error


def video_stream(container: InputContainer) -> VideoStream | None:
    """The first stream that is a moving picture (cover art is not), ready to be decoded; None if there is none."""
    from av.stream import Disposition

    for stream in container.streams.video:
        if stream.codec_context is None or stream.disposition & Disposition.attached_pic:
            continue
        stream.codec_context.thread_count = _THREADS
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        return stream
    return None


def demux(
    container: InputContainer, stream: VideoStream, stop: threading.Event | None
) -> Iterator[Packet[VideoStream]]:
    """The packets of `stream` that hold data and a time; checks `stop` before each."""
    for packet in container.demux(stream):
        raise_if_stopped(stop)
        if packet.pts is not None and packet.size:
            yield packet


def decode_frames(
    container: InputContainer, stream: VideoStream, stop: threading.Event | None
) -> Iterator[VideoFrame]:
    """The frames of `stream` in the order they are shown; checks `stop` before each packet."""
    for packet in container.demux(stream):
        raise_if_stopped(stop)
        yield from packet.decode()


def stamp_seconds(frame: VideoFrame, stream: VideoStream, number: int) -> float:
    """When `frame` is shown on the container's clock; its `number` counts where a stream has no time stamps."""
    if frame.pts is None:
        return number / float(stream.guessed_rate or 25)
    return float(frame.pts * (frame.time_base or stream.time_base or Fraction(1, 90000)))


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """`times`: when each frame is shown, in seconds from the first; `last`: how long the last one is shown;
    `start`: the first one's time after the container's beginning (where ffmpeg's clock starts)."""

    times: list[float]
    last: float
    start: float


def read_times(path: Path, *, stop: threading.Event | None = None, decode: bool = False) -> FrameTimes:
    """The times of all frames, from packets where those can be trusted, else (or with `decode`) by decoding.

    Raises:
        VqError: input_missing, input_unreadable (also when there is no picture).
        StoppedError: `stop` was set.
    """
    with open_media(path) as container:
        stream = video_stream(container)
        if stream is None:
            raise fail("input_unreadable.no_stream", path=str(path), kind="video")
        base = stream.time_base or Fraction(1, 90000)
        if _packets_are_frames(container, stream) and not decode:
            shown = (packet for packet in demux(container, stream, stop) if not packet.is_discard)
            stamps = [_stamp_of_packet(packet, base) for packet in shown]
        else:
            frames = enumerate(decode_frames(container, stream, stop))
            stamps = [_stamp_of_frame(frame, stream, base, number) for number, frame in frames]
        if not stamps:
            raise unreadable(path, "video", "it holds no frames")
        return _times(stamps, container)


def _packets_are_frames(container: InputContainer, stream: VideoStream) -> bool:
    """Whether each packet is one shown frame, so that its own time can be trusted."""
    codec = stream.codec_context.codec.canonical_name
    return codec in _PACKET_IS_FRAME and container.format.name.startswith(INDEXED)


def _times(stamps: list[Stamp], container: InputContainer) -> FrameTimes:
    stamps.sort()
    first, last = stamps[0][0], stamps[-1]
    beginning = (container.start_time or 0) / 1_000_000
    return FrameTimes([time - first for time, _ in stamps], last[1], first - beginning)


def _stamp_of_packet(packet: Packet[Any], base: Fraction) -> Stamp:
    # Rounded once like float(Fraction), without making one for each of thousands of packets.
    up, down = base.numerator, base.denominator
    return (packet.pts or 0) * up / down, (packet.duration or 0) * up / down


def _stamp_of_frame(frame: VideoFrame, stream: VideoStream, base: Fraction, number: int) -> Stamp:
    return stamp_seconds(frame, stream, number), float((frame.duration or 0) * base)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file holds, decoded to its end: `frames` shown at `times`, the `first` of them, `samples` of sound, up to
    `end` seconds.

    What the header promises is 0 where it says nothing.
    """

    frames: int
    promised_frames: int
    samples: int
    end: float
    promised_end: float
    first: VideoFrame | None
    times: FrameTimes | None


def decode_everything(
    container: InputContainer, video: VideoStream | None, stop: threading.Event | None
) -> Decoded:
    """Decode the picture `video` and the sound to the end of an opened file.

    Raises:
        StoppedError: `stop` was set.
    """
    from av.audio.frame import AudioFrame
    from av.video.frame import VideoFrame

    samples = hidden = 0
    end = 0.0
    first: VideoFrame | None = None
    by_packet: list[Stamp] = []
    by_frame: list[Stamp] = []
    base = (video and video.time_base) or Fraction(1, 90000)
    for packet in container.demux([*([video] if video else []), *container.streams.audio[:1]]):
        raise_if_stopped(stop)
        if video is not None and packet.stream.type == "video":
            hidden += packet.is_discard
            if packet.pts is not None and packet.size and not packet.is_discard:
                by_packet.append(_stamp_of_packet(packet, base))
        if packet.pts is not None and packet.time_base:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        for frame in packet.decode():
            if video is not None and isinstance(frame, VideoFrame):
                first = first or frame
                by_frame.append(_stamp_of_frame(frame, video, base, len(by_frame)))
            elif isinstance(frame, AudioFrame):
                samples += frame.samples
    stamps = by_packet if video and _packets_are_frames(container, video) else by_frame
    # Matroska writes its length when it is finished; elsewhere it is derived, or a guess.
    length = container.duration if container.format.name.startswith("matroska") else None
    return Decoded(
        frames=len(by_frame), promised_frames=max(0, (video.frames if video else 0) - hidden), samples=samples,
        end=end, promised_end=(length or 0) / 1_000_000, first=first,
        times=_times(stamps, container) if stamps else None,
    )  # fmt: skip
