"""What is said in a file: its sound decoded, cut into pieces, and recognised by a program of its own."""

from __future__ import annotations

import json
import math
import sys
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.media.sound import Span
from video_queue.domain.media.speech import SpokenSegment, SpokenWord, TranscribeParams, TranscribeResult
from video_queue.media.checks import frame_times
from video_queue.media.clips.raw_sound import RawFormat, Samples, decode_sound, map_samples, raw_format
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun
from video_queue.media.speech.levels import levels_of, threshold_of
from video_queue.media.speech.pieces import even_pieces, spoken_pieces
from video_queue.media.speech.recognisers import SPHINX, Recogniser, unknown_language
from video_queue.media.speech.voice import RATE
from video_queue.media.unreadable import unreadable
from video_queue.system.processes.cancellation import in_thread
from video_queue.system.processes.children import ChildStalledError

_PROGRAM = Path(__file__).with_name("recognition_program.py")
_DECODING = 0.1  # of the progress
_DRAFT = (
    "the words are a draft: pocketsphinx mishears a lot. Correct them in a review, or take faster_whisper"
)
Part = TypeVar("Part", bound=SpokenSegment)
_NOTHING = "nothing that is said was recognised"


async def recognise(
    params: TranscribeParams, recogniser: Recogniser, facts: MediaFacts, run: PhaseRun
) -> TranscribeResult:
    """What is said in a file with sound, on its picture's clock.

    Raises:
        VqError: input_unreadable, media_failed, disk_full, stalled.
    """
    if facts.audio is None:
        raise fail("input_unreadable.no_stream", path=str(facts.path), kind="audio")
    start = (await frame_times(facts.path)).start if facts.kind == "video" else 0.0
    raw = replace(raw_format("f32le", facts.audio), rate=RATE, layout="mono", channels=1)
    sound = run.work_dir / "speech.raw"
    await decode_sound(run, facts, sound, raw, start=start, progress=(0.0, _DECODING))
    samples = map_samples(sound, raw)
    if samples is None:
        raise unreadable(facts.path, "audio", "no sound could be decoded")
    seconds = len(samples) / RATE
    pieces = await in_thread(partial(_pieces_of, samples, raw, recogniser))
    run.log(f"{recogniser.engine} with {recogniser.model}: {len(pieces)} pieces of {facts.path.name}")
    job = {
        "engine": recogniser.engine,
        "model": str(recogniser.folder or ""),
        "language": params.language,
        "threads": run.threads,
        "sound": str(sound),
        "rate": RATE,
        "seconds": seconds,
        "pieces": [(piece.start, piece.end) for piece in pieces],
    }
    outcome = await _run_program(job, recogniser, run) if pieces else {"segments": [], "language": None}
    sound.unlink()
    run.report(1.0)
    return _result(params, recogniser, outcome, facts.duration or seconds)


def _pieces_of(samples: Samples, raw: RawFormat, recogniser: Recogniser, stop: threading.Event) -> list[Span]:
    levels = levels_of(samples, raw, stop)
    if recogniser.engine == SPHINX:
        return spoken_pieces(levels, threshold_of(levels).level, recogniser.piece_seconds)
    return even_pieces(levels, recogniser.piece_seconds)


@dataclass
class _Lines:
    """Reads what the program writes: how far it is, and messages for the log."""

    run: PhaseRun
    last: deque[str] = field(default_factory=lambda: deque(maxlen=5))

    def line(self, text: str) -> bool:
        try:
            fraction = float(text)
        except ValueError:
            return self.error_line(text)
        if math.isfinite(fraction):
            self.run.report(_DECODING + (1 - _DECODING) * min(1.0, max(0.0, fraction)))
        return True

    def error_line(self, text: str) -> bool:
        self.run.log(text)
        self.last.append(text.strip())
        return False


async def _run_program(job: dict[str, Any], recogniser: Recogniser, run: PhaseRun) -> dict[str, Any]:
    """What the program wrote; it may be ended at any time, and then leaves nothing of it."""
    job_file, output = run.work_dir / "speech.json", run.work_dir / "words.json"
    job_file.write_text(json.dumps(job | {"output": str(output)}), encoding="utf-8")
    lines = _Lines(run)
    # -P: the folder of the program holds modules of ours, which nothing of it may load by accident.
    command = [sys.executable, "-P", str(_PROGRAM), str(job_file)]
    try:
        status = await run.children.run(
            command, on_line=lines.line, on_error_line=lines.error_line, cwd=run.work_dir,
            stall_seconds=run.stall_seconds,
        )  # fmt: skip
    except ChildStalledError:
        raise fail("stalled.phase", phase=run.phase_name, limit=int(run.stall_seconds)) from None
    if status != 0:
        raise _failure(recogniser, run, status, list(lines.last))
    outcome: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    if "problem" in outcome:
        kind, detail = outcome["problem"]
        if kind == "language":
            raise unknown_language(f"{recogniser.engine} with {recogniser.model}", detail)
        raise fail("media_failed.bad_whisper", path=str(recogniser.folder), detail=detail)
    job_file.unlink()
    output.unlink()
    return outcome


def _failure(recogniser: Recogniser, run: PhaseRun, status: int, lines: list[str]) -> VqError:
    if sys.platform != "win32" and -status in (1, 2, 9, 15):
        return fail("stalled.killed", program=recogniser.engine, phase=run.phase_name, signal=-status)
    if any("No space left" in line for line in lines):
        return fail("disk_full.write", path=str(run.work_dir))
    detail = f"{recogniser.engine} failed (exit {status}): {lines[-1] if lines else 'no message'}"
    return fail("media_failed.step", phase=run.phase_name, detail=detail[:1000])


def _result(
    params: TranscribeParams, recogniser: Recogniser, outcome: dict[str, Any], length: float
) -> TranscribeResult:
    segments = in_order((SpokenSegment.model_validate(part) for part in outcome["segments"]), length)
    words = in_order(
        (SpokenWord.model_validate(word) for part in outcome["segments"] for word in part["words"]), length
    )
    draft = recogniser.engine == SPHINX
    return TranscribeResult(
        segments=segments,
        words=words if params.words else [],
        language=outcome["language"] if segments else params.language,
        engine_used=recogniser.engine,
        model_used=recogniser.model,
        draft=draft,
        duration=round(length, 6),
        warnings=[*([_DRAFT] if draft and segments else []), *([] if segments else [_NOTHING])],
    )


def in_order(parts: Iterable[Part], length: float) -> list[Part]:
    """Those with a text, trimmed, each within 0 and `length` and not before the one before it."""
    ordered: list[Part] = []
    for item in parts:
        text = item.text.strip()
        if not text:
            continue
        earliest = ordered[-1].start if ordered else 0.0
        start = min(length, max(earliest, item.start))
        end = min(length, max(start, item.end))
        place = {"text": text, "start": round(start, 3), "end": round(end, 3)}
        ordered.append(item.model_copy(update=place))
    return ordered
