"""`media.timeline`: what was decided about footage as files for an editor, which opens the original media by them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from video_queue.domain.catalogue import fail
from video_queue.domain.media.timeline import TimelineClip, TimelineFormat, TimelineParams, TimelineResult
from video_queue.domain.views import MediaFile
from video_queue.media.checks import frame_times, probe_file
from video_queue.media.phase_run import PhaseRun
from video_queue.media.timelines.cuts_csv import csv_of
from video_queue.media.timelines.edl import edl_of
from video_queue.media.timelines.fcpxml import fcpxml_of
from video_queue.media.timelines.model import Timeline
from video_queue.media.timelines.opentimeline import has_otio, otio_of
from video_queue.media.timelines.planning import (
    Original,
    Piece,
    planned_timeline,
    range_of,
    ranges_of,
    sound_edges,
    timeline_rate,
)
from video_queue.system.files.names import safe_file_name

_FORMATS: tuple[TimelineFormat, ...] = ("otio", "fcpxml", "edl", "csv")
_EVENTS = 999  # as many as CMX 3600 numbers


async def run(params: TimelineParams, run: PhaseRun) -> TimelineResult:
    """One file for each of `formats`, all with the same clips of the original media.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (no such frame, nothing left, no extra `otio`).
    """
    formats = list(
        dict.fromkeys(params.formats or [name for name in _FORMATS if name != "otio" or has_otio()])
    )
    pieces = await _pieces(params)
    first = pieces[0].original.facts
    name = _readable(params.name or first.path.stem)
    timeline = planned_timeline(name, timeline_rate(first, params.fps), pieces, params.markers or [])
    clips = _clips(timeline)
    writers: dict[str, Callable[[], str]] = {
        "otio": partial(otio_of, timeline),
        "fcpxml": partial(fcpxml_of, timeline),
        "edl": partial(edl_of, timeline),
        "csv": partial(csv_of, clips),
    }
    files = []
    for kind in formats:
        path = run.work_dir / f"{safe_file_name(name, limit=100)}.{kind}"
        path.write_bytes(writers[kind]().encode("utf-8", "replace"))
        files.append(MediaFile(path=str(path)))
    run.report(1.0)
    return TimelineResult(
        files=files,
        formats=formats,
        clips=clips,
        rate=f"{timeline.rate.numerator}/{timeline.rate.denominator}",
        drop_frame=timeline.drop,
        frame_count=timeline.frames,
        duration=round(float(timeline.frames / timeline.rate), 6),
        warnings=_warnings(timeline, run),
    )


async def _pieces(params: TimelineParams) -> list[Piece]:
    if params.source is not None:
        original = await _opened(params.source, params.fps)
        return ranges_of(params, original)
    originals: dict[str, Original] = {}
    pieces = []
    for item in params.inputs or []:
        path = item.parent or item.path
        if path not in originals:
            originals[path] = await _opened(path, params.fps)
        pieces.append(range_of(item, originals[path]))
    return pieces


async def _opened(path: str, fps: float | None) -> Original:
    facts = await probe_file(path, count_frames=True)
    if facts.kind == "image":
        raise fail("input_unreadable.no_stream", path=path, kind="video")
    if facts.kind == "audio":
        return Original(facts, sound_edges(facts.duration or 0.0, timeline_rate(facts, fps)))
    shown = await frame_times(facts.path)
    return Original(facts, [*shown.times, max(facts.duration or 0.0, shown.times[-1] + 0.001)])


def _clips(timeline: Timeline) -> list[TimelineClip]:
    """The clips as results and tables have them."""
    return [
        TimelineClip(
            source=str(clip.medium.facts.path),
            name=clip.name,
            start_frame=clip.first,
            end_frame=clip.end,
            start=round(float(clip.first / clip.medium.rate), 6),
            end=round(float(clip.end / clip.medium.rate), 6),
            source_in=clip.medium.label(clip.first),
            source_out=clip.medium.label(clip.end),
            record_frame=clip.place,
            frame_count=clip.count,
            record_in=timeline.label(clip.place),
            record_out=timeline.label(clip.place + clip.count),
            text=clip.text,
        )
        for clip in timeline.clips
    ]


def _warnings(timeline: Timeline, run: PhaseRun) -> list[str]:
    warnings = []
    if len(timeline.clips) > _EVENTS:
        warnings.append(f"the EDL has {len(timeline.clips)} events; some editors read {_EVENTS} at most")
    for medium in timeline.media:
        path = medium.facts.path
        if medium.facts.vfr:
            warnings.append(
                f"{path.name} has a variable frame rate; its cuts are placed by time at {_shown(medium.rate)}"
            )
        elif medium.rate != timeline.rate:
            warnings.append(f"{path.name} has {_shown(medium.rate)} in a timeline of {_shown(timeline.rate)}")
        if path.is_relative_to(run.work_dir.parent):
            warnings.append(f"{path.name} is a working file, which goes when the job is done")
    return warnings


def _shown(rate: Fraction) -> str:
    return f"{float(rate):.5g} fps"


def _readable(text: str) -> str:
    """A file's name as text, where its bytes are none."""
    return text.encode("utf-8", "replace").decode()
