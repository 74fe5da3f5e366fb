"""Finding the silences of a file, by level, by ffmpeg's own filter, or by where a voice speaks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.sound import Detection, SilenceDetectResult, Span
from video_queue.media.checks import frame_times, probe_file
from video_queue.media.clips.raw_sound import decode_sound, map_samples, raw_format
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun
from video_queue.media.speech.levels import Threshold, levels_of, threshold_of
from video_queue.media.speech.silences import between, long_enough, quiet_spans
from video_queue.media.speech.voice import RATE, voiced_spans
from video_queue.media.unreadable import unreadable
from video_queue.system.processes.cancellation import in_thread

# ffmpeg's filter compares single samples, whose peaks lie this far above the level of noise.
_PEAKS_OF_NOISE = 17.0
_DECODING = 0.7  # of the progress
_NOTHING = 0.05  # seconds


async def probe_sound(path: str) -> MediaFacts:
    """The facts about a file that has sound; the frames of a clip are counted.

    Raises:
        VqError: input_missing, input_unreadable (also without sound).
    """
    facts = await probe_file(path, count_frames=True)
    if facts.audio is None:
        raise fail("input_unreadable.no_stream", path=path, kind="audio")
    return facts


async def find_silences(
    params: Detection, facts: MediaFacts, run: PhaseRun, *, share: float = 1.0
) -> SilenceDetectResult:
    """The silences of a file with sound, on its picture's clock; `share` of the phase's progress is filled.

    Raises:
        VqError: input_unreadable, media_failed (no extra `speech`), disk_full, stalled.
    """
    if facts.audio is None:
        raise fail("input_unreadable.no_stream", path=str(facts.path), kind="audio")
    start = (await frame_times(facts.path)).start if facts.kind == "video" else 0.0
    raw = replace(raw_format("f32le", facts.audio), rate=RATE)
    path = run.work_dir / "levels.raw"
    await decode_sound(run, facts, path, raw, start=start, progress=(0.0, _DECODING * share))
    samples = map_samples(path, raw)
    if samples is None:
        raise unreadable(facts.path, "audio", "no sound could be decoded")
    length = facts.duration or len(samples) / RATE
    levels = await in_thread(partial(levels_of, samples, raw))
    threshold = _threshold(params, threshold_of(levels))
    if params.engine == "vad":
        voices = await in_thread(lambda _stop: voiced_spans(samples, params.min_silence))
        silences = between(voices, length)
    elif params.engine == "silencedetect":
        silences = await _by_filter(run, facts, threshold.level, params.min_silence, start, length, share)
    else:
        silences = quiet_spans(levels, threshold.level, params.min_silence, length)
    path.unlink()
    run.report(share)
    return _result(params, threshold, long_enough(silences, params.min_silence), length)


def _threshold(params: Detection, measured: Threshold) -> Threshold:
    if params.threshold is not None:
        return replace(measured, level=params.threshold)
    if params.engine == "silencedetect":
        return replace(measured, level=min(0.0, measured.floor + _PEAKS_OF_NOISE))
    return measured


def _result(
    params: Detection, threshold: Threshold, silences: list[Span], length: float
) -> SilenceDetectResult:
    heard = length - sum(span.end - span.start for span in silences)
    nothing = "nothing but silence was found; set threshold lower if there is something to hear"
    return SilenceDetectResult(
        silences=silences,
        speech=between(silences, length),
        floor_db=round(threshold.floor, 1),
        threshold_db=None if params.engine == "vad" else round(threshold.level, 1),
        duration=round(length, 6),
        engine_used=params.engine,
        warnings=[nothing] if heard < _NOTHING else [],
    )


async def _by_filter(
    run: PhaseRun,
    facts: MediaFacts,
    level: float,
    shortest: float,
    start: float,
    length: float,
    share: float,
) -> list[Span]:
    """What ffmpeg's silencedetect writes beside the sound, on the picture's clock."""
    name = "silences.txt"
    silence = f"silencedetect=noise={level:.2f}dB:d={shortest}"
    filters = f"aresample=async=1:first_pts=0,aresample={RATE},{silence},ametadata=print:file={name}"
    command = [
        *source(facts.path, threads=run.threads), "-map", "0:a:0", "-filter:a", filters, "-f", "null", "-",
    ]  # fmt: skip
    await run_ffmpeg(run, command, seconds=facts.duration, start=_DECODING * share, share=0.3 * share)
    path = run.work_dir / name
    spans = _read_spans(path, start, length)
    path.unlink()
    return spans


def _read_spans(path: Path, start: float, length: float) -> list[Span]:
    edges: list[float] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key in ("lavfi.silence_start", "lavfi.silence_end"):
            edges.append(min(length, max(0.0, float(value) - start)))
    if len(edges) % 2:
        edges.append(length)
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [Span(start=round(begin, 6), end=round(end, 6)) for begin, end in pairs]
