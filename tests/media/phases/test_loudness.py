"""media.loudness: the loudness that was asked for, measured here by BS.1770 itself; the picture untouched."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from tests.media_clips import SAMPLE_RATE, make_clip, make_junk, picture_packets, sound_of
from tests.speech_clips import make_speech
from video_queue.domain.errors import VqError
from video_queue.domain.media.sound import LoudnessParams, LoudnessResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import loudness

# The two filters of K-weighting at 48 kHz (ITU-R BS.1770-4, tables 1 and 2).
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))


def evened(run: PhaseRun, source: Path, **params: Any) -> LoudnessResult:
    return asyncio.run(loudness.run(LoudnessParams(source=str(source), **params), run))


def lufs(sound: NDArray[np.float32]) -> float:
    """Integrated loudness of (channels, samples) at 48 kHz, by the standard's own text."""
    weighted = np.array(
        [_filtered(_filtered(channel.astype(float), *_SHELF), *_HIGH_PASS) for channel in sound]
    )
    size, hop = SAMPLE_RATE * 4 // 10, SAMPLE_RATE // 10
    starts = range(0, weighted.shape[1] - size + 1, hop)
    power = np.array([np.square(weighted[:, at : at + size]).mean(axis=1).sum() for at in starts])
    level = -0.691 + 10 * np.log10(power + 1e-12)
    gated = power[level > -70]
    relative = -0.691 + 10 * np.log10(gated.mean()) - 10
    return float(-0.691 + 10 * np.log10(power[(level > -70) & (level > relative)].mean()))


def _filtered(x: NDArray[Any], top: tuple[float, ...], bottom: tuple[float, ...]) -> NDArray[Any]:
    """A biquad by its response over the whole sound (padded, so that it does not wrap around)."""
    size = 2 * len(x)
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = (top[0] + top[1] * z + top[2] * z**2) / (1 + bottom[0] * z + bottom[1] * z**2)
    return np.fft.irfft(np.fft.rfft(x, size) * response, size)[: len(x)]


@pytest.mark.parametrize(("loud", "target"), [(0.25, -16.0), (1.0, -23.0), (0.3, -14.0)])
def test_the_loudness_that_was_asked_for(tmp_path: Path, run: PhaseRun, loud: float, target: float) -> None:
    clip = make_speech(tmp_path / "talk.mp4", codec="aac", loudness=loud, noise_db=-60, size=(64, 48))
    result = evened(run, clip, target=target)
    path = Path(result.file.path)
    assert lufs(sound_of(path)) == pytest.approx(target, abs=0.5)
    assert result.after.integrated == pytest.approx(target, abs=0.5)
    assert result.before.integrated == pytest.approx(lufs(sound_of(clip)), abs=0.2)
    assert picture_packets(path) == picture_packets(clip)
    assert sound_of(path).shape[1] == pytest.approx(sound_of(clip).shape[1], abs=1)
    assert (result.encoder_used, result.warnings) == ("copy", [])


def test_peaks_are_held(tmp_path: Path, run: PhaseRun) -> None:
    t = np.arange(6 * SAMPLE_RATE) / SAMPLE_RATE
    quiet = 0.02 * np.sin(2 * np.pi * 500 * t)
    clicks = np.where(t % 1 < 0.002, 0.5 * np.sin(2 * np.pi * 1000 * t), 0)
    wave = np.tile((quiet + clicks).astype(np.float32), (2, 1))
    clip = make_clip(tmp_path / "a.mkv", 6, fps=1, size=(64, 48), sound="flac", wave=wave)
    result = evened(run, clip, target=-20.0, true_peak=-3.0)
    assert result.limited
    assert result.after.true_peak is not None
    assert result.after.true_peak <= -3.0
    assert lufs(sound_of(Path(result.file.path))) == pytest.approx(-20, abs=0.5)


def test_sound_that_fits_is_only_raised(tmp_path: Path, run: PhaseRun) -> None:
    sound = make_speech(tmp_path / "talk.flac", loudness=0.1, seconds=5, fps=None)
    result = evened(run, sound, target=-30.0)
    gain = 10 ** (result.gain_db / 20)
    assert not result.limited
    assert np.abs(sound_of(Path(result.file.path)) - gain * sound_of(sound)).max() < 2e-4
    assert Path(result.file.path).suffix == ".flac"


def test_nothing_to_hear_is_copied(tmp_path: Path, run: PhaseRun) -> None:
    silent = make_speech(tmp_path / "s.flac", gaps=((0, 3),), seconds=3, fps=None)
    result = evened(run, silent)
    assert result.warnings == ["there is nothing to hear; the file is the source's, copied"]
    assert result.after.integrated is None


def test_what_has_no_sound_is_refused_by_name(tmp_path: Path, run: PhaseRun) -> None:
    for source, code in (
        (make_clip(tmp_path / "silent.mp4", 5, sound=None), "input_unreadable"),
        (make_junk(tmp_path / "junk.mp4"), "input_unreadable"),
        (tmp_path / "none.mp4", "input_missing"),
    ):
        with pytest.raises(VqError) as caught:
            evened(run, source)
        assert caught.value.code == code
        assert str(source) in caught.value.message


@pytest.mark.parametrize("params", [{"target": 3}, {"target": "loud"}, {"true_peak": 1}, {"lra": 7}])
def test_absurd_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LoudnessParams(source="a.mp4", **params)
