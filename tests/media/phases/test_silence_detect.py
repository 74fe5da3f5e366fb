"""media.silence_detect: every silence of speech whose silences are known, over nothing and over noise."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.media_clips import make_clip, make_junk, make_truncated
from tests.speech_clips import GAPS, SECONDS, make_speech
from video_queue.domain.errors import VqError
from video_queue.domain.media.sound import SilenceDetectParams, SilenceDetectResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import silence_detect


def detected(run: PhaseRun, source: Path, **params: Any) -> SilenceDetectResult:
    return asyncio.run(silence_detect.run(SilenceDetectParams(source=str(source), **params), run))


def assert_gaps(result: SilenceDetectResult, within: float = 0.04) -> None:
    spans = [(span.start, span.end) for span in result.silences]
    assert len(spans) == len(GAPS)
    for span, gap in zip(spans, GAPS, strict=True):
        assert span == pytest.approx(gap, abs=within)


@pytest.mark.parametrize(
    ("engine", "noise_db"), [("rms", None), ("rms", -50), ("rms", -30), ("silencedetect", -50)]
)
def test_finds_every_silence_whatever_the_noise(
    tmp_path: Path, run: PhaseRun, engine: str, noise_db: float | None
) -> None:
    sound = make_speech(tmp_path / "talk.flac", noise_db=noise_db, fps=None)
    result = detected(run, sound, engine=engine, min_silence=0.2)
    assert_gaps(result)
    assert result.engine_used == engine
    if noise_db:
        heard = noise_db - 4.8  # a third of the white noise's band
        assert result.floor_db == pytest.approx(heard, abs=2)
    assert list(run.work_dir.iterdir()) == []


def test_silences_of_a_clip_lie_on_its_pictures_clock_and_speech_between_them(
    tmp_path: Path, run: PhaseRun
) -> None:
    result = detected(run, make_speech(tmp_path / "talk.mp4", noise_db=-50, codec="aac"), min_silence=0.5)
    assert [round(span.start, 1) for span in result.silences] == [0.0, 2.0, 6.0, 7.9, 11.0]
    assert result.duration == SECONDS
    edges = [edge for span in (*result.silences, *result.speech) for edge in (span.start, span.end)]
    assert sorted(edges) == sorted([0.0, SECONDS, *sorted(edges)[1:-1]])
    assert sum(span.end - span.start for span in (*result.silences, *result.speech)) == pytest.approx(SECONDS)


def test_a_tone_has_no_silence_and_silence_no_speech(tmp_path: Path, run: PhaseRun) -> None:
    assert detected(run, make_speech(tmp_path / "t.flac", gaps=(), seconds=3, fps=None)).silences == []
    silent = make_speech(tmp_path / "s.flac", gaps=((0, 3),), seconds=3, fps=None)
    result = detected(run, silent)
    assert ([(span.start, span.end) for span in result.silences], result.speech) == ([(0, 3)], [])
    assert result.warnings == [
        "nothing but silence was found; set threshold lower if there is something to hear"
    ]


def test_sound_that_ends_before_the_picture_ends_in_silence(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "c.mp4", 90, sound_seconds=1.5)
    (span,) = detected(run, clip, threshold=-40).silences
    assert (span.start, span.end) == (pytest.approx(1.5, abs=0.05), 3.0)


@pytest.mark.skipif(importlib.util.find_spec("faster_whisper") is None, reason="the extra `speech`")
def test_the_engine_for_voices_finds_the_pauses_of_a_voice(tmp_path: Path, run: PhaseRun) -> None:
    voice = make_speech(tmp_path / "voice.flac", fps=None, vowels=True)
    result = detected(run, voice, engine="vad", min_silence=0.5)
    pauses = [(start, end) for start, end in GAPS if end - start > 0.5]
    assert [(span.start, span.end) for span in result.silences] == [
        (pytest.approx(start, abs=0.25), pytest.approx(end, abs=0.25)) for start, end in pauses
    ]


def test_the_engine_for_voices_says_which_extra_it_needs(
    tmp_path: Path, run: PhaseRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper.vad", None)
    with pytest.raises(VqError) as caught:
        detected(run, make_speech(tmp_path / "t.flac", seconds=2, fps=None), engine="vad")
    assert caught.value.code == "media_failed"
    assert "pip install 'video_queue[speech]'" in str(caught.value.hint)


def test_what_has_no_sound_is_refused_by_name(tmp_path: Path, run: PhaseRun) -> None:
    silent = make_clip(tmp_path / "silent.mp4", 10, sound=None)
    flac = make_speech(tmp_path / "whole.flac", seconds=4, gaps=(), fps=None)
    for source, code in (
        (silent, "input_unreadable"),
        (make_junk(tmp_path / "junk.mp4"), "input_unreadable"),
        (make_truncated(tmp_path / "cut.flac", flac, 0.002), "input_unreadable"),
        (tmp_path / "none.mp4", "input_missing"),
    ):
        with pytest.raises(VqError) as caught:
            detected(run, source)
        assert caught.value.code == code
        assert str(source) in caught.value.message


@pytest.mark.parametrize(
    "params",
    [
        {"threshold": 3},
        {"threshold": "loud"},
        {"threshold": True},
        {"min_silence": 0},
        {"engine": "ai"},
        {"x": 1},
    ],
)
def test_absurd_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SilenceDetectParams(source="a.mp4", **params)


def test_a_threshold_may_have_its_unit() -> None:
    levels = [
        SilenceDetectParams(source="a", threshold=value).threshold for value in ("-40 dB", -40, "auto", None)
    ]
    assert levels == [-40, -40, None, None]
