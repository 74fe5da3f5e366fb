"""Whether a finished file is whole: decided by reading it to its end, never by an exit code.

A killed ffmpeg leaves mkv, ts and fragmented mp4 files that open and play without an error, only shorter; so what
the caller expects (frames, duration) is compared with what really comes. `read_to_end` compares it with what the
file's own header promises.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.views import FileFacts
from video_queue.media.facts import MediaFacts, read_to_end

_MEDIA = frozenset({"video", "image", "audio"})
# Sound comes in blocks of up to 1,024 samples with padding at both ends; two frames is what a rounded fps costs.
_SLACK_SECONDS = 0.15
_SLACK_FRAMES = 2.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What the phase should have made. `frames` is exact, `duration` (seconds) within 0.15 s or two frames.

    `kind` is video, image, audio, text or other.
    """

    kind: str
    frames: int | None = None
    duration: float | None = None


def validate_output(
    path: Path, expected: Expected, *, name: str | None = None, stop: threading.Event | None = None
) -> FileFacts:
    """The facts of the file at `path`, read to its end, but its sha256. Errors call it `name`.

    Raises:
        VqError: `bad_output.unreadable`, `bad_output.frames`, `bad_output.duration`.
        StoppedError: `stop` was set.
    """
    shown = name or path.name
    size = path.stat().st_size
    if size == 0:
        raise fail("bad_output.unreadable", name=shown, detail="it is empty (0 bytes)")
    if expected.kind not in _MEDIA:
        return FileFacts(bytes=size)
    facts = _read(path, shown, stop)
    if expected.kind == "video" and facts.kind == "audio":
        raise fail("bad_output.unreadable", name=shown, detail="it has no picture")
    _compare(facts, expected, shown)
    return FileFacts(
        bytes=size, width=facts.width, height=facts.height, frames=facts.frames, fps=facts.fps,
        duration=facts.duration,
    )  # fmt: skip


def _read(path: Path, name: str, stop: threading.Event | None) -> MediaFacts:
    try:
        return read_to_end(path, stop=stop)
    except VqError as error:
        raise fail("bad_output.unreadable", name=name, detail=error.message) from error


def _compare(facts: MediaFacts, expected: Expected, name: str) -> None:
    if expected.frames is not None and facts.frames != expected.frames:
        raise fail("bad_output.frames", name=name, actual=facts.frames, expected=expected.frames)
    if expected.duration is not None:
        actual = facts.duration or 0.0
        if abs(actual - expected.duration) > _slack(facts.fps):
            seconds = {"actual": round(actual, 3), "expected": round(expected.duration, 3)}
            raise fail("bad_output.duration", name=name, **seconds)


def _slack(fps: float | None) -> float:
    return max(_SLACK_SECONDS, _SLACK_FRAMES / fps) if fps else _SLACK_SECONDS
