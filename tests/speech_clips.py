"""Sound like speech with silences that are known: harmonics in syllables, over nothing or over noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.media_clips import SAMPLE_RATE, SIZE, Pixels, code_frame, drawn_once

# Seven silences of 0.3 to 1 second, in 12 seconds.
GAPS = ((0.0, 0.8), (2.0, 3.0), (4.2, 4.5), (6.0, 6.7), (7.9, 8.5), (9.3, 9.7), (11.0, 12.0))
SECONDS = 12.0
# The first three formants of vowels, in Hz.
_VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (570, 840, 2410), (530, 1840, 2480), (300, 870, 2240))


def speech_wave(
    gaps: Sequence[tuple[float, float]] = GAPS, seconds: float = SECONDS, noise_db: float | None = None
) -> NDArray[np.float32]:
    """(samples,): speech but for `gaps`, whose edges are sharp; noise of `noise_db` (of full scale) throughout."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = 2 * np.pi * np.cumsum(120 + 25 * np.sin(2 * np.pi * 0.7 * t)) / SAMPLE_RATE
    voice = sum(np.sin(order * pitch) / order**0.7 for order in range(1, 25))
    wave = 0.12 * voice * (0.45 + 0.55 * np.abs(np.sin(2 * np.pi * 2.3 * t)))
    for start, end in gaps:
        wave[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = 0
    if noise_db is not None:
        wave += np.random.default_rng(3).normal(0, 10 ** (noise_db / 20), len(wave))
    return np.clip(wave, -1, 1).astype(np.float32)


def voice_wave(gaps: Sequence[tuple[float, float]] = GAPS, seconds: float = SECONDS) -> NDArray[np.float32]:
    """(samples,): a voice that sings vowels, which Silero's model takes for one, but for `gaps`."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = 120 + 25 * np.sin(2 * np.pi * 0.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    vowel = (t / 0.16).astype(int)
    formants = np.array(_VOWELS)[(vowel * 2 + vowel // 5) % len(_VOWELS)]
    wave = np.zeros(len(t))
    for order in range(1, 32):
        distances = (order * pitch[:, None] - formants) / (90, 110, 170)
        wave += ((1, 0.6, 0.3) / (1 + distances**2)).sum(axis=1) * np.sin(order * phase) / order**0.3
    wave *= 0.3 * (0.15 + 0.85 * np.abs(np.sin(np.pi * t / 0.32)) ** 0.5) / np.abs(wave).max()
    for start, end in gaps:
        wave[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = 0
    return wave.astype(np.float32)


@drawn_once
def make_speech(
    path: Path,
    *,
    gaps: Sequence[tuple[float, float]] = GAPS,
    seconds: float = SECONDS,
    noise_db: float | None = None,
    fps: int | None = 30,
    codec: str = "flac",
    loudness: float = 1.0,
    size: tuple[int, int] = SIZE,
    vowels: bool = False,
    picture: Callable[[int, tuple[int, int]], Pixels] = code_frame,
) -> Path:
    """Speech in a file of its own (`fps` None), or under numbered frames, in mono; `vowels` as in `voice_wave`."""
    with av.open(str(path), "w") as container:
        if fps is not None:
            video = container.add_stream("libx264", rate=fps)
            video.width, video.height, video.pix_fmt = *size, "yuv420p"
            video.options = {"crf": "20", "g": "60", "preset": "ultrafast"}
            video.time_base = video.codec_context.time_base = Fraction(1, fps)
        audio = container.add_stream(codec, rate=SAMPLE_RATE, layout="mono")
        if fps is not None:
            for number in range(round(seconds * fps)):
                frame = VideoFrame.from_ndarray(picture(number, size), format="rgb24")
                frame.pts = number
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        wave = voice_wave(gaps, seconds) if vowels else speech_wave(gaps, seconds, noise_db)
        _write(container, audio, loudness * wave)
    return path


def _write(container: av.container.OutputContainer, audio: av.AudioStream, wave: NDArray[np.float32]) -> None:
    resampler = av.AudioResampler(
        format=audio.format.name, layout="mono", rate=SAMPLE_RATE, frame_size=audio.frame_size or 4096
    )
    for start in range(0, len(wave), 4096):
        frame = AudioFrame.from_ndarray(wave[None, start : start + 4096], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
        for piece in resampler.resample(frame):
            container.mux(audio.encode(piece))
    for piece in resampler.resample(None):
        container.mux(audio.encode(piece))
    container.mux(audio.encode(None))
