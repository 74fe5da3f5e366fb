"""A timeline as OpenTimelineIO, written by its own library: the extra `otio`."""

from __future__ import annotations

from fractions import Fraction
from importlib.util import find_spec
from typing import TYPE_CHECKING

from video_queue.domain.catalogue import fail
from video_queue.media.timelines.model import Clip, Marker, Timeline

if TYPE_CHECKING:
    from opentimelineio.opentime import RationalTime, TimeRange
    from opentimelineio.schema import Clip as OtioClip
    from opentimelineio.schema import Gap, Track
    from opentimelineio.schema import Marker as OtioMarker


def has_otio() -> bool:
    """Whether the library is installed."""
    return find_spec("opentimelineio") is not None


def otio_of(timeline: Timeline) -> str:
    """The timeline as JSON: a track of pictures where there are any, and one for each stream of sound.

    Raises:
        VqError: media_failed.no_extra.
    """
    if not has_otio():
        raise fail("media_failed.no_extra", what="formats: otio", extra="otio")
    from opentimelineio import schema

    whole = schema.Timeline(name=timeline.name, global_start_time=_time(timeline.start, timeline.rate))
    if any(clip.medium.has_picture for clip in timeline.clips):
        whole.tracks.append(_track(timeline, None))
    for sound in range(max((clip.medium.sounds for clip in timeline.clips), default=0)):
        whole.tracks.append(_track(timeline, sound))
    return str(whole.to_json_string(indent=2))


def _track(timeline: Timeline, sound: int | None) -> Track:
    """The track of pictures, or of the stream of sound `sound`; a gap where a clip has none."""
    from opentimelineio import schema

    name, kind = (
        ("V1", schema.TrackKind.Video) if sound is None else (f"A{sound + 1}", schema.TrackKind.Audio)
    )
    track = schema.Track(name=name, kind=kind)
    for clip in timeline.clips:
        has_it = clip.medium.has_picture if sound is None else clip.medium.sounds > sound
        with_markers = sound is None or (sound == 0 and not clip.medium.has_picture)
        track.append(_clip(clip, with_markers=with_markers) if has_it else _gap(clip, timeline))
    return track


def _clip(clip: Clip, *, with_markers: bool) -> OtioClip:
    from opentimelineio import schema

    medium = clip.medium
    reference = schema.ExternalReference(
        target_url=medium.url, available_range=_range(medium.first_label, medium.frames, medium.rate)
    )
    return schema.Clip(
        name=clip.name,
        media_reference=reference,
        source_range=_range(medium.first_label + clip.first, clip.end - clip.first, medium.rate),
        markers=[_marker(clip, marker) for marker in clip.markers] if with_markers else [],
    )


def _marker(clip: Clip, marker: Marker) -> OtioMarker:
    from opentimelineio import schema

    medium = clip.medium
    place = _range(medium.first_label + marker.frame, marker.frames, medium.rate)
    return schema.Marker(name=marker.name, marked_range=place, color=schema.MarkerColor.RED)


def _gap(clip: Clip, timeline: Timeline) -> Gap:
    from opentimelineio import schema

    return schema.Gap(source_range=_range(0, clip.count, timeline.rate))


def _range(first: int, frames: int, rate: Fraction) -> TimeRange:
    from opentimelineio.opentime import TimeRange

    return TimeRange(_time(first, rate), _time(frames, rate))


def _time(frames: int, rate: Fraction) -> RationalTime:
    from opentimelineio.opentime import RationalTime

    return RationalTime(frames, float(rate))
