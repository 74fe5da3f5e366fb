"""media.timeline: read back by OpenTimelineIO, every clip is the frames of the original that were kept."""

from __future__ import annotations

import asyncio
import csv
import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree

import opentimelineio as otio
import pytest
from pydantic import ValidationError

from tests.media_clips import make_clip, make_junk, make_pictures, make_sound, make_vfr
from video_queue.domain.errors import VqError
from video_queue.domain.media.sound import SilenceApplyParams
from video_queue.domain.media.timeline import TimelineParams, TimelineResult
from video_queue.media.ffmpeg_binary import locate
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import silence_apply, timeline
from video_queue.media.timelines.timecode import label, parse_label

NTSC = Fraction(30000, 1001)
NAME = "Großer Tag, 100% (1).mov"


@pytest.fixture
def run(new_run: Callable[[], PhaseRun]) -> PhaseRun:
    """With its folder inside the prompt's, as the worker has it."""
    run = new_run()
    work = replace(run, work_dir=run.work_dir / "01-timeline")
    work.work_dir.mkdir()
    return work


def written(run: PhaseRun, **params: Any) -> tuple[TimelineResult, dict[str, Path]]:
    result = asyncio.run(timeline.run(TimelineParams.model_validate(params), run))
    return result, {Path(file.path).suffix[1:]: Path(file.path) for file in result.files}


def with_timecode(clip: Path, timecode: str) -> Path:
    output = clip.with_name(f"tc_{clip.name}")
    command = [
        str(locate()),
        "-v",
        "error",
        "-i",
        str(clip),
        "-c",
        "copy",
        "-timecode",
        timecode,
        str(output),
    ]
    subprocess.run(command, check=True)
    return output


def clips_of(track: otio.schema.Track) -> list[tuple[int, int, str]]:
    """First frame and length of each clip in its own frames, and its file."""
    return [
        (
            round(clip.source_range.start_time.value),
            round(clip.source_range.duration.value),
            unquote(urlparse(getattr(clip.media_reference, "target_url", "")).path),
        )
        for clip in track.find_clips()
    ]


def edl_events(path: Path, rate: Fraction) -> list[tuple[int, int]]:
    """The clips that OpenTimelineIO's reader finds, as first frame and length."""
    text = path.read_text(encoding="utf-8")
    read = otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))
    return [clip[:2] for clip in clips_of(read.tracks[0])]


def fcpxml_clips(path: Path) -> list[dict[str, Fraction | str]]:
    """What stands in the document, read as fractions of a second."""
    root = ElementTree.parse(path).getroot()
    return [
        {
            key: _seconds(value) if key in ("offset", "start", "duration") else value
            for key, value in clip.items()
        }
        for clip in root.iter("asset-clip")
    ]


def _seconds(text: str) -> Fraction:
    return Fraction(text.removesuffix("s"))


@pytest.mark.parametrize("timecode", ["10:00:00:00", "09:59:58;28", None])
def test_kept_ranges_come_back_from_every_format(tmp_path: Path, run: PhaseRun, timecode: str | None) -> None:
    clip = make_clip(tmp_path / NAME, 90, fps=NTSC)
    if timecode:
        clip = with_timecode(clip, timecode)
    kept = [
        {"start": 0.0, "end": 10 / NTSC},
        {"start": 20 / NTSC, "end": 55 / NTSC},
        {"start": 89 / NTSC, "end": 9},
    ]
    result, files = written(
        run, source=str(clip), kept=[{k: float(v) for k, v in span.items()} for span in kept]
    )
    truth = [(0, 10), (20, 35), (89, 1)]
    first, drop = (parse_label(timecode, NTSC) or (0, True)) if timecode else (0, True)
    shifted = [(first + start, count) for start, count in truth]
    assert [(c.start_frame, c.end_frame - c.start_frame) for c in result.clips] == truth
    assert (result.frame_count, result.rate, result.drop_frame) == (46, "30000/1001", drop)

    tracks = otio.adapters.read_from_file(str(files["otio"])).tracks
    assert [track.kind for track in tracks] == ["Video", "Audio"]
    assert [clips_of(track) for track in tracks] == [[(*place, str(clip)) for place in shifted]] * 2
    assert edl_events(files["edl"], NTSC) == shifted
    spine = fcpxml_clips(files["fcpxml"])
    assert [(c["start"] * NTSC, c["duration"] * NTSC) for c in spine] == shifted
    assert [c["offset"] * NTSC for c in spine] == [0, 10, 45]
    rows = list(csv.DictReader(io.StringIO(files["csv"].read_text(encoding="utf-8-sig"))))
    assert [(int(row["start_frame"]), int(row["frame_count"])) for row in rows] == truth
    assert rows[1]["source_in"] == label(first + 20, NTSC, drop=drop)
    assert rows[0]["record_in"] == ("01:00:00;00" if drop else "01:00:00:00")


