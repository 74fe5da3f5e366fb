"""How loud a file is by EBU R 128, measured with ffmpeg's ebur128, which prints a summary at its end."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from video_queue.domain.catalogue import fail
from video_queue.domain.media.sound import Loudness
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun

_VALUE = re.compile(r"\b(I|LRA|Peak):\s+(-?[\d.]+|-inf|nan)\s+(?:LUFS|LU|dBFS)")
_QUIETEST = -70.0  # LUFS: quieter blocks do not count in R 128


async def measure_loudness(
    run: PhaseRun, facts: MediaFacts, filters: Sequence[str] = (), *, start: float, share: float
) -> Loudness:
    """The loudness of a file's first sound stream after `filters`; `share` of the progress from `start` on.

    Raises:
        VqError: input_unreadable, media_failed, disk_full, stalled.
    """
    lines: list[str] = []

    def log(text: str) -> None:
        lines.append(text)
        run.log(text)

    chain = ",".join([*filters, "ebur128=peak=true:framelog=verbose"])
    command = [
        "-loglevel", "level+info", *source(facts.path, threads=run.threads), "-map", "0:a:0",
        "-filter:a", chain, "-f", "null", "-",
    ]  # fmt: skip
    await run_ffmpeg(replace(run, log=log), command, seconds=facts.duration, start=start, share=share)
    values = {key: float(value) for key, value in _VALUE.findall("\n".join(lines))}
    if "I" not in values:
        raise fail(
            "media_failed.step", phase=run.phase_name, detail="ffmpeg did not say how loud the sound is"
        )
    if not math.isfinite(values["I"]) or values["I"] <= _QUIETEST:
        return Loudness()
    peak = values.get("Peak", math.nan)
    return Loudness(
        integrated=values["I"], true_peak=peak if math.isfinite(peak) else None, range=values.get("LRA")
    )
