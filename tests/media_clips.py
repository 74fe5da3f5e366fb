"""Clips whose truth is known: every frame carries its number as big black and white blocks, sound its own clicks.

Made with numpy and PyAV, small and quick, for all tests. `codes_of` reads the numbers back, upright as shown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image

BITS = 16
SIZE = (320, 192)
SAMPLE_RATE = 48000
Pixels = NDArray[np.uint8]
P = ParamSpec("P")


def code_frame(number: int, size: tuple[int, int] = SIZE) -> Pixels:
    """A picture (height, width, 3): in its upper sixth 16 blocks, bit b of `number` white, lowest bit left."""
    width, height = size
    across = np.linspace(40, 200, width)[None, :, None] * np.array([1.0, 0.6, 0.3])
    down = np.linspace(0, 50, height)[:, None, None] * np.array([0.2, 0.5, 1.0])
    picture = np.clip(across + down + (number % 7) * 2, 0, 255).astype(np.uint8)
    for bit in range(BITS):
        left, right = bit * width // BITS, (bit + 1) * width // BITS
        picture[: height // 6, left:right] = 255 if number >> bit & 1 else 0
    return picture


def read_code(picture: Pixels) -> int:
    """The number that a picture of any size (height, width[, 3]) carries."""
    grey = picture.mean(axis=2) if picture.ndim == 3 else picture
    height, width = grey.shape
    rows = grey[height // 24 : height // 8]
    number = 0
    for bit in range(BITS):
        left, right = (bit + 0.25) * width / BITS, (bit + 0.75) * width / BITS
        number |= int(rows[:, int(left) : max(int(right), int(left) + 1)].mean() > 128) << bit
    return number


def sound_wave(seconds: float, rate: int = SAMPLE_RATE, channels: int = 2) -> NDArray[np.float32]:
    """(channels, samples): a rising tone with a click at every quarter of a second."""
    samples = round(seconds * rate)
    t = np.arange(samples) / rate
    wave = 0.2 * np.sin(2 * np.pi * (200 + 40 * t) * t)
    wave[:: rate // 4] = 0.9
    return np.tile(wave.astype(np.float32), (channels, 1))


def drawn_once(make: Callable[Concatenate[Path, P], Path]) -> Callable[Concatenate[Path, P], Path]:
    """Write a clip again that this run has made before, rather than draw and encode it: most tests ask for the same."""
    clips: dict[str, bytes] = {}

    @functools.wraps(make)
    def write(path: Path, *args: Any, **options: Any) -> Path:
        if "picture" in options or "wave" in options:
            return make(path, *args, **options)
        key = repr((path.suffix, args, sorted(options.items())))
        if key in clips:
            path.write_bytes(clips[key])
        else:
            clips[key] = make(path, *args, **options).read_bytes()
        return path

    return write


@drawn_once
def make_clip(
    path: Path,
    frames: int = 60,
    *,
    fps: Fraction | int = 30,
    size: tuple[int, int] = SIZE,
    sound: str | None = "aac",
    sound_seconds: float | None = None,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    times: Sequence[float] | None = None,
    rotation: int = 0,
    sar: Fraction | None = None,
    first: int = 0,
    options: dict[str, str] | None = None,
    picture: Callable[[int, tuple[int, int]], Pixels] = code_frame,
    wave: NDArray[np.float32] | None = None,
    container: dict[str, str] | None = None,
) -> Path:
    """A clip of frames numbered from `first`. `times` (seconds) makes it VFR; `rotation` is a display matrix
    in degrees clockwise, the stored picture being turned against it, so that it is upright as shown. `sar` is the
    shape of the stored pixels, `wave` another sound (channels, samples), `container` are options of its format."""
    rate = Fraction(fps)
    shown = size if rotation in (0, 180) else (size[1], size[0])
    with av.open(str(path), "w", options=container or {}) as file:
        video = file.add_stream(codec, rate=rate)
        video.width, video.height, video.pix_fmt = *size, pixels
        video.options = {"crf": "12", "g": "30", **(options or {})} if codec == "libx264" else options or {}
        base = Fraction(1, 12800) if times is not None else 1 / rate
        video.time_base = video.codec_context.time_base = base
        if sar:
            video.codec_context.sample_aspect_ratio = sar
        if rotation:
            video.set_display_rotation(-rotation)
        audio = file.add_stream(sound, rate=SAMPLE_RATE, layout="stereo") if sound else None
        for number in range(frames):
            pixels_now = np.rot90(picture(first + number, shown), rotation // 90)
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(pixels_now), format="rgb24")
            frame.pts = round(times[number] / base) if times is not None else number
            frame.time_base = base
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        if audio is not None:
            length = sound_seconds if sound_seconds is not None else float(frames / rate)
            _write_sound(file, audio, sound_wave(length) if wave is None else wave)
    return path


def make_vfr(path: Path, frames: int = 40, *, sound: str | None = "aac") -> tuple[Path, list[float]]:
    """A clip whose frames last 1/30, 1/10 and 1/15 s in turn, and the true times."""
    gaps = [(1 / 30, 1 / 10, 1 / 15)[number % 3] for number in range(frames)]
    times = [round(sum(gaps[:number]) * 12800) / 12800 for number in range(frames)]
    return make_clip(path, frames, times=times, sound=sound, sound_seconds=sum(gaps)), times


def make_odd(path: Path, frames: int = 20, *, sound: str | None = None) -> Path:
    """321 x 193 pixels, which no 4:2:0 encoder takes as it is."""
    return make_clip(path, frames, size=(321, 193), pixels="yuv444p", sound=sound)


def make_sound(path: Path, seconds: float = 2.0, *, codec: str = "flac") -> Path:
    """A file with sound only."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=SAMPLE_RATE, layout="stereo")
        _write_sound(container, stream, sound_wave(seconds))
    return path


