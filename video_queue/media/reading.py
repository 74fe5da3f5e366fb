"""Opening media files with PyAV and walking through them: the ground under `media_info` and the frame readers.

Hostile files get `input_unreadable`: only regular files are opened, only known demuxers are tried, reads have a
time limit, and every loop looks at `stop`.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError

# Playlists and scripts (hls, concat, dash, image patterns) are left out: they make readers open other files.
DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,mxf,ogg,wav,w64,flac,mp3,aac,"
    "ac3,eac3,aiff,caf,gif,apng,ivf,nut,dv,h264,hevc,obu,yuv4mpegpipe,amr,au"
)
_READ_SECONDS = 15.0
_MAX_PIXELS = 300_000_000
_THREADS = 2
# One packet is one shown frame for these in containers with an index; elsewhere frames are decoded to be counted.
_PACKET_IS_FRAME = frozenset(
    {"h264", "hevc", "prores", "ffv1", "mjpeg", "dnxhd", "png", "rawvideo", "av1", "vp9"}
)
# Containers (by the beginnings of ffmpeg's names) that know where each frame is.
INDEXED = ("mov", "matroska")
_MEDIA_ERRORS = (av.error.FFmpegError, OSError, ValueError, ArithmeticError, MemoryError)


class StoppedError(Exception):
    """The caller set `stop` while a file was being read."""


def look_at(stop: threading.Event | None) -> None:
    """Raises StoppedError once `stop` is set."""
    if stop is not None and stop.is_set():
        raise StoppedError


def junk(path: Path, kind: str, detail: str) -> VqError:
    """The error of a file that is not readable as `kind`."""
    return fail("input_unreadable.junk", path=str(path), kind=kind, detail=detail)


def check_regular(path: Path) -> None:
    """Raises VqError unless `path` is a readable, regular, non-empty file (no pipe, device or folder)."""
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            path.open("rb").close()
    except (FileNotFoundError, NotADirectoryError):
        raise fail("input_missing.file", path=str(path)) from None
    except ValueError as error:
        raise fail("input_unreadable.path", path=str(path), detail=str(error)) from None
    except OSError as error:
        raise fail("input_unreadable.permission", path=str(path), detail=error.strerror) from None
    if not stat.S_ISREG(status.st_mode):
        raise fail("input_unreadable.not_a_file", path=str(path))
    if status.st_size == 0:
        raise fail("input_unreadable.empty", path=str(path))


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """The opened container; whatever PyAV raises while it is open becomes `input_unreadable.junk`."""
    check_regular(path)
    try:
        with av.open(
            "file:" + os.path.abspath(path),  # noqa: PTH100 - resolve() would follow links
            container_options={"protocol_whitelist": "file", "format_whitelist": DEMUXERS},
            metadata_errors="replace",
            timeout=(_READ_SECONDS, _READ_SECONDS),
        ) as container:
            yield container
    except _MEDIA_ERRORS as error:
        raise junk(path, "media", short(error)) from error


def short(error: Exception) -> str:
    """The first line of an error's text, without the path that the caller names anyway."""
    if reason := getattr(error, "strerror", None):
        return str(reason)
    text = str(error).strip().splitlines()
    return text[0][:200] if text else type(error).__name__


def video_stream(container: InputContainer) -> VideoStream | None:
    """The first stream that is a moving picture (cover art is not), ready to be decoded; None if there is none."""
    for stream in container.streams.video:
        if stream.codec_context is None or stream.disposition & Disposition.attached_pic:
            continue
        stream.codec_context.thread_count = _THREADS
        stream.codec_context.options = {"max_pixels": str(_MAX_PIXELS)}
        return stream
    return None


def decoded(
    container: InputContainer, stream: VideoStream, stop: threading.Event | None
) -> Iterator[VideoFrame]:
    """The frames of `stream` in the order they are shown; looks at `stop` before each packet."""
    for packet in container.demux(stream):
        look_at(stop)
        yield from packet.decode()


def stamp_seconds(frame: VideoFrame, stream: VideoStream, number: int) -> float:
    """When `frame` is shown on the container's clock; frame `number` of a stream without stamps counts."""
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
    """The times of all frames, from packets where those tell the truth, else (or with `decode`) by decoding.

    Raises:
        VqError: input_missing, input_unreadable (also when there is no picture).
        StoppedError: `stop` was set.
    """
    with open_media(path) as container:
        stream = video_stream(container)
        if stream is None:
            raise fail("input_unreadable.no_stream", path=str(path), kind="video")
        trusted = stream.codec_context.codec.canonical_name in _PACKET_IS_FRAME
        if trusted and container.format.name.startswith(INDEXED) and not decode:
            stamps = _packet_stamps(container, stream, stop)
        else:
            stamps = _frame_stamps(container, stream, stop)
        beginning = (container.start_time or 0) / 1_000_000
    if not stamps:
        raise junk(path, "video", "it holds no frames")
    stamps.sort()
    first, last = stamps[0][0], stamps[-1]
    return FrameTimes([time - first for time, _ in stamps], last[1], first - beginning)


def _packet_stamps(
    container: InputContainer, stream: VideoStream, stop: threading.Event | None
) -> list[tuple[float, float]]:
    base = stream.time_base or Fraction(1, 90000)
    stamps = []
    for packet in container.demux(stream):
        look_at(stop)
        if packet.pts is not None and packet.size and not packet.is_discard:
            stamps.append((float(packet.pts * base), float((packet.duration or 0) * base)))
    return stamps


def _frame_stamps(
    container: InputContainer, stream: VideoStream, stop: threading.Event | None
) -> list[tuple[float, float]]:
    base = stream.time_base or Fraction(1, 90000)
    return [
        (stamp_seconds(frame, stream, number), float((frame.duration or 0) * base))
        for number, frame in enumerate(decoded(container, stream, stop))
    ]


@dataclass(frozen=True, slots=True)
class ReadThrough:
    """What really came when everything was decoded: `frames` shown, `samples` of sound, up to `end` seconds.

    What the header promised is 0 where it says nothing.
    """

    frames: int
    promised_frames: int
    samples: int
    end: float
    promised_end: float


def decode_everything(path: Path, *, stop: threading.Event | None = None) -> ReadThrough:
    """Decodes picture and sound to the end of the file.

    Raises:
        VqError: input_missing, input_unreadable (damaged anywhere).
        StoppedError: `stop` was set.
    """
    frames = samples = hidden = 0
    end = 0.0
    with open_media(path) as container:
        video = video_stream(container)
        wanted = [*([video] if video else []), *container.streams.audio[:1]]
        if not wanted:
            raise fail("input_unreadable.no_stream", path=str(path), kind="media")
        for packet in container.demux(wanted):
            look_at(stop)
            hidden += packet.is_discard and packet.stream.type == "video"
            if packet.pts is not None and packet.time_base:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            for frame in packet.decode():
                if isinstance(frame, VideoFrame):
                    frames += 1
                elif isinstance(frame, AudioFrame):
                    samples += frame.samples
        promised = (video.frames if video else 0) - hidden
        # Matroska writes its length when it is finished; elsewhere it is derived, or a guess.
        length = container.duration if container.format.name.startswith("matroska") else None
        promised_end = (length or 0) / 1_000_000
    return ReadThrough(frames, max(0, promised), samples, end, promised_end)
