"""Which files a browser may show in place, and which every current browser plays."""

from __future__ import annotations

from pathlib import Path

from video_queue.domain.errors import VqError
from video_queue.media.facts import MediaFacts, probe

# Only types that cannot carry scripts; everything else is a download.
_TYPES = {
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
    ".mkv": "video/x-matroska", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
    ".webp": "image/webp", ".gif": "image/gif", ".avif": "image/avif", ".mp3": "audio/mpeg", ".m4a": "audio/mp4",
    ".wav": "audio/wav", ".flac": "audio/flac", ".ogg": "audio/ogg", ".opus": "audio/ogg",
    ".txt": "text/plain; charset=utf-8", ".json": "application/json", ".srt": "text/plain; charset=utf-8",
}  # fmt: skip
_SHOWN_DIRECTLY = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif", ".mp3", ".m4a", ".wav", ".flac", ".ogg", ".opus"}
)
_MP4_SOUND = frozenset({"aac", "mp3", None})
_WEBM_PICTURE = frozenset({"vp8", "vp9", "av1"})
_WEBM_SOUND = frozenset({"opus", "vorbis", None})


def shown_type(path: Path) -> str | None:
    """The media type under which a browser may show the file in place; None: only as a download."""
    return _TYPES.get(path.suffix.lower())


def playable_type(path: Path) -> str | None:
    """The media type if every current browser plays or shows the file as it is, else None. Reads its header."""
    suffix = path.suffix.lower()
    if suffix in _SHOWN_DIRECTLY:
        return _TYPES[suffix]
    if suffix not in (".mp4", ".m4v", ".webm"):
        return None
    try:
        facts = probe(path)
    except VqError:
        return None
    return _TYPES[suffix] if _plays(facts, suffix) else None


def _plays(facts: MediaFacts, suffix: str) -> bool:
    sound = facts.audio.codec if facts.audio else None
    if facts.kind != "video" or facts.bit_depth != 8:
        return False
    if suffix == ".webm":
        return facts.codec in _WEBM_PICTURE and sound in _WEBM_SOUND
    return facts.codec == "h264" and facts.pix_fmt in ("yuv420p", "yuvj420p") and sound in _MP4_SOUND
