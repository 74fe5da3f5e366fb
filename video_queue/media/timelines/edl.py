"""A timeline as an edit decision list (CMX 3600), which every editor reads.

One event for each clip. A reel's name has 8 signs at most, so the file's name and path follow as comments.
"""

from __future__ import annotations

import re

from video_queue.media.timelines.model import Clip, Medium, Timeline
from video_queue.media.timelines.timecode import label

_REEL = 8
_CHANNELS = {0: "V", 1: "B"}  # more than one channel of sound: AA/V
_MARKER_COLOUR = "RED"


def edl_of(timeline: Timeline) -> str:
    """The list as text; lines end as CMX 3600 has them."""
    reels = _reels(timeline)
    lines = [
        f"TITLE: {_plain(timeline.name)[:70]}",
        f"FCM: {'DROP FRAME' if timeline.drop else 'NON-DROP FRAME'}",
    ]
    for number, clip in enumerate(timeline.clips, 1):
        lines += ["", *_event(timeline, number, clip, reels[clip.medium])]
    return "\r\n".join(lines) + "\r\n"


def _event(timeline: Timeline, number: int, clip: Clip, reel: str) -> list[str]:
    source = _source_labels(timeline, clip)
    record = timeline.label(clip.place), timeline.label(clip.place + clip.count)
    lines = [
        f"{number:03}  {reel:<8} {_channels(clip.medium):<5} C        {' '.join((*source, *record))}",
        f"* FROM CLIP NAME: {_plain(clip.medium.facts.path.name)}",
        f"* SOURCE FILE: {_plain(str(clip.medium.facts.path))}",
    ]
    if clip.name != clip.medium.facts.path.stem:
        lines.append(f"* COMMENT: {_plain(clip.name)}")
    for marker in clip.markers:
        place = timeline.label(
            clip.place + (marker.frame - clip.first) * clip.count // (clip.end - clip.first)
        )
        lines.append(f"* LOC: {place} {_MARKER_COLOUR:<7} {_plain(marker.name)}")
    return lines


def _source_labels(timeline: Timeline, clip: Clip) -> tuple[str, str]:
    """The source's timecode. A medium of another rate is counted at the timeline's, the only one a list has."""
    medium = clip.medium
    if medium.rate == timeline.rate:
        return medium.label(clip.first), medium.label(clip.end)
    first = round((medium.first_label + clip.first) / medium.rate * timeline.rate)
    start, end = (label(frame, timeline.rate, drop=timeline.drop) for frame in (first, first + clip.count))
    return start, end


def _channels(medium: Medium) -> str:
    channels = medium.facts.audio.channels if medium.facts.audio else 0
    if medium.has_picture:
        return _CHANNELS.get(channels, "AA/V")
    return "A" if channels == 1 else "AA"


def _reels(timeline: Timeline) -> dict[Medium, str]:
    """A name for each medium: the beginning of its file's, with a number where another has that."""
    reels: dict[Medium, str] = {}
    for medium in timeline.media:
        stem = re.sub(r"[^A-Z0-9_]", "", medium.facts.path.stem.upper()) or "CLIP"
        names = [
            stem[:_REEL],
            *(f"{stem[: _REEL - len(str(n))]}{n}" for n in range(2, len(timeline.clips) + 2)),
        ]
        taken = {*reels.values(), "AX", "BL", "BLACK", "BARS"}
        reels[medium] = next(name for name in names if name not in taken)
    return reels


def _plain(text: str) -> str:
    return " ".join(text.split())