def make_pictures(
    folder: Path, count: int = 20, *, size: tuple[int, int] = SIZE, suffix: str = ".png"
) -> list[Path]:
    """Numbered pictures that carry their number."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"p{number:04d}{suffix}" for number in range(count)]
    for number, path in enumerate(paths):
        Image.fromarray(code_frame(number, size)).save(path)
    return paths


def make_junk(path: Path) -> Path:
    """Bytes that are no media file."""
    path.write_bytes(np.random.default_rng(7).bytes(20_000))
    return path


def make_truncated(path: Path, source: Path, keep: float = 0.5) -> Path:
    """The first part of a file."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    return path


def pictures_of(path: Path) -> list[Pixels]:
    """All frames of a clip as RGB, upright as shown."""
    with av.open(str(path)) as container:
        return [
            np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
            for frame in container.decode(video=0)
        ]


def same_pictures(pictures: Sequence[Pixels], others: Sequence[Pixels]) -> bool:
    """Whether two runs of frames are equal in number and in every pixel."""
    return len(pictures) == len(others) and all(map(np.array_equal, pictures, others))


def codes_of(path: Path) -> list[int]:
    """The numbers of a clip's frames in the order they are shown."""
    return [read_code(picture) for picture in pictures_of(path)]


def code_of_picture(path: Path) -> int:
    """The number a still picture carries."""
    with Image.open(path) as image:
        return read_code(np.asarray(image.convert("RGB")))


def times_of(path: Path) -> list[float]:
    """When each frame is shown, from the first one on."""
    with av.open(str(path)) as container:
        stamps = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
    return [stamp - stamps[0] for stamp in stamps]


def sound_of(path: Path) -> NDArray[np.float32]:
    """(channels, samples) of the first sound stream; a codec's padding at the end is left out, as players do."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp")
        blocks = [
            block.to_ndarray() for frame in container.decode(stream) for block in resampler.resample(frame)
        ]
        length = round(stream.duration * stream.time_base * stream.rate) if stream.duration else None
    return np.concatenate(blocks, axis=1)[:, :length]


def sound_packets(path: Path) -> list[bytes]:
    """The compressed sound, packet by packet."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def picture_packets(path: Path) -> list[bytes]:
    """The compressed picture, packet by packet."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def _write_sound(
    container: av.container.OutputContainer, stream: av.AudioStream, wave: NDArray[np.float32]
) -> None:
    block = 1024
    resampler = av.AudioResampler(
        format=stream.format.name, layout="stereo", rate=SAMPLE_RATE, frame_size=stream.frame_size or block
    )
    for start in range(0, wave.shape[1], block):
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(wave[:, start : start + block]), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
        for piece in resampler.resample(frame):
            container.mux(stream.encode(piece))
    for piece in resampler.resample(None):
        container.mux(stream.encode(piece))
    container.mux(stream.encode(None))
