"""Chapters in a file whose streams are copied: marks that players and editors show, and nothing else changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from video_queue.domain.media.sound import Span
from video_queue.media.clips.containers import container_for, sound_container
from video_queue.media.encoders import container_options
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun

Chapter = tuple[str, Span]


async def copy_with_chapters(
    run: PhaseRun, facts: MediaFacts, chapters: Sequence[Chapter]
) -> tuple[Path, list[str]]:
    """The first picture and sound of a file, packet by packet, with chapters; and what ffmpeg complained of.

    Raises:
        VqError: media_failed, disk_full, stalled.
    """
    sound = facts.audio.codec if facts.audio else None
    if facts.kind == "video":
        output = run.work_dir / f"video{container_for(facts.codec or '', sound)}"
    else:
        output = run.work_dir / f"sound{sound_container(sound or '')}"
    picture = ["-map", "0:V:0"] if facts.kind == "video" else []
    notes = run.work_dir / "chapters.txt"
    notes.write_text(_metadata(chapters), encoding="utf-8")
    command = [
        *source(facts.path, threads=run.threads), "-f", "ffmetadata", "-protocol_whitelist", "file",
        "-i", file_url(notes), *picture, *(["-map", "0:a:0"] if sound else []), "-map_metadata", "0",
        "-map_chapters", "1", "-c", "copy", *container_options(output), file_url(output),
    ]  # fmt: skip
    errors = await run_ffmpeg(run, command, seconds=facts.duration)
    notes.unlink()
    return output, errors


def _metadata(chapters: Sequence[Chapter]) -> str:
    """ffmpeg's text of chapters, in milliseconds."""
    lines = [";FFMETADATA1"]
    for title, span in chapters:
        start, end = round(span.start * 1000), round(span.end * 1000)
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={start}", f"END={end}", f"title={title}"]
    return "\n".join([*lines, ""])
