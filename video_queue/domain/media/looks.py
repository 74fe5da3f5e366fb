"""Parameters and results of the phases that change what every frame looks like: crop, watermark, colour.

`lossless` is for clips that other phases work on: large, but no step costs quality.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from video_queue.domain.media.values import Encoded, PhaseParams, Size, SourceFile
from video_queue.domain.views import MediaFile

Pixels = Annotated[int, Field(ge=0, le=16384)]
HexColour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]

# --- media.crop


class CropParams(PhaseParams):
    """A part of the picture (`width`, `height`, `x`, `y`), or all of it brought to `size` as `fit` says."""

    source: SourceFile
    width: Annotated[int, Field(ge=2, le=16384)] | None = None
    height: Annotated[int, Field(ge=2, le=16384)] | None = None
    x: Pixels | None = None
    y: Pixels | None = None
    size: Size = None
    fit: Literal["pad", "crop", "stretch"] = "pad"
    colour: HexColour = "#000000"
    lossless: bool = False

    @model_validator(mode="after")
    def _some_change(self) -> CropParams:
        if self.width is None and self.height is None and self.size is None:
            raise ValueError("give size, or width and height")
        if (self.width is None) != (self.height is None):
            raise ValueError("give width and height together")
        return self


class CropResult(Encoded):
    """The clip in its new shape."""

    file: MediaFile


# --- media.watermark


class WatermarkParams(PhaseParams):
    """`image` over the picture, `width` of the clip's width wide, `margin` of it from the edges."""

    source: SourceFile
    image: SourceFile
    place: Literal["top_left", "top_right", "bottom_left", "bottom_right", "centre"] = "bottom_right"
    width: Annotated[float, Field(gt=0, le=1)] = 0.15
    margin: Annotated[float, Field(ge=0, le=0.5)] = 0.03
    opacity: Annotated[float, Field(gt=0, le=1)] = 0.8
    lossless: bool = False


class WatermarkResult(Encoded):
    """The marked clip."""

    file: MediaFile


# --- media.colour


class ColourParams(PhaseParams):
    """`lut`: a .cube file; `tone_map`: HDR to SDR, tagged bt709; both: the LUT comes last."""

    source: SourceFile
    lut: SourceFile | None = None
    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    tone_map: Literal["none", "hable", "mobius", "reinhard"] = "none"
    lossless: bool = False

    @model_validator(mode="after")
    def _some_change(self) -> ColourParams:
        if self.lut is None and self.tone_map == "none":
            raise ValueError("give lut or tone_map")
        return self


class ColourResult(Encoded):
    """The graded clip."""

    file: MediaFile
