"""A clip encoded again after filters, for the phases that change its frames: H.264, or ProRes and FFV1 as they were.

The sound is copied where its container takes it, or filtered too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from video_queue.media.checks import check_video, error_warnings
from video_queue.media.clips.lossless import lossless_target
from video_queue.media.clips.recode import encoder_filters
from video_queue.media.colour import output_colour
from video_queue.media.encoders import (
    SUFFIX,
    Target,
    choose_encoder,
    container_options,
    kept_codec,
    picture_options,
    pixels_for,
    sound_options,
)
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source, true_times, video_filter
from video_queue.media.phase_run import PhaseRun

T = TypeVar("T")


@dataclass(frozen=True)
class Rewrite:
    """What happens on the way: `filters` for the picture, or a `graph` from [0:V:0] to [out].

    `frames` are expected, give or take `tolerance`; `sound` is a filter for it, `silent` leaves it out.
    `inputs` are input options of more files (from number 1 on), `clock` how frames are timed.
    """

    frames: int
    filters: Sequence[str] = ()
    graph: str = ""
    tolerance: int = 0
    sound: str = ""
    silent: bool = False
    inputs: Sequence[str] = ()
    clock: Sequence[str] = ()
    start: float = 0.0


@dataclass(frozen=True)
class Rewritten:
    """The file that was made."""

    facts: MediaFacts
    encoder: str
    warnings: list[str] = field(default_factory=list)

    def as_result(
        self, kind: Callable[..., T], *, warnings: Sequence[str] = (), duration: float | None = None
    ) -> T:
        """What a phase says of the file. `duration` in seconds, where it is known better than by the container."""
        return kind(
            file=self.facts.as_file(),
            frame_count=self.facts.frames or 0,
            duration=(self.facts.duration or 0.0) if duration is None else duration,
            encoder_used=self.encoder,
            warnings=[*warnings, *self.warnings],
        )


async def target_for(run: PhaseRun, facts: MediaFacts, *, lossless: bool = False) -> Target:
    """How a clip made from this one is encoded."""
    if lossless:
        return await lossless_target(run, facts)
    codec = kept_codec(facts)
    return await choose_encoder(run, Target(codec, "", pixels_for(codec, facts), colour=output_colour(facts)))


async def rewrite(run: PhaseRun, facts: MediaFacts, target: Target, plan: Rewrite) -> Rewritten:
    """The clip as `plan` says, as a file `video` in the phase's folder.

    Raises:
        VqError: input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    output = run.work_dir / f"video{SUFFIX[target.codec]}"
    command = _command(run, facts, target, plan, output)
    errors = await run_ffmpeg(run, command, frames=plan.frames, start=plan.start, share=1 - plan.start)
    clip = await check_video(
        run, output, frames=plan.frames, sources=[facts.path], tolerance=plan.tolerance, errors=errors
    )
    return Rewritten(clip, target.encoder, [*target.warnings, *error_warnings(errors)])


def _command(run: PhaseRun, facts: MediaFacts, target: Target, plan: Rewrite, output: Path) -> list[str]:
    finish = ",".join(part for part in encoder_filters(facts, target) if part)
    if plan.graph:
        picture = ["-filter_complex", f"{plan.graph};[out]{finish}[v]", "-map", "[v]"]
    else:
        picture = ["-map", "0:V:0", *video_filter(run, [*plan.filters, finish])]
    return [
        *source(facts.path, threads=run.threads), *plan.inputs, *picture, *_sound(facts, plan, output),
        *picture_options(target, threads=run.threads, pixels_per_second=facts.pixels_per_second),
        *(plan.clock or true_times(run)), *container_options(output), file_url(output),
    ]  # fmt: skip


def _sound(facts: MediaFacts, plan: Rewrite, output: Path) -> list[str]:
    if facts.audio is None or plan.silent:
        return []
    if not plan.sound:
        return ["-map", "0:a:0", *sound_options(output.suffix, facts.audio.codec)]
    return ["-map", "0:a:0", "-filter:a", plan.sound, *sound_options(output.suffix, "")]