def test_opentimelineio_reads_the_fcpxml_with_the_path_of_the_original(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / NAME, 60)
    _, files = written(run, source=str(clip), cuts=[20, 45], markers=[{"start": 1.0, "word": "hello"}])
    (project,) = otio.adapters.read_from_file(str(files["fcpxml"]))
    (track,) = project.tracks
    assert clips_of(track) == [(0, 20, str(clip)), (20, 25, str(clip)), (45, 15, str(clip))]
    assert [(marker.name, marker.marked_range.start_time.value) for marker in track[1].markers] == [
        ("hello", 30)
    ]


def test_silences_are_cut_at_the_frames_where_silence_apply_cuts(
    tmp_path: Path, new_run: Callable[[], PhaseRun]
) -> None:
    clip = make_clip(tmp_path / "a.mp4", 90, fps=Fraction(24000, 1001))
    segments = [{"start": 0.0, "end": 0.4}, {"start": 1.011, "end": 1.77}, {"start": 3.0, "end": 3.7}]
    values = {"source": str(clip), "segments": segments, "margin": 0.05}
    applied = asyncio.run(silence_apply.run(SilenceApplyParams.model_validate(values), new_run()))
    result, _ = written(new_run(), **values)
    kept = [edge for span in applied.kept for edge in (span.start, span.end)]
    assert [edge for clip in result.clips for edge in (clip.start, clip.end)] == pytest.approx(kept, abs=1e-3)
    assert result.frame_count == applied.frame_count


def test_clips_of_a_review_lead_to_the_footage_that_they_were_cut_from(tmp_path: Path, run: PhaseRun) -> None:
    footage = [make_clip(tmp_path / f"day {n}.mp4", 60, fps=fps) for n, fps in ((1, 30), (2, 25))]
    inputs = [
        {
            "path": "/gone/scene_0001.mp4",
            "parent": str(footage[0]),
            "start_frame": 5,
            "end_frame": 20,
            "name": "Door",
        },
        {"path": "/gone/scene_0007.mp4", "parent": str(footage[1]), "start_frame": 10, "end_frame": 35},
        str(footage[0]),
    ]
    result, files = written(run, inputs=inputs, name="Best of")
    assert [(c.source, c.start_frame, c.end_frame) for c in result.clips] == [
        (str(footage[0]), 5, 20), (str(footage[1]), 10, 35), (str(footage[0]), 0, 60),
    ]  # fmt: skip
    assert [c.frame_count for c in result.clips] == [15, 30, 60]
    assert result.warnings == ["day 2.mp4 has 25 fps in a timeline of 30 fps"]
    assert files["edl"].name == "Best of.edl"
    assert edl_events(files["edl"], Fraction(30)) == [(5, 15), (12, 30), (0, 60)]
    track = otio.adapters.read_from_file(str(files["otio"])).tracks[0]
    assert [(clip.name, clip.source_range.duration.rate) for clip in track] == [
        ("Door", 30),
        ("day 2 2", 25),
        ("day 1 3", 30),
    ]
    assert [c["start"] for c in fcpxml_clips(files["fcpxml"])] == [Fraction(1, 6), Fraction(10, 25), 0]


def test_words_stay_with_what_is_kept(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "talk.mp4", 90)
    words = [{"start": t, "end": t + 0.3, "text": f" w{n}"} for n, t in enumerate((0.1, 1.2, 2.0, 2.5))]
    kept = [{"start": 0, "end": 1}, {"start": 2, "end": 3}]
    result, files = written(run, source=str(clip), kept=kept, markers=words)
    assert [c.text for c in result.clips] == ["w0", "w2 w3"]
    track = otio.adapters.read_from_file(str(files["otio"])).tracks[0]
    places = [
        [(m.name, m.marked_range.start_time.value, m.marked_range.duration.value) for m in c.markers]
        for c in track
    ]
    assert places == [[("w0", 3, 9)], [("w2", 60, 9), ("w3", 75, 9)]]
    read = otio.adapters.read_from_file(str(files["edl"]), rate=30)
    assert [m.name for m in read.tracks[0][1].markers] == ["w2", "w3"]
    assert "* LOC: 01:00:01:15 RED     w3" in files["edl"].read_text(encoding="utf-8")


