"""Pictures and clips whose values are known to 16 bits, with transparency where it is asked for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.media_clips import SIZE, code_frame

Deep = NDArray[np.uint16]


def deep_frame(number: int, size: tuple[int, int] = SIZE, *, alpha: bool = False) -> Deep:
    """(height, width, 3 or 4): a code frame whose lower half is a ramp of 16-bit greys, each column its own."""
    width, height = size
    picture = code_frame(number, size).astype(np.uint16) * np.uint16(257)
    picture[height // 2 :] = np.linspace(4000, 60000, width).round().astype(np.uint16)[None, :, None]
    if not alpha:
        return picture
    opaque = np.linspace(0, 65535, height).round().astype(np.uint16)[:, None].repeat(width, 1)
    return np.dstack([picture, opaque])


def write_picture(path: Path, pixels: NDArray[Any], format_: str, codec: str) -> Path:
    """One picture as `codec` writes it; `format_` is what its pixels are."""
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = pixels.shape[1], pixels.shape[0], format_
        frame = VideoFrame.from_ndarray(pixels, format=format_)
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def make_deep_pictures(
    folder: Path, count: int, *, alpha: bool = False, size: tuple[int, int] = SIZE
) -> list[Path]:
    """PNG pictures with 16 bits a channel."""
    folder.mkdir(parents=True, exist_ok=True)
    format_ = "rgba64be" if alpha else "rgb48be"
    return [
        write_picture(folder / f"p{number:04d}.png", deep_frame(number, size, alpha=alpha), format_, "png")
        for number in range(count)
    ]


def deep_pictures_of(path: Path, format_: str = "rgb48le", form: str | None = None) -> list[NDArray[Any]]:
    """Every frame of a file, or the one picture that it is, as `format_`."""
    with av.open(str(path), format=form) as container:
        return [frame.reformat(format=format_).to_ndarray() for frame in container.decode(video=0)]


def make_deep_clip(
    path: Path, frames: int, codec: str, pixels: str, *, alpha: bool = False, **options: str
) -> Path:
    """A clip of these pictures as `codec` keeps them."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = *SIZE, pixels
        stream.options = options
        for number in range(frames):
            format_ = "rgba64le" if alpha else "rgb48le"
            frame = VideoFrame.from_ndarray(deep_frame(number, alpha=alpha), format=format_)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
