"""`media.embed`: what a file shows as a vector of a CLIP image encoder, which the artist has as an ONNX file."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.media.content import EmbedParams, EmbedResult
from video_queue.media.clips.samples import sample_pictures
from video_queue.media.phase_run import PhaseRun
from video_queue.media.unreadable import reason, require_regular
from video_queue.system.processes.cancellation import in_thread

# The mean and spread of the colours that CLIP was trained on (https://github.com/openai/CLIP).
_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
_SPREAD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
_SIDE = 224


async def run(params: EmbedParams, run: PhaseRun) -> EmbedResult:
    """The vector of a clip or a picture, of length 1.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (no extra `embed`, no model, not such a model).
    """
    rows = await in_thread(partial(_vectors, params, run))
    mean = _unit(rows.mean(axis=0))
    return EmbedResult(
        vector=[round(float(value), 6) for value in mean],
        vectors=rows.round(6).tolist() if params.strategy == "multi" else [],
        engine_used=f"{params.engine}: {Path(params.model).name}",
        source=params.source,
    )


def _vectors(params: EmbedParams, run: PhaseRun, stop: threading.Event) -> NDArray[np.float32]:
    session = _session(Path(params.model), run.threads)
    entry = session.get_inputs()[0]
    side = next((size for size in reversed(entry.shape) if isinstance(size, int) and size > 1), _SIDE)
    rows = []
    for picture in sample_pictures(Path(params.source), params.samples, stop):
        try:
            outputs = session.run(None, {entry.name: _prepared(picture, side)})
        except (
            Exception
        ) as error:  # onnxruntime raises errors of many types for graphs that are no image encoder
            raise _refused(params.model, error) from error
        rows.append(_unit(np.asarray(outputs[0], np.float32).reshape(-1)))
        run.report(len(rows) / params.samples)
    return np.array(rows)


def _session(model: Path, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise fail("media_failed.no_extra", what="media.embed", extra="embed") from None
    try:
        require_regular(model)
    except VqError as error:
        if error.code is ErrorCode.INPUT_MISSING:
            raise fail("media_failed.no_model", path=str(model)) from None
        raise
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise _refused(str(model), error) from error


def _refused(model: str, error: Exception) -> Exception:
    return fail("media_failed.bad_model", path=model, detail=reason(error))


def _prepared(picture: Image.Image, side: int) -> NDArray[np.float32]:
    """(1, 3, side, side): the middle square of the picture in CLIP's colours."""
    short = min(picture.size)
    left, top = (picture.width - short) // 2, (picture.height - short) // 2
    square = picture.crop((left, top, left + short, top + short)).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    pixels = (np.asarray(square, np.float32) / 255 - _MEAN) / _SPREAD
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)


def _unit(vector: NDArray[Any]) -> NDArray[Any]:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
