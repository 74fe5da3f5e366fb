"""Where a clip changes: one number for each frame from ffmpeg, and the cuts that follow from these numbers.

A frame's change is what ffmpeg's scdet measures: how much the picture changed against the frame before (0..100), less
what had changed one frame earlier. It is measured on a picture of a few averaged colours, where movement, noise and
flicker count little; of 14 cuts in varied footage the weakest then has 17.8, anything else at most 9.8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun

THRESHOLDS = {"content": 13.0, "adaptive": 3.0, "threshold": 12.0}
_COLOURS = "scale=48:27:flags=area,format=gbrp"
_VALUE = {"change": "lavfi.scd.score", "light": "lavfi.signalstats.YAVG"}
_NEIGHBOURS = 2
_LEAST_CHANGE = 9.0  # of an adaptive cut: in a still shot any change is many times the last
_BLACK, _WHITE = 16, 235


async def measure(run: PhaseRun, facts: MediaFacts, what: str) -> tuple[list[float], list[str]]:
    """The `change` or `light` (0..255) of each frame in the order shown, and the errors ffmpeg went on after."""
    filters = {"change": f"{_COLOURS},scdet=threshold=100", "light": "scale=160:90,format=gray,signalstats"}[
        what
    ]
    levels = run.work_dir / "levels.txt"
    command = [
        *source(facts.path, threads=run.threads), "-map", "0:V:0", "-filter:v",
        f"{filters},metadata=print:key={_VALUE[what]}:file={levels.name}",
        "-fps_mode:v", "passthrough", "-f", "null", "-",
    ]  # fmt: skip
    errors = await run_ffmpeg(run, command, frames=facts.frames)
    values = _read(levels, _VALUE[what])
    levels.unlink(missing_ok=True)
    return values, errors


def _read(path: Path, key: str) -> list[float]:
    """ffmpeg's values of `key`, one for each frame; 0 for a frame without one."""
    values: list[float] = []
    for line in path.read_text(encoding="ascii", errors="replace").splitlines() if path.exists() else ():
        if match := re.match(r"frame:(\d+)", line):
            values += [0.0] * (int(match[1]) + 1 - len(values))
        elif line.startswith(key + "=") and values:
            values[-1] = float(line.partition("=")[2])
    return values


def changes(values: Sequence[float], threshold: float) -> dict[int, float]:
    """The frames whose change reaches `threshold`, with their change."""
    return {frame: value for frame, value in enumerate(values) if frame and value >= threshold}


def unusual_changes(values: Sequence[float], threshold: float) -> dict[int, float]:
    """The frames that change `threshold` times as much as the frames around them, with that ratio."""
    cuts: dict[int, float] = {}
    for frame, value in enumerate(values):
        around = [*values[max(1, frame - _NEIGHBOURS) : frame], *values[frame + 1 : frame + 1 + _NEIGHBOURS]]
        ratio = value / max(sum(around) / len(around) if around else 0.0, 1.0)
        if frame and value >= _LEAST_CHANGE and ratio >= threshold:
            cuts[frame] = round(ratio, 3)
    return cuts


def dark_middles(values: Sequence[float], threshold: float) -> dict[int, float]:
    """The middle of each dark stretch between two lighter ones, with how far below `threshold` it reaches."""
    light = (np.asarray(values) - _BLACK) * 255 / (_WHITE - _BLACK)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], light < threshold, [False]]).astype(np.int8)))
    pairs = ((int(first), int(end)) for first, end in edges.reshape(-1, 2))
    inside = [(first, end) for first, end in pairs if first > 0 and end < len(light)]
    return {
        (first + end) // 2: round(float(threshold - max(0.0, light[first:end].min())), 3)
        for first, end in inside
    }


def apart(cuts: dict[int, float], times: Sequence[float], length: float, least: float) -> dict[int, float]:
    """Without the cuts that would make a scene shorter than `least` seconds; of two, the stronger one stays."""
    kept: list[int] = []
    for frame in sorted(cuts):
        if times[frame] < least or length - times[frame] < least:
            continue
        if kept and times[frame] - times[kept[-1]] < least:
            if cuts[frame] > cuts[kept[-1]]:
                kept[-1] = frame
            continue
        kept.append(frame)
    return {frame: cuts[frame] for frame in kept}
