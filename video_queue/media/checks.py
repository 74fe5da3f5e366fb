"""What every media phase checks: that its sources are readable before, and that its output is whole afterwards.

ffmpeg exits with 0 for damaged inputs and mismatched clips, and a killed one leaves files that play; so frames are
counted and compared. What reads a source raises VqError: input_missing, input_unreadable.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.media.facts import MediaFacts, probe, read_to_end
from video_queue.media.phase_run import PhaseRun
from video_queue.media.reading import FrameTimes, read_times
from video_queue.system.processes.cancellation import in_thread


async def probe_file(path: str | Path, *, count_frames: bool = False) -> MediaFacts:
    """The facts about any media file."""
    return await in_thread(lambda stop: probe(Path(path), count_frames=count_frames, stop=stop))


async def probe_video(path: str | Path) -> MediaFacts:
    """The facts about a clip, its frames counted.

    Raises:
        VqError: input_missing, input_unreadable (also when it is not a video).
    """
    facts = await probe_file(path, count_frames=True)
    if facts.kind != "video":
        raise fail("input_unreadable.no_stream", path=str(path), kind="video")
    return facts


async def probe_videos(paths: Sequence[str]) -> list[MediaFacts]:
    """The facts about each clip, its frames counted; a clip that is named twice is read once."""
    known = {path: await probe_video(path) for path in dict.fromkeys(paths)}
    return [known[path] for path in paths]


async def frame_times(path: Path) -> FrameTimes:
    """When each frame of a clip is shown."""
    return await in_thread(lambda stop: read_times(path, stop=stop))


async def check_video(
    run: PhaseRun,
    path: Path,
    *,
    frames: int,
    sources: Sequence[Path] = (),
    tolerance: int = 0,
    errors: Sequence[str] = (),
) -> MediaFacts:
    """The facts about a clip just made, which must have `frames` frames (give or take `tolerance`).

    If it has not, or ffmpeg met `errors` and went on, the sources are read to their ends first: a damaged one is
    refused, since its output lacks frames or shows rubbish.

    Raises:
        VqError: bad_output.frames, bad_output.unreadable, no_output.phase, input_unreadable.
    """
    if not path.exists() or not path.stat().st_size:
        raise fail("no_output.phase", phase=run.phase_name)
    if errors:
        await require_undamaged(sources)
    facts = await probe_file(path, count_frames=True)
    if facts.kind == "video" and abs((facts.frames or 0) - frames) <= tolerance:
        return facts
    await require_undamaged(sources)
    raise fail("bad_output.frames", name=path.name, actual=facts.frames or 0, expected=frames)


async def finished_video(path: Path, frames: int) -> MediaFacts | None:
    """The facts about a clip that a run before this one finished; None where it is not there, or not whole."""
    if not path.exists():
        return None
    try:
        facts = await probe_file(path, count_frames=True)
    except VqError:
        return None
    return facts if facts.kind == "video" and facts.frames == frames else None


async def check_like(
    run: PhaseRun, source: MediaFacts, output: Path, frames: int, errors: Sequence[str]
) -> MediaFacts:
    """The facts about a file made from `source`, with `frames` frames if that is a clip; sound is only probed.

    Raises:
        VqError: bad_output, no_output.phase, input_unreadable (where the source is damaged).
    """
    if source.kind == "video":
        return await check_video(run, output, frames=frames, sources=[source.path], errors=errors)
    if errors:
        await require_undamaged([source.path])
    return await probe_file(output)


async def require_undamaged(sources: Sequence[Path]) -> None:
    """Read the sources of a doubtful output to their ends.

    Raises:
        VqError: input_unreadable, if one of them is damaged.
    """
    for source in sources:
        await in_thread(partial(_read_whole, source))


def _read_whole(path: Path, stop: threading.Event) -> MediaFacts:
    return read_to_end(path, stop=stop)


def error_warnings(errors: Sequence[str]) -> list[str]:
    """One warning when ffmpeg met errors in sources that nevertheless can be read to their ends."""
    return [f"ffmpeg complained: {errors[0]} ({len(errors)} messages)"] if errors else []
