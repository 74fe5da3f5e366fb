"""A timeline as FCPXML 1.8, for Final Cut Pro and DaVinci Resolve.

Every time is a fraction of a second that is a whole number of frames, as Apple's format asks for.
"""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree

from video_queue.media.timelines.model import Clip, Medium, Timeline

_RATES = {
    Fraction(24000, 1001): "23.98", Fraction(24): "24", Fraction(25): "25", Fraction(30000, 1001): "29.97",
    Fraction(30): "30", Fraction(50): "50", Fraction(60000, 1001): "59.94", Fraction(60): "60",
}  # fmt: skip
_SOUND_RATES = {
    32000: "32k", 44100: "44.1k", 48000: "48k", 88200: "88.2k", 96000: "96k", 176400: "176.4k", 192000: "192k",
}  # fmt: skip
_TRANSFERS = {"smpte2084": "9-16-9 (Rec. 2020 PQ)", "arib-std-b67": "9-18-9 (Rec. 2020 HLG)"}
_LONGEST_VALUE = 255


def fcpxml_of(timeline: Timeline) -> str:
    """The document as text."""
    root = ElementTree.Element("fcpxml", version="1.8")
    resources = ElementTree.SubElement(root, "resources")
    resource = _Resources(resources, timeline)
    event = ElementTree.SubElement(
        ElementTree.SubElement(root, "library"), "event", name=_printable(timeline.name)
    )
    project = ElementTree.SubElement(event, "project", name=_printable(timeline.name))
    sequence = ElementTree.SubElement(
        project, "sequence", format=resource.sequence_format, duration=_time(timeline.frames, timeline.rate),
        tcStart="0s", tcFormat=_counting(timeline.drop), audioLayout=_layout(timeline), audioRate=_sound_rate(timeline),
    )  # fmt: skip
    spine = ElementTree.SubElement(sequence, "spine")
    for clip in timeline.clips:
        _add_clip(spine, timeline, clip, resource.assets[clip.medium])
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{text}\n'


class _Resources:
    """The formats and assets of a document, each with its id."""

    def __init__(self, parent: ElementTree.Element, timeline: Timeline) -> None:
        self._parent = parent
        self._formats: dict[tuple[object, ...], str] = {}
        media = timeline.media
        pictures = [medium for medium in media if medium.has_picture]
        self.sequence_format = self._format(timeline.rate, pictures[0] if pictures else None)
        self.assets = {medium: self._asset(medium) for medium in media}

    def _format(self, rate: Fraction, medium: Medium | None) -> str:
        width, height = (medium.facts.width, medium.facts.height) if medium else (1920, 1080)
        colour = _colour_space(medium)
        shape = medium.facts.sar if medium else Fraction(1)
        key = rate, width, height, colour, shape
        if key not in self._formats:
            self._formats[key] = f"r{len(self._parent) + 1}"
            ElementTree.SubElement(
                self._parent, "format", id=self._formats[key], frameDuration=_time(1, rate), width=str(width),
                height=str(height), colorSpace=colour,
            ).attrib.update(_pixel_shape(shape))  # fmt: skip
        return self._formats[key]

    def _asset(self, medium: Medium) -> str:
        audio = medium.facts.audio
        form = self._format(medium.rate, medium) if medium.has_picture else ""
        asset = ElementTree.SubElement(
            self._parent, "asset", id=f"r{len(self._parent) + 1}", name=_printable(medium.facts.path.stem),
            src=medium.url, start=_time(medium.first_label, medium.rate), duration=_time(medium.frames, medium.rate),
        )  # fmt: skip
        if form:
            asset.attrib.update(hasVideo="1", format=form)
        if audio is not None:
            asset.attrib.update(
                hasAudio="1", audioSources=str(medium.sounds), audioChannels=str(audio.channels),
                audioRate=str(audio.sample_rate),
            )  # fmt: skip
        return asset.attrib["id"]


def _add_clip(spine: ElementTree.Element, timeline: Timeline, clip: Clip, asset: str) -> None:
    medium = clip.medium
    element = ElementTree.SubElement(
        spine, "asset-clip", ref=asset, name=_printable(clip.name), offset=_time(clip.place, timeline.rate),
        start=_time(medium.first_label + clip.first, medium.rate), duration=_time(clip.count, timeline.rate),
        tcFormat=_counting(medium.drop),
    )  # fmt: skip
    if medium.facts.audio is not None:
        element.set("audioRole", "dialogue")
    if medium.rate != timeline.rate and medium.rate in _RATES:
        ElementTree.SubElement(element, "conform-rate", scaleEnabled="0", srcFrameRate=_RATES[medium.rate])
    for marker in clip.markers:
        ElementTree.SubElement(
            element, "marker", start=_time(medium.first_label + marker.frame, medium.rate),
            duration=_time(marker.frames, medium.rate), value=_printable(marker.name)[:_LONGEST_VALUE],
        )  # fmt: skip


def _pixel_shape(shape: Fraction) -> dict[str, str]:
    return {} if shape == 1 else {"paspH": str(shape.numerator), "paspV": str(shape.denominator)}


def _time(frames: int, rate: Fraction) -> str:
    """So many frames as seconds, in whole frames over the rate's own denominator."""
    if not frames:
        return "0s"
    return f"{frames * rate.denominator}/{rate.numerator}s"


def _counting(drop: bool) -> str:
    return "DF" if drop else "NDF"


def _layout(timeline: Timeline) -> str:
    channels = max(
        (medium.facts.audio.channels for medium in timeline.media if medium.facts.audio), default=2
    )
    return "mono" if channels == 1 else "stereo" if channels == 2 else "surround"


def _sound_rate(timeline: Timeline) -> str:
    rates = [medium.facts.audio.sample_rate for medium in timeline.media if medium.facts.audio]
    return _SOUND_RATES.get(rates[0] if rates else 48000, "48k")


def _colour_space(medium: Medium | None) -> str:
    colour = medium.facts.colour if medium else None
    if colour is None or colour.primaries != "bt2020":
        return "1-1-1 (Rec. 709)"
    return _TRANSFERS.get(colour.transfer or "", "9-1-9 (Rec. 2020)")


def _printable(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable())
