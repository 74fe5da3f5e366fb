"""`media.fingerprint`: a short hash of what a file shows, which survives scaling and encoding.

dHash: the picture is shrunk to 9 x 8 greys, and each bit says whether a pixel is darker than its right neighbour.
"""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from video_queue.domain.media.content import FingerprintParams, FingerprintResult
from video_queue.media.clips.samples import sample_pictures
from video_queue.media.phase_run import PhaseRun
from video_queue.system.processes.cancellation import in_thread

_SIDE = 8


async def run(params: FingerprintParams, run: PhaseRun) -> FingerprintResult:
    """The fingerprint of a clip or a picture.

    Raises:
        VqError: input_missing, input_unreadable.
    """
    bits = await in_thread(partial(_all_bits, params, run))
    mean = bits.mean(axis=0)
    return FingerprintResult(
        hash=f"{int(''.join('1' if bit > 0.5 else '0' for bit in mean), 2):016x}",
        vector=[round(float(value), 4) for value in mean],
        vectors=bits.tolist() if params.strategy == "multi" else [],
        engine_used=params.engine,
        source=params.source,
    )


def _all_bits(params: FingerprintParams, run: PhaseRun, stop: threading.Event) -> NDArray[np.float64]:
    """(samples, 64), each 0 or 1."""
    rows = []
    for picture in sample_pictures(Path(params.source), params.samples, stop):
        rows.append(_bits(picture))
        run.report(len(rows) / params.samples)
    return np.array(rows)


def _bits(picture: Image.Image) -> NDArray[np.float64]:
    small = picture.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
    grey = np.asarray(small).astype(np.int16)
    return (grey[:, :-1] < grey[:, 1:]).astype(np.float64).ravel()
