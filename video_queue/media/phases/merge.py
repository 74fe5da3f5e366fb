"""`media.merge`: clips one after the other, cut hard, dissolved or faded through black.

Clips that fit together are joined packet by packet, without encoding. Clips of another size or rate are refused, or
fitted to the first one; then all are encoded alike (crf 18) and joined the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import Colour, MergeParams, MergeResult
from video_queue.media.checks import checked_video
from video_queue.media.clips.joining import join_pictures, joinable
from video_queue.media.clips.pieces import (
    brought_into_line,
    encode_pieces,
    line_for,
    look_at_all,
    misfit,
    overlap,
    pieces_of,
)
from video_queue.media.clips.shape import is_rgb
from video_queue.media.clips.sound_joining import JoinedSound, Seams, joined_sound
from video_queue.media.encoders import Target, choose, container_options, pixels_for
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun
from video_queue.system.processes.cancellation import in_thread

_SUFFIX = {"h264": ".mp4", "prores": ".mov", "ffv1": ".mkv"}
_KEPT_CODECS = frozenset({"prores", "ffv1"})


@dataclass
class _Picture:
    """The joined picture before it has sound, made of `pieces`; `clips` are what the sound is fitted to."""

    pieces: list[MediaFacts]
    clips: list[MediaFacts]
    codec: str
    encoder: str = "copy"
    seams: Seams = field(default_factory=Seams)
    warnings: list[str] = field(default_factory=list)

    @property
    def frames(self) -> int:
        """How many frames it must have."""
        return sum(piece.frames or 0 for piece in self.pieces)


async def run(params: MergeParams, run: PhaseRun) -> MergeResult:
    """The clips `inputs` as one. Each clip's sound is as long as its picture; a silent clip gives silence.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (mismatch, too short), bad_output, disk_full, stalled.
    """
    clips = await look_at_all(params.inputs)
    misfits = [(clip, told) for clip in clips if (told := misfit(clip, clips[0]))]
    if misfits and params.fit == "refuse":
        clip, told = misfits[0]
        raise fail("media_failed.mismatch", detail=f"{clip.path} is {told}")
    plain = params.transition.kind == "none" and not misfits
    if plain and await in_thread(partial(joinable, clips)):
        picture = _Picture(list(clips), list(clips), clips[0].codec or "")
    else:
        picture = await _encoded(params, run, clips, fitting=bool(misfits))
    sound = await joined_sound(run, clips, picture.clips, picture.seams)
    output = await _put_together(run, picture, sound)
    facts = await checked_video(run, output, frames=picture.frames, sources=[clip.path for clip in clips])
    _clear(run, output)
    return MergeResult(
        file=facts.as_file(),
        frame_count=facts.frames or 0,
        duration=facts.duration or 0.0,
        encoder_used=picture.encoder,
        warnings=[*picture.warnings, *[f"{clip.path.name} was fitted: {told}" for clip, told in misfits],
                  *_silence(sound, len(clips))],
    )  # fmt: skip


async def _encoded(
    params: MergeParams, run: PhaseRun, clips: Sequence[MediaFacts], *, fitting: bool
) -> _Picture:
    """The clips in line, with their transitions, as pieces encoded alike."""
    first, kind = clips[0], params.transition.kind
    constant = kind != "none" or fitting or not any(clip.vfr for clip in clips)
    line = line_for(clips, "pad" if params.fit == "refuse" else params.fit, constant=constant)
    uneven = fitting or any(clip.vfr for clip in clips)
    ready = await brought_into_line(run, clips, line) if constant and uneven else list(clips)
    width = overlap(ready, params.transition, line.rate) if kind != "none" and line.rate else 0
    codec = first.codec if first.codec in _KEPT_CODECS else "h264"
    colour = (
        Colour(space="bt709", primaries="bt709", transfer="bt709", range="tv")
        if is_rgb(first)
        else first.colour
    )
    target = await choose(run, Target(codec, "", pixels_for(codec, first), colour=colour))
    pieces = await encode_pieces(run, pieces_of(ready, kind, width), target, ready[0], line.rate)
    if not await in_thread(partial(joinable, pieces)):
        raise fail("media_failed.step", phase=run.phase_name, detail="the encoded parts do not fit together")
    share = Fraction(width) / line.rate if line.rate else Fraction(0)
    seams = {"dissolve": Seams(shared=share), "fade": Seams(ramp=share / 2)}.get(kind, Seams())
    return _Picture(pieces, ready, codec, target.encoder, seams, list(target.warnings))


async def _put_together(run: PhaseRun, picture: _Picture, sound: JoinedSound | None) -> Path:
    """One file of all pieces and the sound."""
    suffix = _SUFFIX.get(picture.codec, picture.pieces[0].path.suffix)
    joined = run.work_dir / f"picture{suffix if suffix in _SUFFIX.values() else '.mkv'}"
    await in_thread(lambda stop: join_pictures(picture.pieces, joined, stop))
    output = run.work_dir / f"video{joined.suffix}"
    inputs = sound.inputs if sound else []
    heard = ["-map", "1:a:0", *sound.outputs] if sound else []
    command = [
        *source(joined, threads=run.threads), *inputs, "-map", "0:v:0", *heard, "-c:v", "copy",
        *container_options(output), file_url(output),
    ]  # fmt: skip
    await run_ffmpeg(run, command, frames=picture.frames, start=0.9, share=0.1)
    return output


def _clear(run: PhaseRun, output: Path) -> None:
    """Removes what was made on the way."""
    for path in run.work_dir.iterdir():
        if path != output:
            path.unlink()


def _silence(sound: JoinedSound | None, clips: int) -> list[str]:
    if sound is None:
        return []
    return [f"{sound.silent} of {clips} clips have no sound; silence stands in"] if sound.silent else []
