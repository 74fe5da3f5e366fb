"""Hundreds of cuts of hours of footage, at every usual rate: each format says the frames of the timeline itself."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from video_queue.domain.media.clips import AudioStream, Stream
from video_queue.media.facts import MediaFacts
from video_queue.media.timelines.edl import edl_of
from video_queue.media.timelines.fcpxml import fcpxml_of
from video_queue.media.timelines.model import Clip, Medium, Timeline
from video_queue.media.timelines.opentimeline import otio_of
from video_queue.media.timelines.timecode import can_drop

WHOLE = [Fraction(rate) for rate in (24, 25, 30, 48, 50, 60)]
NTSC = [Fraction(rate * 1000, 1001) for rate in (24, 30, 60)]
COUNTED = [*((rate, False) for rate in WHOLE + NTSC), *((rate, True) for rate in NTSC if can_drop(rate))]
CLIPS = 300
HOURS = 10


def timeline_of(rate: Fraction, *, drop: bool) -> Timeline:
    draw = random.Random(f"{rate}{drop}")
    frames = round(HOURS * 3600 * rate)
    streams = [Stream(index=0, type="video"), Stream(index=1, type="audio"), Stream(index=2, type="audio")]
    audio = AudioStream(codec="aac", sample_rate=48000, channels=2)
    facts = MediaFacts(
        Path("/footage/Day 1 & 2 <raw>.mov"), "video", "mov", width=1920, height=1080, fps=float(rate), frames=frames,
        audio=audio, streams=streams,
    )  # fmt: skip
    medium = Medium(facts, rate, frames, round(9 * 3600 * rate), drop)
    clips: list[Clip] = []
    place = 0
    for number in range(CLIPS):
        first = draw.randrange(frames - 1000)
        count = draw.randrange(1, 1000)
        clips.append(Clip(medium, first, first + count, place, count, f"take {number}"))
        place += count
    return Timeline("Day 1 & 2", rate, drop, tuple(clips))


def truth(timeline: Timeline) -> list[tuple[int, int, int]]:
    """First frame in the source's timecode, place on the timeline, and length."""
    return [(clip.medium.first_label + clip.first, clip.place, clip.count) for clip in timeline.clips]


def places_on(track: otio.schema.Track) -> list[tuple[float, float, float]]:
    spans = [(clip.source_range, track.range_of_child(clip)) for clip in track.find_clips()]
    return [(span.start_time.value, place.start_time.value, span.duration.value) for span, place in spans]


@pytest.mark.parametrize(("rate", "drop"), COUNTED)
def test_an_edl_says_the_frames_of_the_timeline(rate: Fraction, drop: bool) -> None:
    timeline = timeline_of(rate, drop=drop)
    read = otio.adapters.read_from_string(edl_of(timeline), "cmx_3600", rate=float(rate))
    assert [track.name for track in read.tracks] == ["V", "A1", "A2"]
    for track in read.tracks:
        places = [(first, place, count) for first, place, count in places_on(track)]
        assert [tuple(map(round, entry)) for entry in places] == truth(timeline)


@pytest.mark.parametrize(("rate", "drop"), COUNTED)
def test_fcpxml_says_them_as_whole_frames(rate: Fraction, drop: bool) -> None:
    timeline = timeline_of(rate, drop=drop)
    root = ElementTree.fromstring(fcpxml_of(timeline))
    spans = [
        tuple(Fraction(clip.attrib[key].removesuffix("s")) * rate for key in ("start", "offset", "duration"))
        for clip in root.iter("asset-clip")
    ]
    assert spans == truth(timeline)
    (sequence,) = root.iter("sequence")
    assert Fraction(sequence.attrib["duration"].removesuffix("s")) * rate == timeline.frames
    assert sequence.attrib["tcFormat"] == ("DF" if drop else "NDF")
    (frame,) = root.iter("format")
    assert Fraction(frame.attrib["frameDuration"].removesuffix("s")) == 1 / rate


@pytest.mark.parametrize(("rate", "drop"), COUNTED)
def test_otio_says_them_on_every_track(rate: Fraction, drop: bool) -> None:
    timeline = timeline_of(rate, drop=drop)
    read = otio.adapters.read_from_string(otio_of(timeline), "otio_json")
    assert [track.name for track in read.tracks] == ["V1", "A1", "A2"]
    assert all(places_on(track) == truth(timeline) for track in read.tracks)
    start = read.global_start_time
    assert otio.opentime.to_timecode(start, float(rate), drop) == ("01:00:00;00" if drop else "01:00:00:00")
    url = read.tracks[0][0].media_reference.target_url
    assert url == "file:///footage/Day%201%20%26%202%20%3Craw%3E.mov"
