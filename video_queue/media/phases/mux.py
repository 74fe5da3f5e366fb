"""`media.mux`: the picture of one file with the sound of another; both streams are copied, packet by packet."""

from __future__ import annotations

from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import MuxParams, MuxResult
from video_queue.media.checks import check_video, probe_file, probe_video
from video_queue.media.encoders import container_options
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun

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
_NOTICEABLE = 0.5


async def run(params: MuxParams, run: PhaseRun) -> MuxResult:
    """A file with `video`'s picture and `audio`'s first sound stream. Sound beyond the picture's end is left out.

    The container is the first of mp4, mov, webm and mkv that holds both as they are.

    Raises:
        VqError: input_missing, input_unreadable (also when a stream is missing), media_failed, bad_output.
    """
    picture = await probe_video(params.video)
    audio = (await probe_file(params.audio)).audio
    if audio is None:
        raise fail("input_unreadable.no_stream", path=params.audio, kind="audio")
    output = run.work_dir / f"video{_container(picture.codec or '', audio.codec)}"
    seconds = picture.duration or 0.0
    difference = (audio.duration or seconds) - seconds
    limit = ["-t", f"{seconds:.6f}"] if difference > 0 else []
    errors = await run_ffmpeg(run, _command(params, run, limit, output), seconds=seconds)
    facts = await check_video(run, output, frames=picture.frames or 0, sources=[picture.path], errors=errors)
    return MuxResult(
        file=facts.as_file(),
        frame_count=facts.frames or 0,
        duration=facts.duration or 0.0,
        encoder_used="copy",
        warnings=_length_warning(difference),
    )


def _command(params: MuxParams, run: PhaseRun, limit: list[str], output: Path) -> list[str]:
    return [
        *source(Path(params.video), threads=run.threads), *source(Path(params.audio), *limit, threads=run.threads),
        "-map", "0:V:0", "-map", "1:a:0", "-c", "copy", *container_options(output), file_url(output),
    ]  # fmt: skip


def _container(picture: str, sound: str) -> str:
    fitting = (suffix for suffix in _PICTURES if picture in _PICTURES[suffix] and sound in _SOUNDS[suffix])
    return next(fitting, ".mkv")


def _length_warning(difference: float) -> list[str]:
    if difference > _NOTICEABLE:
        return [f"the sound is {difference:.2f} s longer than the picture; it was cut"]
    if difference < -_NOTICEABLE:
        return [f"the sound ends {-difference:.2f} s before the picture"]
    return []
