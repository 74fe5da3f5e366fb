"""Which container holds streams as they are."""

from __future__ import annotations

# What each container may hold, the most common first; Matroska holds everything.
_PICTURES = {
    ".mp4": frozenset({"h264", "hevc", "av1", "mpeg4"}),
    ".mov": frozenset({"h264", "hevc", "mpeg4", "prores", "dnxhd", "mjpeg", "png"}),
    ".webm": frozenset({"vp8", "vp9", "av1"}),
}
_SOUNDS = {
    ".mp4": frozenset({"aac", "mp3", "ac3", "eac3", "alac", "flac", "opus"}),
    ".mov": frozenset({"aac", "mp3", "ac3", "alac", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"}),
    ".webm": frozenset({"opus", "vorbis"}),
}
_LOSSLESS = ("flac", "alac", "wavpack", "tta", "pcm_")


def container_for(picture: str, sound: str | None) -> str:
    """The suffix of the first of mp4, mov, webm and mkv that holds both as they are."""
    fitting = (
        suffix
        for suffix in _PICTURES
        if picture in _PICTURES[suffix] and (sound is None or sound in _SOUNDS[suffix])
    )
    return next(fitting, ".mkv")


def sound_container(sound: str) -> str:
    """The suffix of a file of sound alone that holds it as it is, with chapters."""
    return ".m4a" if sound in ("aac", "alac") else ".mka"


def is_lossless(sound: str) -> bool:
    """Whether this codec keeps every sample."""
    return sound.startswith(_LOSSLESS)
