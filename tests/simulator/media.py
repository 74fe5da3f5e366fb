"""The input files that the recorded prompts name, made here: pictures, a clip with sound, a broken file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from PIL import Image


def gradient(width: int, height: int) -> Image.Image:
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([x % 256, y % 256, (x + y) % 256], axis=-1).astype(np.uint8))


def make_clip(path: Path, frames: int = 12, size: tuple[int, int] = (96, 64)) -> None:
    """A clip of 12 pictures a second with a tone under it."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=12, options={"preset": "ultrafast"})
        audio = container.add_stream("aac", rate=22050, layout="mono")
        assert isinstance(video, VideoStream)
        assert isinstance(audio, AudioStream)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            pixels = np.full((size[1], size[0], 3), (number * 20 % 256, 80, 120), dtype=np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(video.encode(None))
        count = 22050 * frames // 12
        tone = (0.2 * np.sin(2 * np.pi * 440 * np.arange(count) / 22050)).astype(np.float32)
        for start in range(0, count, 1024):
            frame = av.AudioFrame.from_ndarray(tone[None, start : start + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 22050, start, Fraction(1, 22050)
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))


def fill_inputs(folder: Path) -> None:
    """photo.png, photo2.png, broken.png and clip.mp4."""
    folder.mkdir(parents=True, exist_ok=True)
    gradient(256, 192).save(folder / "photo.png")
    gradient(128, 128).save(folder / "photo2.png")
    (folder / "broken.png").write_text("not an image\n")
    make_clip(folder / "clip.mp4")
