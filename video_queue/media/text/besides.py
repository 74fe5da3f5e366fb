"""What `media.captions` reads besides its arguments: an own style, and the subtitle file beside a clip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from video_queue.domain.media.values import path_of
from video_queue.media.text.styles import find_style, style_file

_SUFFIXES = (".srt", ".vtt", ".ass", ".ssa")
_TEXTS = ("subtitles", "text", "segments", "words")


def subtitles_beside(source: Path) -> Path | None:
    """The subtitle file that has a clip's name and lies in its folder; None without one."""
    return next((path for suffix in _SUFFIXES if (path := source.with_suffix(suffix)).is_file()), None)


def read_besides(uses: str, arguments: Mapping[str, Any], styles: Path | None) -> list[Any]:
    """What the files hold, or their paths, that a phase with these arguments reads without their being among them.

    Raises:
        VqError: media_failed.bad_style.
    """
    if uses != "media.captions":
        return []
    style, source = arguments.get("style"), path_of(arguments.get("source"))
    parts: list[Any] = []
    if isinstance(style, str) and style_file(style.strip(), styles) is not None:
        parts.append(find_style(style.strip(), styles).model_dump())
    if isinstance(source, str) and not any(arguments.get(name) for name in _TEXTS):
        parts.append(str(subtitles_beside(Path(source)) or ""))
    return parts
