"""Building ffmpeg's command lines and running them.

Argument lists only; absolute `file:` paths; no input from a terminal; only files, and only known demuxers, are
opened; progress is read from `-progress pipe:1`; an exit status of 0 proves nothing (see `checks`).
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.media.ffmpeg_binary import is_hardware, version
from video_queue.media.phase_run import PhaseRun
from video_queue.media.reading import DEMUXERS
from video_queue.system.processes.children import ChildStalledError
from video_queue.system.processes.confinement import Confinement

_GLOBAL_OPTIONS = (
    "-y", "-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+warning", "-progress", "pipe:1",
)  # fmt: skip
_DISK_FULL = ("No space left on device", "Disk quota exceeded", "not enough space on the disk")
_ENDING_SIGNALS = frozenset({1, 2, 9, 15})
_STATUS_OF_A_SIGNAL = 255  # ffmpeg's own exit status after SIGINT or SIGTERM
_LONG_FILTER = 4000
_ENCODER_OPTIONS = ("-c:v", "-codec:v", "-vcodec")
_PROGRESS_KEYS = ("frame", "out_time_us", "total_size")


def file_url(path: Path) -> str:
    """`path` as ffmpeg takes it, whatever colons or dashes it holds."""
    return "file:" + os.path.abspath(path)  # noqa: PTH100 - resolve() would follow links


def pattern_url(folder: Path, pattern: str) -> str:
    """An image pattern (`frame_%06d.png`) in `folder`, whose own percent signs are literal."""
    return file_url(folder).replace("%", "%%") + "/" + pattern


def source(path: Path, *options: str, threads: int) -> list[str]:
    """One input file, preceded by its options."""
    return [
        *options, "-threads", str(threads), "-protocol_whitelist", "file", "-format_whitelist", DEMUXERS,
        "-i", file_url(path),
    ]  # fmt: skip


def filter_value(text: str) -> str:
    """`text` escaped as one value inside a filter graph: once for the filter, once for the graph."""
    for special in ("\\", "'", ":", " "):
        text = text.replace(special, "\\" + special)
    for special in ("\\", "'", "[", "]", ",", ";", " "):
        text = text.replace(special, "\\" + special)
    return text


def video_filter(run: PhaseRun, filters: Sequence[str]) -> list[str]:
    """`-filter:v` for a chain; a long one is read from a file, since command lines have limits (Windows: 32 KB)."""
    text = ",".join(part for part in filters if part)
    if not text:
        return []
    if len(text) <= _LONG_FILTER:
        return ["-filter:v", text]
    path = run.work_dir / "filter.txt"
    path.write_text(text, encoding="utf-8")
    option = "-/filter:v" if version(run.ffmpeg) >= (7, 0) else "-filter_script:v"
    return [option, str(path.absolute())]


def true_times(run: PhaseRun) -> list[str]:
    """Options that keep every frame and its own time: nothing is dropped, doubled or moved to a grid."""
    clock = "filter" if version(run.ffmpeg) >= (6, 1) else "-1"
    return ["-fps_mode:v", "passthrough", "-enc_time_base:v", clock]


def own_clock() -> list[str]:
    """As `true_times`, on a clock of 90 kHz that suits files of any rate."""
    return ["-fps_mode:v", "passthrough", "-enc_time_base:v", "1/90000"]


def uses_hardware(arguments: Sequence[str]) -> bool:
    """Whether ffmpeg encodes with a hardware encoder: they have few sessions, and one of them fills the chip."""
    return any(option in _ENCODER_OPTIONS and is_hardware(name) for option, name in pairwise(arguments))


async def run_ffmpeg(
    run: PhaseRun,
    arguments: Sequence[str],
    *,
    frames: int | None = None,
    seconds: float | None = None,
    start: float = 0.0,
    share: float = 1.0,
    feed: AsyncGenerator[bytes, None] | None = None,
) -> list[str]:
    """Run ffmpeg with `arguments`; its progress towards `frames` or `seconds` fills `share` of the phase.

    Returns the errors that did not end it (a damaged input, for example).

    Raises:
        VqError: media_failed.ffmpeg, disk_full.write, stalled.phase, stalled.killed, or what `feed` raises.
    """
    progress = _Progress(run, frames, seconds, start, share)
    command = [str(run.ffmpeg), *_GLOBAL_OPTIONS, *arguments]
    run.log("$ " + " ".join(command))
    try:
        async with run.hardware_encoder() if uses_hardware(arguments) else nullcontext():
            status = await run.children.run(
                command, on_line=progress.line, on_error_line=progress.error_line, cwd=run.work_dir,
                stall_seconds=run.stall_seconds, feed=feed, confinement=_confinement(run, arguments),
            )  # fmt: skip
    except ChildStalledError:
        raise fail("stalled.phase", phase=run.phase_name, limit=int(run.stall_seconds)) from None
    except OSError as error:
        raise fail("media_failed.step", phase=run.phase_name, detail=f"ffmpeg: {error.strerror}") from error
    if status != 0:
        raise _failure(run, status, list(progress.last_lines))
    return list(progress.errors)


def _confinement(run: PhaseRun, arguments: Sequence[str]) -> Confinement | None:
    """What ffmpeg may open; drivers of hardware encoders need devices and files that nobody can list."""
    if uses_hardware(arguments) or "-hwaccel" in arguments:
        return None
    return Confinement(run.readable, (str(run.work_dir),))


def _failure(run: PhaseRun, status: int, lines: list[str]) -> VqError:
    if any(sign in line for line in lines for sign in _DISK_FULL):
        return fail("disk_full.write", path=str(run.work_dir))
    if not run.work_dir.is_dir():
        return fail("disk_full.work", path=str(run.work_dir), detail="it is gone")
    messages = [line for line in lines if _is_error(line)]
    outside = status == _STATUS_OF_A_SIGNAL and not messages
    if sys.platform != "win32" and (-status in _ENDING_SIGNALS or outside):
        return fail(
            "stalled.killed", program="ffmpeg", phase=run.phase_name, signal=-status if status < 0 else 15
        )
    detail = "; ".join(dict.fromkeys((messages or lines)[:3])) or "no message"
    return fail("media_failed.ffmpeg", phase=run.phase_name, status=status, detail=detail[:1000])


def _is_error(line: str) -> bool:
    return "[error]" in line or "[fatal]" in line


@dataclass
class _Progress:
    """Reads what ffmpeg writes: `-progress` lines on stdout, messages on stderr."""

    run: PhaseRun
    frames: int | None
    seconds: float | None
    start: float
    share: float
    seen: dict[str, str] = field(default_factory=dict)
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=30))
    errors: deque[str] = field(default_factory=lambda: deque(maxlen=30))

    def line(self, text: str) -> bool:
        """One `key=value`; whether it shows progress (a process that stands still repeats its values)."""
        key, _, value = text.strip().partition("=")
        if key not in _PROGRESS_KEYS or self.seen.get(key) == value:
            return False
        self.seen[key] = value
        fraction = self._fraction()
        if fraction is not None:
            self.run.report(self.start + self.share * min(1.0, max(0.0, fraction)))
        return True

    def error_line(self, text: str) -> bool:
        """One line of messages, kept for the log and for the error."""
        self.run.log(text)
        self.last_lines.append(text.strip())
        if _is_error(text):
            self.errors.append(text.strip())
        return False

    def _fraction(self) -> float | None:
        if self.frames and self.seen.get("frame", "").isdigit():
            return int(self.seen["frame"]) / self.frames
        if self.seconds and self.seen.get("out_time_us", "").isdigit():
            return int(self.seen["out_time_us"]) / 1_000_000 / self.seconds
        return None