def test_a_sentence_that_begins_in_a_cut_is_with_the_clip_that_it_lasts_into(
    tmp_path: Path, run: PhaseRun
) -> None:
    clip = make_clip(tmp_path / "talk.mp4", 90)
    kept = [{"start": 0, "end": 1}, {"start": 2, "end": 3}]
    said = [{"start": 1.9, "end": 2.5, "text": "late"}, {"start": 1.2, "end": 1.8, "text": "gone"}]
    result, files = written(run, source=str(clip), kept=kept, markers=said)
    assert [c.text for c in result.clips] == ["", "late"]
    track = otio.adapters.read_from_file(str(files["otio"])).tracks[0]
    (span,) = (marker.marked_range for marker in track[1].markers)
    assert (span.start_time.value, span.duration.value) == (60, 15)


def test_a_sound_recorder_s_clock_is_its_timecode(tmp_path: Path, run: PhaseRun) -> None:
    sound = make_sound(tmp_path / "take.wav", 2.0, codec="pcm_s16le")
    stamped = tmp_path / "stamped.wav"
    stamp = ["-write_bext", "1", "-metadata", f"time_reference={48000 * 36000}"]
    subprocess.run(
        [str(locate()), "-v", "error", "-i", str(sound), "-c", "copy", *stamp, str(stamped)], check=True
    )
    result, files = written(run, source=str(stamped), kept=[{"start": 0.4, "end": 1.2}], formats=["edl"])
    assert (result.clips[0].source_in, result.clips[0].source_out) == ("10:00:00:10", "10:00:01:05")
    assert edl_events(files["edl"], Fraction(25)) == [(36000 * 25 + 10, 20)]


def test_a_variable_rate_is_placed_by_time(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "phone.mp4", 30)
    result, _ = written(run, source=str(clip), cuts=[7, 19], fps=30)
    assert [c.start for c in result.clips] == pytest.approx([0, times[7], times[19]], abs=0.5 / 15)
    assert "variable frame rate" in result.warnings[0]


def test_sound_alone_has_a_track_of_sound(tmp_path: Path, run: PhaseRun) -> None:
    sound = make_sound(tmp_path / "take.flac", 3.0)
    result, files = written(run, source=str(sound), kept=[{"start": 0.5, "end": 1.5}], fps=50)
    (track,) = otio.adapters.read_from_file(str(files["otio"])).tracks
    assert (track.kind, clips_of(track)) == ("Audio", [(25, 50, str(sound))])
    assert [clip["duration"] for clip in fcpxml_clips(files["fcpxml"])] == [1]
    assert result.rate == "50/1"


def test_only_what_is_asked_for_is_written(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10, sound=None)
    result, files = written(run, source=str(clip), formats="edl")
    assert (list(files), result.formats) == (["edl"], ["edl"])
    assert edl_events(files["edl"], Fraction(30)) == [(0, 10)]


def test_without_the_extra_the_others_are_written_and_otio_says_what_to_install(
    tmp_path: Path, run: PhaseRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentimelineio", None)  # as where it is not installed
    clip = make_clip(tmp_path / "a.mp4", 10, sound=None)
    assert written(run, source=str(clip), formats=[])[0].formats == ["fcpxml", "edl", "csv"]
    with pytest.raises(VqError, match="needs the extra otio") as caught:
        written(run, source=str(clip), formats=["csv", "otio"])
    assert "video_queue[otio]" in caught.value.hint


def test_files_of_one_beginning_have_reels_of_their_own(tmp_path: Path, run: PhaseRun) -> None:
    clips = [make_clip(tmp_path / f"interview_{n}.mp4", 5) for n in range(3)]
    _, files = written(run, inputs=[str(clip) for clip in clips])
    read = otio.adapters.read_from_file(str(files["edl"]), rate=30)
    assert [clip.metadata["cmx_3600"]["reel"] for clip in read.tracks[0]] == [
        "INTERVIE",
        "INTERVI2",
        "INTERVI3",
    ]


@pytest.mark.parametrize(
    "params",
    [{}, {"source": "a", "inputs": ["a"]}, {"source": "a", "cuts": [1], "kept": []}, {"inputs": ["a"], "cuts": [1]},
     {"source": "a", "formats": ["aaf"]}, {"source": "a", "fps": 0}],
)  # fmt: skip
def test_parameters_that_make_no_sense(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TimelineParams.model_validate(params)


def test_what_cannot_be_on_a_timeline(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10)
    picture = make_pictures(tmp_path / "frames", 1)[0]
    for source, more, code in (
        (make_junk(tmp_path / "junk.mp4"), {}, "input_unreadable"),
        (tmp_path / "none.mp4", {}, "input_missing"),
        (picture, {}, "input_unreadable"),
        (clip, {"cuts": [10]}, "media_failed"),
        (clip, {"scenes": [{"start_frame": 3, "end_frame": 11}]}, "media_failed"),
        (clip, {"segments": [{"start": 0, "end": 9}]}, "media_failed"),
    ):
        with pytest.raises(VqError) as caught:
            written(run, source=str(source), **more)
        assert caught.value.code == code
