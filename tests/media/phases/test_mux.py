"""media.mux: new sound under an untouched picture, both packet by packet."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.media_clips import (
    codes_of,
    make_clip,
    make_junk,
    make_sound,
    make_vfr,
    picture_packets,
    sound_packets,
    times_of,
)
from video_queue.domain.errors import VqError
from video_queue.domain.media.clips import MuxParams, MuxResult
from video_queue.media.facts import probe, read_to_end
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import mux


def muxed(run: PhaseRun, video: Path, audio: Path) -> MuxResult:
    return asyncio.run(mux.run(MuxParams(video=str(video), audio=str(audio)), run))


@pytest.mark.parametrize(
    ("codec", "name", "container"),
    [
        ("aac", "s.m4a", ".mp4"),
        ("flac", "s.flac", ".mp4"),
        ("pcm_s16le", "s.wav", ".mov"),
        ("libmp3lame", "s.mp3", ".mp4"),
    ],
)
def test_both_streams_are_copied(
    tmp_path: Path, run: PhaseRun, codec: str, name: str, container: str
) -> None:
    clip = make_clip(tmp_path / "a.mp4", 60, options={"bf": "3"})
    sound = make_sound(tmp_path / name, 2.0, codec=codec)
    result = muxed(run, clip, sound)
    output = Path(result.file.path)
    assert output.suffix == container
    assert picture_packets(output) == picture_packets(clip)
    original, kept = b"".join(sound_packets(sound)), b"".join(sound_packets(output))
    assert original.startswith(kept)
    assert len(kept) >= 0.95 * len(original)
    assert codes_of(output) == list(range(60))
    assert (result.frame_count, result.encoder_used, result.warnings) == (60, "copy", [])
    assert read_to_end(output).frames == 60


def test_a_vfr_picture_keeps_its_times(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 30)
    output = Path(muxed(run, clip, make_sound(tmp_path / "s.m4a", 1.0, codec="aac")).file.path)
    assert times_of(output) == pytest.approx(times, abs=1e-3)


def test_rotation_stays(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "r.mp4", 10, rotation=90)
    output = Path(muxed(run, clip, make_sound(tmp_path / "s.m4a", 1.0, codec="aac")).file.path)
    assert (probe(output).rotation, codes_of(output)) == (90, list(range(10)))


def test_lengths_that_differ_are_a_warning(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 30, sound=None)
    result = muxed(run, clip, make_sound(tmp_path / "long.m4a", 4.0, codec="aac"))
    facts = probe(Path(result.file.path))
    assert "longer" in result.warnings[0]
    assert facts.audio is not None
    assert facts.audio.duration == pytest.approx(1.0, abs=0.07)


def test_missing_streams(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10, sound=None)
    sound = make_sound(tmp_path / "s.flac")
    for video, audio, named in (
        (clip, clip, clip),
        (sound, sound, sound),
        (clip, make_junk(tmp_path / "junk.mp3"), tmp_path / "junk.mp3"),
    ):
        with pytest.raises(VqError) as caught:
            muxed(run, video, audio)
        assert caught.value.code == "input_unreadable"
        assert str(named) in caught.value.message
