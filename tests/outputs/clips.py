"""Small clips, pictures and sounds for the tests of outputs, made with PyAV and Pillow."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

_VIDEO_CODECS = {
    ".webm": "libvpx",
    ".ts": "mpeg2video",
    ".mkv": "libx264",
    ".mp4": "libx264",
    ".mov": "libx264",
}
_AUDIO_CODECS = {".webm": "libopus", ".ts": "mp2", ".mkv": "aac", ".mp4": "aac", ".mov": "pcm_s16le"}
SIZE = (96, 64)


def make_clip(
    path: Path, *, frames: int = 24, fps: int = 24, sound: bool = False, movflags: str = ""
) -> Path:
    """A clip of moving noise, `frames` long, with an optional tone of the same length."""
    options = {"movflags": movflags} if movflags else {}
    noise = np.random.default_rng(frames)
    with av.open(str(path), "w", options=options) as output:
        video = output.add_stream(_VIDEO_CODECS[path.suffix], rate=fps)
        video.width, video.height = SIZE
        video.pix_fmt = "yuv420p"
        video.time_base = Fraction(1, fps)
        audio = output.add_stream(_AUDIO_CODECS[path.suffix], rate=48000, layout="mono") if sound else None
        for index in range(frames):
            picture = noise.integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        if audio is not None:
            wave = np.sin(np.arange(48000 * frames // fps) / 20).astype(np.float32) * 0.3
            for start in range(0, len(wave), 960):
                block = np.ascontiguousarray(wave[None, start : start + 960])
                sample = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
                sample.pts, sample.sample_rate = start, 48000
                output.mux(audio.encode(sample))
            output.mux(audio.encode(None))
    return path


def make_picture(path: Path, *, seed: int = 0) -> Path:
    """A picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def make_sound(path: Path) -> Path:
    """Half a second of a tone in FLAC or MP3, the latter without an ID3 tag where its name says so."""
    options = {"id3v2_version": "0"} if "without_id3" in path.name else {}
    with av.open(str(path), "w", options=options) as output:
        audio = output.add_stream(
            {".flac": "flac", ".mp3": "libmp3lame"}[path.suffix], rate=44100, layout="mono"
        )
        wave = (np.sin(np.arange(22050) / 20) * 9000).astype(np.int16)
        sample = av.AudioFrame.from_ndarray(
            wave[None], format="s16" if path.suffix == ".flac" else "s16p", layout="mono"
        )
        sample.sample_rate, sample.pts = 44100, 0
        output.mux(audio.encode(sample))
        output.mux(audio.encode(None))
    return path
