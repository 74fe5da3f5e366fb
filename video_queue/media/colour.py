"""Colour in ffmpeg's terms: tags and ranges that are kept, and the one way from RGB to YUV."""

from __future__ import annotations

from video_queue.domain.media.clips import Colour
from video_queue.media.facts import MediaFacts

BT709 = Colour(space="bt709", primaries="bt709", transfer="bt709", range="tv")
SCALE_FLAGS = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
_HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
_HDR_PRIMARIES = frozenset({"bt2020", "bt709", "smpte432"})
_HDR_MATRICES = frozenset({"bt2020nc", "bt2020c", "bt709"})
_HDR_WHITE = 203  # nits: where BT.2408 puts diffuse white in HDR
_RGB_PREFIXES = ("rgb", "bgr", "gbr", "pal8", "argb", "abgr", "0rgb")


def is_rgb(facts: MediaFacts) -> bool:
    """Whether the clip holds RGB, whose matrix to YUV has to be chosen."""
    return (facts.pix_fmt or "").startswith(_RGB_PREFIXES)


def is_hdr(facts: MediaFacts) -> bool:
    """Whether the clip's transfer function is one of HDR (PQ or HLG)."""
    return facts.colour.transfer in _HDR_TRANSFERS


def hdr_to_sdr(tags: Colour, curve: str) -> list[str]:
    """Filters from PQ or HLG to bt709 by way of linear light (they need zscale); `curve` is one of ffmpeg's tonemap."""
    primaries = tags.primaries if tags.primaries in _HDR_PRIMARIES else "bt2020"
    matrix = tags.space if tags.space in _HDR_MATRICES else "bt2020nc"
    return [
        f"zscale=pin={primaries}:min={matrix}:tin={tags.transfer}:t=linear:npl={_HDR_WHITE}",
        "format=gbrpf32le",
        "zscale=p=bt709",
        f"tonemap={curve}:desat=0",
        "zscale=t=bt709:m=bt709:r=tv",
        "format=yuv420p",
    ]


def output_colour(facts: MediaFacts) -> Colour:
    """The clip's own tags; RGB becomes bt709."""
    return BT709 if is_rgb(facts) else facts.colour


def keep_range(facts: MediaFacts) -> str:
    """A filter that leaves full-range YUV full; without it a change of format would squeeze it."""
    return "scale=in_range=pc:out_range=pc" if facts.colour.range == "pc" and not is_rgb(facts) else ""


def rgb_to_yuv(matrix: str) -> str:
    """A filter from full-range RGB to YUV by `matrix`, with full chroma precision."""
    return f"scale=in_range=pc:out_range=tv:out_color_matrix={matrix}:{SCALE_FLAGS}"


def tag_filter(colour: Colour, *, overrule: bool = False) -> str:
    """A filter that tags the frames themselves; encoders prefer those tags to their options.

    `overrule` also removes tags that `colour` does not have, so that every clip is tagged alike.
    """
    unknown = "unknown" if overrule else None
    tags = {
        "range": colour.range or unknown,
        "color_primaries": colour.primaries or unknown,
        "color_trc": colour.transfer or unknown,
        "colorspace": (colour.space if colour.space != "gbr" else None) or unknown,
    }
    options = ":".join(f"{name}={value}" for name, value in tags.items() if value)
    return f"setparams={options}" if options else ""
