"""`media.mux`: the picture of one file with the sound of another; both streams are copied, packet by packet."""

from __future__ import annotations

from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import MuxParams, MuxResult
from video_queue.media.checks import check_video, probe_file, probe_video
from video_queue.media.clips.containers import container_for
from video_queue.media.encoders import container_options
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun

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
    output = run.work_dir / f"video{container_for(picture.codec or '', audio.codec)}"
    seconds = picture.duration or 0.0
    difference = (audio.duration or seconds) - seconds
    limit = ["-t", f"{seconds:.6f}"] if difference > 0 else []
    errors = await run_ffmpeg(run, _command(params, run, limit, output), seconds=seconds)
    sources = [picture.path, Path(params.audio)]
    facts = await check_video(run, output, frames=picture.frames or 0, sources=sources, errors=errors)
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


def _length_warning(difference: float) -> list[str]:
    if difference > _NOTICEABLE:
        return [f"the sound is {difference:.2f} s longer than the picture; it was cut"]
    if difference < -_NOTICEABLE:
        return [f"the sound ends {-difference:.2f} s before the picture"]
    return []
