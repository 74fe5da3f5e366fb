"""media.silence_apply: exactly the frames outside the silences, and with each of them exactly its own sound."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from tests.media.run_record import RunRecord
from tests.media_clips import (
    SAMPLE_RATE,
    codes_of,
    make_clip,
    make_junk,
    make_odd,
    make_sound,
    make_vfr,
    pictures_of,
    sound_of,
    sound_packets,
    times_of,
)
from tests.speech_clips import make_speech
from video_queue.domain.errors import VqError
from video_queue.domain.media.sound import SilenceApplyParams, SilenceApplyResult, SilenceRemoveParams
from video_queue.media.facts import read_to_end
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import silence_apply, silence_remove

SAMPLES_A_FRAME = SAMPLE_RATE // 30


def applied(run: PhaseRun, source: Path, *gaps: tuple[float, float], **params: Any) -> SilenceApplyResult:
    segments = [{"start": start, "end": end} for start, end in gaps]
    return asyncio.run(
        silence_apply.run(SilenceApplyParams(source=str(source), segments=segments, **params), run)
    )


def codes(result: SilenceApplyResult) -> list[int]:
    return codes_of(Path(result.file.path))


def pieces_of(sound: NDArray[np.float32], frames: list[int]) -> NDArray[np.float32]:
    """The sound that belongs to these frames of a clip at 30 fps."""
    return np.concatenate([sound[:, n * SAMPLES_A_FRAME : (n + 1) * SAMPLES_A_FRAME] for n in frames], axis=1)


def lag_of(sound: NDArray[np.float32], expected: NDArray[np.float32], at: float) -> int:
    """By how many samples half a second of `sound` lies behind what is expected there."""
    begin, width, most = round(at * SAMPLE_RATE), SAMPLE_RATE // 2, 500
    likeness = np.correlate(
        sound[begin - most : begin + width + most], expected[begin : begin + width], "valid"
    )
    return int(np.argmax(likeness)) - most


def test_frames_outside_the_silences_stay_and_each_keeps_its_own_samples(
    tmp_path: Path, run: PhaseRun, record: RunRecord
) -> None:
    clip = make_clip(tmp_path / "a.mkv", 90, sound="flac")
    result = applied(run, clip, (2.0, 2.5), (0.5, 1.0), margin=0.1, codec="ffv1", fade_ms=0)
    kept = [*range(18), *range(27, 63), *range(72, 90)]
    assert codes(result) == kept
    sound = sound_of(Path(result.file.path))
    assert np.abs(sound - pieces_of(sound_of(clip), kept)).max() < 2**-15
    assert [(span.start, span.end) for span in result.removed] == [(0.6, 0.9), (2.1, 2.4)]
    assert [(span.start, span.end) for span in result.kept] == [(0.0, 0.6), (0.9, 2.1), (2.4, 3.0)]
    assert (result.frame_count, result.encoder_used, result.mode) == (72, "ffv1", "cut")
    assert [path.name for path in run.work_dir.iterdir()] == ["video.mkv"]
    assert record.fractions[-1] == 1.0


def test_260_silences_are_cut_exactly(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 1040, size=(64, 48), options={"preset": "ultrafast", "g": "250"})
    gaps = [((4 * number + 1) / 30, (4 * number + 3) / 30) for number in range(260)]
    result = applied(run, clip, *gaps, margin=0)
    kept = [number for number in range(1040) if number % 4 not in (1, 2)]
    assert codes(result) == kept
    assert len(result.removed) == 260
    sound, expected = sound_of(Path(result.file.path))[0], pieces_of(sound_of(clip), kept)[0]
    assert max(abs(lag_of(sound, expected, at)) for at in (1, 8, 16)) < SAMPLE_RATE / 1000


def test_the_sound_is_soft_at_cuts_and_untouched_elsewhere(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mkv", 60, sound="flac")
    result = applied(run, clip, (0.5, 1.0), margin=0, codec="ffv1", fade_ms=10)
    sound, whole = sound_of(Path(result.file.path)), pieces_of(sound_of(clip), [*range(15), *range(30, 60)])
    seam, width = 15 * SAMPLES_A_FRAME, SAMPLE_RATE // 100
    assert np.abs(sound[:, seam - 5 : seam + 5]).max() < 0.02
    assert np.allclose(sound[:, : seam - width], whole[:, : seam - width], atol=2**-15)
    assert np.allclose(sound[:, seam + width :], whole[:, seam + width :], atol=2**-15)


def test_a_variable_rate_keeps_the_time_of_every_frame_that_stays(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 60)
    start, end = times[10], times[31]
    result = applied(run, clip, (start, end), margin=0)
    assert codes(result) == [*range(10), *range(31, 60)]
    expected = [*times[:10], *(time - (end - start) for time in times[31:])]
    assert times_of(Path(result.file.path)) == pytest.approx(expected, abs=1e-3)


def test_sped_up_silences_keep_their_pitch_and_the_speech_its_frames(tmp_path: Path, run: PhaseRun) -> None:
    def tone(path: Path) -> Path:
        t = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
        wave = np.tile((0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32), (2, 1))
        return make_clip(path, 90, sound="flac", wave=wave)

    clip = tone(tmp_path / "a.mkv")
    result = applied(run, clip, (0.5, 2.5), margin=0, mode="speed", speed=4, codec="ffv1", fade_ms=0)
    shown = codes(result)
    assert shown == [*range(15), *(15 + 4 * place for place in range(15)), *range(75, 90)]
    sound = sound_of(Path(result.file.path))[0]
    assert len(sound) == 45 * SAMPLES_A_FRAME
    fast = sound[16 * SAMPLES_A_FRAME : 29 * SAMPLES_A_FRAME]
    spectrum = np.abs(np.fft.rfft(fast * np.hanning(len(fast))))
    assert np.argmax(spectrum) * SAMPLE_RATE / len(fast) == pytest.approx(440, abs=3)
    assert np.sqrt(np.mean(fast**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)


def test_marks_are_chapters_and_nothing_is_encoded(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 60)
    result = applied(run, clip, (0.5, 1.5), mode="mark")
    path = Path(result.file.path)
    assert sound_packets(path) == sound_packets(clip)
    assert codes(result) == list(range(60))
    with av.open(str(path)) as container:
        chapters = [
            (chapter["metadata"]["title"], float(chapter["start"] * chapter["time_base"]))
            for chapter in container.chapters()
        ]
    assert chapters == [("Speech 1", 0.0), ("Silence 1", 0.6), ("Speech 2", 1.4)]
    assert (result.encoder_used, len(result.removed)) == ("copy", 1)


def test_without_silences_the_file_is_copied(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 20)
    result = applied(run, clip, (0.3, 0.4), margin=0.1)
    assert result.warnings == ["there is no silence to cut; the file is the source's, copied"]
    assert sound_packets(Path(result.file.path)) == sound_packets(clip)
    assert codes(result) == list(range(20))


def test_sound_alone_is_cut_to_the_sample(tmp_path: Path, run: PhaseRun) -> None:
    source = make_sound(tmp_path / "talk.flac", 2.0)
    result = applied(run, source, (0.5, 1.0001), margin=0, fade_ms=0)
    whole = sound_of(source)
    expected = np.concatenate([whole[:, : SAMPLE_RATE // 2], whole[:, round(1.0001 * SAMPLE_RATE) :]], axis=1)
    assert np.abs(sound_of(Path(result.file.path)) - expected).max() < 2**-15
    assert (Path(result.file.path).suffix, result.frame_count) == (".flac", 0)


@pytest.mark.parametrize("kind", ["silent", "odd", "turned"])
def test_any_kind_of_picture(tmp_path: Path, run: PhaseRun, kind: str) -> None:
    clip = {
        "silent": lambda: make_clip(tmp_path / "a.mp4", 30, sound=None),
        "odd": lambda: make_odd(tmp_path / "o.mp4", 30),
        "turned": lambda: make_clip(tmp_path / "r.mp4", 30, rotation=90),
    }[kind]()
    result = applied(run, clip, (0.2, 0.5), margin=0)
    assert codes(result) == [*range(6), *range(15, 30)]
    height, width, _ = pictures_of(clip)[0].shape
    assert (result.file.width, result.file.height) == (width + width % 2, height + height % 2)


def test_find_and_cut_in_one_step(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_speech(tmp_path / "talk.mp4", noise_db=-50, codec="aac")
    result = asyncio.run(silence_remove.run(SilenceRemoveParams(source=str(clip), min_silence=0.2), run))
    # Of 4.8 s of silence 0.1 s stay beside the speech at twelve edges.
    assert result.frame_count == pytest.approx(360 - 30 * (4.8 - 12 * 0.1), abs=4)
    assert (len(result.silences), result.engine_used) == (7, "rms")
    assert read_to_end(Path(result.file.path)).frames == result.frame_count


def test_what_cannot_be_cut_is_refused_by_name(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10)
    for source, gap, code in (
        (clip, (0, 9), "media_failed"),
        (make_junk(tmp_path / "junk.mp4"), (0, 1), "input_unreadable"),
        (tmp_path / "none.mp4", (0, 1), "input_missing"),
    ):
        with pytest.raises(VqError) as caught:
            applied(run, source, gap)
        assert caught.value.code == code
        assert str(source) in caught.value.message


@pytest.mark.parametrize(
    "params",
    [
        {"segments": [{"start": 2, "end": 1}]},
        {"segments": [{"start": -1, "end": 1}]},
        {"segments": ["1-2"]},
        {"segments": [], "margin": 6},
        {"segments": [], "speed": 1},
        {"segments": [], "mode": "louder"},
        {"segments": [], "crf": 60},
        {},
    ],
)
def test_absurd_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SilenceApplyParams(source="a.mp4", **params)
