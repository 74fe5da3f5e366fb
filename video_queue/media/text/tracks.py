"""Captions as a track that players can switch off, beside a picture and a sound that are copied."""

from __future__ import annotations

from video_queue.media.checks import check_video
from video_queue.media.clips.containers import container_for
from video_queue.media.encoders import container_options
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun
from video_queue.media.text.languages import language_tag

_CODECS = {"srt": "srt", "vtt": "webvtt", "ass": "ass"}
_DEMUXERS = {"srt": "srt", "vtt": "webvtt", "ass": "ass"}


def track_container(facts: MediaFacts, format_: str) -> str:
    """The suffix of the file that holds picture, sound and captions. Only Matroska keeps the looks of ASS."""
    suffix = container_for(facts.codec or "", facts.audio.codec if facts.audio else None)
    return ".mkv" if format_ == "ass" else suffix


def track_format(container: str, format_: str) -> str:
    """How captions are written for that container."""
    return {".webm": "vtt", ".mkv": format_}.get(container, "srt")


async def with_track(
    run: PhaseRun, facts: MediaFacts, container: str, track: tuple[str, str] | None, language: str
) -> tuple[MediaFacts, list[str]]:
    """The clip with `track` (its format and text) as its only captions; and what ffmpeg complained of.

    Raises:
        VqError: media_failed, bad_output, input_unreadable, disk_full, stalled.
    """
    output = run.work_dir / f"video{container}"
    sound = ["-map", "0:a:0"] if facts.audio else []
    command = [*source(facts.path, threads=run.threads)]
    maps = ["-map", "0:V:0", *sound, "-c", "copy"]
    path = run.work_dir / "captions.txt"
    if track is not None:
        path.write_text(track[1], encoding="utf-8")
        command += ["-f", _DEMUXERS[track[0]], "-protocol_whitelist", "file", "-i", file_url(path)]
        codec = _CODECS[track[0]] if container in (".mkv", ".webm") else "mov_text"
        maps += ["-map", "1:s:0", "-c:s", codec, "-metadata:s:s:0", f"language={language_tag(language)}"]
        maps += ["-disposition:s:0", "default"]
    errors = await run_ffmpeg(
        run, [*command, *maps, *container_options(output), file_url(output)], seconds=facts.duration
    )
    path.unlink(missing_ok=True)
    clip = await check_video(run, output, frames=facts.frames or 0, sources=[facts.path], errors=errors)
    return clip, errors
