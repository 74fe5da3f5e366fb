"""What lies on a timeline: clips of original media, one after the other, counted in frames.

A medium counts in frames of its own rate, from its first frame on; the timeline in its own. Frames of a variable rate
are placed by their time.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from video_queue.media.facts import MediaFacts
from video_queue.media.timelines.timecode import label, parse_label


@dataclass(frozen=True, eq=False)
class Medium:
    """An original file: `frames` long at `rate`; its first frame has the number `first_label` in timecode."""

    facts: MediaFacts
    rate: Fraction
    frames: int
    first_label: int
    drop: bool

    @property
    def url(self) -> str:
        """Its path as a file URL."""
        return self.facts.path.as_uri()

    @property
    def has_picture(self) -> bool:
        """Whether there is more than sound."""
        return self.facts.kind == "video"

    @property
    def sounds(self) -> int:
        """How many streams of sound it has."""
        return sum(stream.type == "audio" for stream in self.facts.streams)

    def label(self, frame: int) -> str:
        """The timecode of a frame."""
        return label(self.first_label + frame, self.rate, drop=self.drop)


@dataclass(frozen=True)
class Marker:
    """A name at a frame of a medium, `frames` long."""

    frame: int
    frames: int
    name: str


@dataclass(frozen=True)
class Clip:
    """Frames `first` up to `end` of a medium, as `count` frames of the timeline from `place` on."""

    medium: Medium
    first: int
    end: int
    place: int
    count: int
    name: str
    markers: tuple[Marker, ...] = ()

    @property
    def text(self) -> str:
        """What its markers say, as one line."""
        return " ".join(marker.name for marker in self.markers if marker.name)


@dataclass(frozen=True)
class Timeline:
    """Clips without gaps between them, at `rate`, with drop-frame labels or without. It begins at one hour."""

    name: str
    rate: Fraction
    drop: bool
    clips: tuple[Clip, ...]

    @property
    def media(self) -> list[Medium]:
        """Each medium once, in the order of their first clips."""
        return list(dict.fromkeys(clip.medium for clip in self.clips))

    @property
    def frames(self) -> int:
        """How long it is."""
        return sum(clip.count for clip in self.clips)

    @property
    def start(self) -> int:
        """The number of its first frame in timecode."""
        first = parse_label(f"01:00:00{';' if self.drop else ':'}00", self.rate)
        return first[0] if first else 0

    def label(self, frame: int) -> str:
        """The timecode of a frame."""
        return label(self.start + frame, self.rate, drop=self.drop)
