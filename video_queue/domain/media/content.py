"""Parameters and results of the phases that say what a file shows (fingerprint, embed), and how well (quality)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from video_queue.domain.media.values import PhaseParams, PhaseResult, SourceFile

Strategy = Literal["mean", "multi"]
Samples = Annotated[int, Field(ge=1, le=256)]

# --- media.fingerprint


class FingerprintParams(PhaseParams):
    """Of a clip `samples` frames are taken: `mean` gives one vector for all of them, `multi` one for each."""

    source: SourceFile
    engine: Literal["dhash"] = "dhash"
    strategy: Strategy = "mean"
    samples: Samples = 8


class FingerprintResult(PhaseResult):
    """`hash` is 16 hexadecimal digits; `vector` its 64 bits as 0..1 (their mean), `vectors` those of each sample.

    Files that show the same have hashes that differ in few bits.
    """

    hash: str = ""
    vector: list[float] = []
    vectors: list[list[float]] = []
    engine_used: str = ""
    source: str = ""


# --- media.embed


class EmbedParams(PhaseParams):
    """`model`: an ONNX file that takes pictures as CLIP's image encoder does."""

    source: SourceFile
    engine: Literal["clip"] = "clip"
    model: Annotated[str, Field(min_length=1)]
    strategy: Strategy = "mean"
    samples: Samples = 8


class EmbedResult(PhaseResult):
    """Vectors of length 1: the cosine of two files is the sum of their products."""

    vector: list[float] = []
    vectors: list[list[float]] = []
    engine_used: str = ""
    source: str = ""


# --- media.quality


class QualityParams(PhaseParams):
    """How much `source` differs from the `reference` that it was made from."""

    source: SourceFile
    reference: SourceFile
    metric: Literal["psnr", "ssim", "vmaf"] = "psnr"


class QualityResult(PhaseResult):
    """`score` of all frames: dB (100 is the same), 0..1, or 0..100; `per_frame` in their order."""

    score: float = 0.0
    lowest: float = 0.0
    per_frame: list[float] = []
    metric: str = ""
    warnings: list[str] = []
