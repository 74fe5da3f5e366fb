"""Where joined clips meet: how long each transition is, and what it does to picture and sound.

A transition in which the clips overlap (dissolve, wipes, circle) makes the result shorter by its length; a fade takes
one half of its length from each clip and keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import Transition
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import filter_value

_DEPTH = re.compile(r"p(?:(9|10|12|14|16)(?:le|be))?$")

# Where the new clip is already seen; {w} goes from 0 to 1. Planes of colour may be smaller, so X and W are theirs.
_SEEN = {
    "wipe_left": "gte(X+0.5,W*(1-{w}))",
    "wipe_right": "lt(X+0.5,W*{w})",
    "wipe_up": "gte(Y+0.5,H*(1-{w}))",
    "wipe_down": "lt(Y+0.5,H*{w})",
    "circle": "lt(hypot((X+0.5-W/2)/SW,(Y+0.5-H/2)/SH),{w}*hypot(W/SW,H/SH)/2)",
}


@dataclass(frozen=True)
class Seam:
    """Where two clips meet: `frames` that they share, or that are faded on each side; `white` or through black."""

    kind: str = "none"
    frames: int = 0

    @property
    def shared(self) -> int:
        """The frames that both clips are seen in."""
        return self.frames if self.kind == "dissolve" or self.kind in _SEEN else 0

    @property
    def faded(self) -> int:
        """The frames that are faded on each side."""
        return max(1, self.frames // 2) if self.kind in ("fade", "fade_white") else 0

    @property
    def white(self) -> bool:
        """Whether it fades through white."""
        return self.kind == "fade_white"


HARD_CUT = Seam()


def seams_of(clips: Sequence[MediaFacts], transitions: Sequence[Transition], rate: Fraction) -> list[Seam]:
    """The seams of `clips`, one fewer than there are.

    Raises:
        VqError: media_failed.step, if a clip is too short for its transitions.
    """
    seams = [
        Seam(transition.kind, transition.frames or max(1, round(transition.seconds * rate)))
        for transition in transitions
    ]
    edges = [HARD_CUT, *seams, HARD_CUT]
    for clip, before, after in zip(clips, edges, edges[1:], strict=False):
        taken = before.shared + before.faded + after.shared + after.faded
        if (clip.frames or 0) < taken:
            detail = f"{clip.path.name} has {clip.frames} frames, too few for the {taken} of its transitions"
            raise fail("media_failed.step", phase="merge", detail=detail)
    return seams


def mixed(kind: str, weight: str) -> str:
    """What a pixel is in a transition from A to B; `weight` is an expression from 0 to 1."""
    if kind in _SEEN:
        return f"if({_SEEN[kind].format(w=weight)},B,A)"
    return f"A*(1-{weight})+B*{weight}"


def to_white(pixels: str, *, full_range: bool, weight: str) -> str:
    """Options of the filter `blend` (of a picture with itself) that make it white by `weight`."""
    match = _DEPTH.search(pixels)
    scale = 2 ** (int(match[1]) - 8) if match and match[1] else 1
    if not pixels.startswith("yuv"):
        return f"all_expr={filter_value(f'A*(1-{weight})+{256 * scale - 1}*{weight}')}"
    light = 256 * scale - 1 if full_range else 235 * scale
    planes = [light, 128 * scale, 128 * scale]
    expressions = [filter_value(f"A*(1-{weight})+{value}*{weight}") for value in planes]
    return ":".join(f"c{place}_expr={expression}" for place, expression in enumerate(expressions))
