"""A clip encoded again with a change of its own: what stays as it is (colour, size, depth), in ffmpeg's terms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from video_queue.media.clips.shape import Shape, shape_for
from video_queue.media.colour import is_hdr, is_rgb, keep_range, output_colour, rgb_to_yuv, tag_filter
from video_queue.media.encoders import SUFFIX, Target, choose_encoder, has_alpha, picture_options, pixels_for
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun


@dataclass(frozen=True)
class Recode:
    """How a clip is encoded again, and the file that comes of it."""

    facts: MediaFacts
    target: Target
    shape: Shape
    output: Path

    @property
    def filters(self) -> list[str]:
        """What a picture passes on its way to the encoder, after the filters of the change."""
        return [*self.shape.filters, *encoder_filters(self.facts, self.target)]

    @property
    def warnings(self) -> list[str]:
        """What the artist should know."""
        return [*self.target.warnings, *self.shape.warnings, *loss_warnings(self.facts, self.target)]

    def picture_options(self, run: PhaseRun) -> list[str]:
        """The output options of the picture."""
        pace = self.shape.width * self.shape.height * (self.facts.fps or 25)
        return picture_options(self.target, threads=run.threads, pixels_per_second=pace)


async def plan_recode(
    run: PhaseRun, facts: MediaFacts, *, codec: str, crf: int | None, effort: str, name: str = "video"
) -> Recode:
    """How this clip is encoded with `codec`; an odd size grows by one pixel where it must.

    Raises:
        VqError: media_failed.no_encoder.
    """
    target = Target(codec, "", pixels_for(codec, facts), crf, effort, output_colour(facts))
    target = await choose_encoder(run, target)
    shape = shape_for(facts, size=None, rotate=0, mirror="none", even=needs_even(target))
    return Recode(facts, target, shape, run.work_dir / f"{name}{SUFFIX[codec]}")


def needs_even(target: Target) -> bool:
    """Whether the pixel format shares colour between neighbours, so that odd sizes are not possible."""
    return any(name in target.pixels for name in ("420", "422"))


def encoder_filters(facts: MediaFacts, target: Target) -> list[str]:
    """From a clip's own colours to the target's pixel format, tagged."""
    colour = rgb_to_yuv("bt709") if is_rgb(facts) and target.codec != "ffv1" else keep_range(facts)
    return [colour, f"format={target.pixels}", tag_filter(target.colour)]


def loss_warnings(facts: MediaFacts, target: Target) -> list[str]:
    """What is lost of a clip: its transparency, or what h264 has no bits for."""
    alpha = ["transparency was left out"] if facts.alpha and not has_alpha(target.pixels) else []
    return [*alpha, *_depth_warning(facts, target)]


def _depth_warning(facts: MediaFacts, target: Target) -> list[str]:
    lost = facts.bit_depth > 8 and target.codec == "h264"
    if lost and is_hdr(facts):
        return ["the clip is HDR and h264 keeps 8 bits of it; hevc or av1 keep it whole"]
    return [f"{facts.bit_depth} bits became 8 with h264; hevc or av1 keep 10"] if lost else []
