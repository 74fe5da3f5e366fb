"""`media.merge`: clips one after the other, cut hard or with a transition at each seam.

Clips that fit together are joined packet by packet, without encoding. Clips of another size or rate are refused, or
conformed to the first one; then all are encoded alike (crf 18) and joined the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import MergeParams, MergeResult
from video_queue.media.checks import check_video, probe_videos
from video_queue.media.clips.conform import common_format, conform, misfit
from video_queue.media.clips.joining import join_pictures, joinable
from video_queue.media.clips.pieces import SharedFormat, encode_pieces, pieces_of
from video_queue.media.clips.seams import seams_of
from video_queue.media.clips.sound_joining import JoinedSound, SoundSeam, join_sound
from video_queue.media.colour import output_colour
from video_queue.media.encoders import Target, choose_encoder, container_options, kept_codec, pixels_for
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun
from video_queue.system.processes.cancellation import in_thread

_SUFFIX = {"h264": ".mp4", "prores": ".mov", "dnxhr": ".mov", "dnxhd": ".mov", "ffv1": ".mkv"}


@dataclass
class _Picture:
    """The joined picture before it has sound: its `pieces`, and the `clips` that the sound is fitted to."""

    pieces: list[MediaFacts]
    clips: list[MediaFacts]
    codec: str
    encoder: str = "copy"
    seams: Sequence[SoundSeam] = ()
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
    clips = await probe_videos(params.inputs)
    misfits = [(clip, difference) for clip in clips if (difference := misfit(clip, clips[0]))]
    if misfits and params.fit == "refuse":
        clip, difference = misfits[0]
        raise fail("media_failed.mismatch", detail=f"{clip.path} is {difference}")
    plain = not misfits and all(join.kind == "none" for join in params.joins)
    if plain and await in_thread(partial(joinable, clips)):
        picture = _Picture(list(clips), list(clips), clips[0].codec or "")
    else:
        picture = await _encoded(params, run, clips, fitting=bool(misfits))
    sound = await join_sound(run, clips, picture.clips, picture.seams)
    output = await _assemble(run, picture, sound)
    facts = await check_video(run, output, frames=picture.frames, sources=[clip.path for clip in clips])
    _remove_intermediates(run, output)
    return MergeResult(
        file=facts.as_file(),
        frame_count=facts.frames or 0,
        duration=facts.duration or 0.0,
        encoder_used=picture.encoder,
        warnings=[
            *picture.warnings,
            *(f"{clip.path.name} was fitted: {difference}" for clip, difference in misfits),
            *_silence_warning(sound, len(clips)),
        ],
    )


async def _encoded(
    params: MergeParams, run: PhaseRun, clips: Sequence[MediaFacts], *, fitting: bool
) -> _Picture:
    """The clips conformed, with their transitions, as pieces encoded alike."""
    first, cuts = clips[0], all(join.kind == "none" for join in params.joins)
    uneven = fitting or any(clip.vfr for clip in clips)
    constant = not cuts or fitting or not uneven
    common = common_format(clips, "pad" if params.fit == "refuse" else params.fit, constant=constant)
    conformed = await conform(run, clips, common) if constant and uneven else list(clips)
    seams = seams_of(conformed, params.joins, common.rate or Fraction(25))
    codec = kept_codec(first)
    target = Target(codec, "", pixels_for(codec, first), colour=output_colour(first))
    target = await choose_encoder(run, target)
    shared = SharedFormat(target, conformed[0], common.rate)
    pieces = await encode_pieces(run, pieces_of(conformed, seams), shared)
    if not await in_thread(partial(joinable, pieces)):
        raise fail("media_failed.step", phase=run.phase_name, detail="the encoded parts do not fit together")
    frame = 1 / common.rate if common.rate else Fraction(0)
    sounds = [SoundSeam(seam.shared * frame, seam.faded * frame) for seam in seams]
    return _Picture(pieces, conformed, codec, target.encoder, sounds, list(target.warnings))


async def _assemble(run: PhaseRun, picture: _Picture, sound: JoinedSound | None) -> Path:
    """One file of all pieces and the sound."""
    suffix = _SUFFIX.get(picture.codec, picture.pieces[0].path.suffix)
    joined = run.work_dir / f"picture{suffix if suffix in _SUFFIX.values() else '.mkv'}"
    await in_thread(lambda stop: join_pictures(picture.pieces, joined, stop))
    output = run.work_dir / f"video{joined.suffix}"
    inputs = sound.inputs if sound else []
    outputs = ["-map", "1:a:0", *sound.outputs] if sound else []
    command = [
        *source(joined, threads=run.threads), *inputs, "-map", "0:v:0", *outputs, "-c:v", "copy",
        *container_options(output), file_url(output),
    ]  # fmt: skip
    await run_ffmpeg(run, command, frames=picture.frames, start=0.9, share=0.1)
    return output


def _remove_intermediates(run: PhaseRun, output: Path) -> None:
    for path in run.work_dir.iterdir():
        if path != output:
            path.unlink()


def _silence_warning(sound: JoinedSound | None, clips: int) -> list[str]:
    if sound is None:
        return []
    return [f"{sound.silent} of {clips} clips have no sound; silence stands in"] if sound.silent else []
