"""Single frames for the eye: exactly the one that was asked for."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
from PIL import Image

from tests.media_clips import make_clip, make_vfr, read_code
from video_queue.media.exact_frame import frame_bytes

NEVER = threading.Event()


def code(data: bytes) -> int:
    """The number that a picture carries."""
    with Image.open(io.BytesIO(data)) as picture:
        return read_code(np.asarray(picture.convert("RGB")))


def test_the_frame_of_that_number(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 150, sound=None)
    assert [code(frame_bytes(clip, NEVER, number=n)) for n in (0, 1, 77, 149, 5000)] == [0, 1, 77, 149, 149]


def test_the_frame_at_that_time_of_a_clip_of_uneven_times(tmp_path: Path) -> None:
    clip, times = make_vfr(tmp_path / "clip.mp4")
    assert [code(frame_bytes(clip, NEVER, moment=times[n] + 0.001)) for n in (0, 9, 31)] == [0, 9, 31]
