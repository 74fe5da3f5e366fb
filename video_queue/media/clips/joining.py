"""Joining clips without encoding: their packets one after the other, each clip's clock set behind the last one's.

ffmpeg's concat demuxer places a clip after the longer of picture and sound, and joins clips that do not fit together
with exit status 0; here the picture's own length counts, and `joinable` says beforehand what fits.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from video_queue.domain.media.values import exact_rate
from video_queue.media.facts import MediaFacts
from video_queue.media.reading import demux, open_media, video_stream

# Codecs whose packets need no others once a clip begins with a key frame.
_JOINABLE = frozenset({"h264", "ffv1", "prores", "mjpeg", "dnxhd", "png"})


@dataclass(frozen=True)
class _Header:
    """What must be equal for packets of two clips to follow each other."""

    codec: str
    extradata: bytes | None
    pixels: str
    width: int
    height: int


def joinable(clips: Sequence[MediaFacts], stop: threading.Event) -> bool:
    """Whether these clips' packets can follow each other: one codec and header, each clip whole by itself."""
    if any(clip.codec not in _JOINABLE or clip.rotation for clip in clips):
        return False
    headers = [_header(clip, stop) for clip in clips]
    return headers[0] is not None and all(header == headers[0] for header in headers)


def _header(clip: MediaFacts, stop: threading.Event) -> _Header | None:
    """The clip's header; None if it does not begin with a key frame or hides frames."""
    with open_media(clip.path) as container:
        stream = video_stream(container)
        if stream is None:
            return None
        context = stream.codec_context
        header = _Header(
            context.codec.canonical_name, context.extradata, context.pix_fmt or "", context.width, context.height
        )  # fmt: skip
        packets = [(p.pts or 0, p.is_keyframe, p.is_discard) for p in demux(container, stream, stop)]
    if not packets:
        return None
    first, begins_with_key, _ = packets[0]
    in_order = first == min(pts for pts, _, _ in packets)
    visible = sum(not discarded for _, _, discarded in packets)
    return header if begins_with_key and in_order and visible == clip.frames else None


def length_of(clip: MediaFacts) -> Fraction:
    """How long the clip's picture lasts, in seconds, exactly where its rate is constant."""
    if clip.fps and clip.frames and not clip.vfr:
        return clip.frames / exact_rate(clip.fps)
    return Fraction(clip.duration or 0.0)


def join_pictures(clips: Sequence[MediaFacts], output: Path, stop: threading.Event) -> None:
    """Write the pictures of `clips` (which are `joinable`) one after the other; no sound."""
    with av.open(str(output), "w") as target:
        stream: VideoStream | None = None
        offset = Fraction(0)
        last: int | None = None
        for clip in clips:
            with open_media(clip.path) as container:
                source = video_stream(container)
                if source is None:
                    continue
                if stream is None:
                    stream = target.add_stream_from_template(source)
                    stream.time_base = source.time_base
                for packet in _shifted(container, source, offset, stop):
                    packet.stream = stream
                    last = _in_order(packet, last)
                    target.mux(packet)
            offset += length_of(clip)


def _shifted(
    container: InputContainer, stream: VideoStream, offset: Fraction, stop: threading.Event
) -> Iterator[Packet[VideoStream]]:
    """The packets of one clip, whose first frame is now shown at `offset` seconds."""
    shift: int | None = None
    for packet in demux(container, stream, stop):
        pts = packet.pts or 0
        if shift is None:
            shift = round(offset / (packet.time_base or Fraction(1, 90000))) - pts
        packet.pts = pts + shift
        if packet.dts is not None:
            packet.dts += shift
        yield packet


def _in_order(packet: Packet[VideoStream], last: int | None) -> int | None:
    """Keep decoding times rising across the seam (time bases round); the packet's decoding time."""
    if packet.dts is not None and last is not None and packet.dts <= last:
        packet.dts = last + 1
    return packet.dts if packet.dts is not None else last
