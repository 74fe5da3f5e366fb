"""media.probe, and the table of drivers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.media_clips import make_clip, make_junk, make_pictures, make_sound, make_vfr
from video_queue.domain.errors import VqError
from video_queue.domain.media.clips import ProbeParams, ProbeResult
from video_queue.domain.media.phases import PHASES, PhaseKind
from video_queue.domain.views import MediaFile
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import DRIVERS, probe


def probed(run: PhaseRun, source: Path, count: bool = True) -> ProbeResult:
    return asyncio.run(probe.run(ProbeParams(source=str(source), count_frames=count), run))


def test_every_media_phase_has_a_driver() -> None:
    assert set(DRIVERS) == {name for name, spec in PHASES.items() if spec.kind is PhaseKind.MEDIA}


def test_a_clip(tmp_path: Path, run: PhaseRun) -> None:
    result = probed(run, make_clip(tmp_path / "a.mp4", 45, fps=25, rotation=90))
    assert (result.kind, result.codec, result.width, result.height, result.rotation) == (
        "video",
        "h264",
        192,
        320,
        90,
    )
    assert (result.fps, result.frames, result.vfr, result.duration) == (25.0, 45, False, pytest.approx(1.8))
    assert result.audio is not None
    assert (result.audio.codec, result.audio.channels, result.audio.sample_rate) == ("aac", 2, 48000)
    assert [stream.type for stream in result.streams] == ["video", "audio"]


def test_a_vfr_clip(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 31)
    result = probed(run, clip)
    assert (result.vfr, result.frames) == (True, 31)
    assert result.fps == pytest.approx(30 / times[-1], rel=1e-3)


def test_sound_and_pictures(tmp_path: Path, run: PhaseRun) -> None:
    sound = probed(run, make_sound(tmp_path / "s.flac", 1.5))
    assert (sound.kind, sound.width, sound.duration) == ("audio", None, pytest.approx(1.5))
    picture = probed(run, make_pictures(tmp_path / "p", 1)[0])
    assert (picture.kind, picture.width, picture.height, picture.frames) == ("image", 320, 192, 1)


def test_junk_is_refused(tmp_path: Path, run: PhaseRun) -> None:
    with pytest.raises(VqError) as caught:
        probed(run, make_junk(tmp_path / "junk.mp4"))
    assert caught.value.code == "input_unreadable"


def test_a_file_object_gives_its_path() -> None:
    assert ProbeParams.model_validate({"source": {"path": "/a.mp4", "index": 1}}).source == "/a.mp4"
    assert ProbeParams.model_validate({"source": MediaFile(path="/b.mp4")}).source == "/b.mp4"


def test_old_results_stay_readable() -> None:
    assert ProbeResult.model_validate({"width": 3, "of_another_version": True}).width == 3
