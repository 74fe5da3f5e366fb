"""The program that recognises speech, in a process of its own: `python recognition_program.py JOB.json`.

It can be ended at any moment, gives its memory back, and takes nothing down with it when an engine crashes. It is run
as a file and loads nothing of this package. The job says what to do (see `recognition.py`); lines of stdout are how
far it is, 0..1; what was said, or the problem, is written to the job's `output`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

Job = dict[str, Any]
Part = dict[str, Any]
_PAUSE = 1.0  # seconds
_SAMPLE_BYTES = 4


class RefusalError(Exception):
    """What an artist can put right: (kind, detail)."""


def main(job_file: str) -> None:
    """Do the job."""
    job: Job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    engine = by_whisper if job["engine"] == "faster_whisper" else by_pocketsphinx
    outcome: dict[str, Any] = {"language": job["language"]}
    try:
        outcome["segments"] = list(engine(job, outcome))
    except RefusalError as error:
        outcome = {"problem": list(error.args)}
    Path(job["output"]).write_text(json.dumps(outcome), encoding="utf-8")


def by_whisper(job: Job, outcome: dict[str, Any]) -> Iterator[Part]:
    """Sentence by sentence; the language that the first piece with speech is in is kept for the others."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from faster_whisper import WhisperModel

    try:
        # On the processor: the graphics card is ComfyUI's.
        model = WhisperModel(job["model"], device="cpu", compute_type="auto", cpu_threads=job["threads"])
    except Exception as error:  # ctranslate2 raises errors of many types for files that are no model
        raise RefusalError("model", str(error)) from error
    if job["language"] is not None and job["language"] not in model.supported_languages:
        raise RefusalError("language", job["language"])
    for start, sound in pieces(job):
        language = outcome["language"]
        segments, info = model.transcribe(sound, language=language, word_timestamps=True, vad_filter=True)
        for segment in segments:
            outcome["language"] = info.language
            for words in between_pauses(list(segment.words or ())):
                times = [part(start, word.start, word.end, word.word, word.probability) for word in words]
                text = "".join(word.word for word in words)
                yield {"start": times[0]["start"], "end": times[-1]["end"], "text": text, "words": times}
            report(job, start + segment.end)


def between_pauses(words: list[Any]) -> Iterator[list[Any]]:
    """The words of a segment, parted where nobody speaks: Whisper is not given the pauses, and writes across them."""
    first = 0
    for number, (before, after) in enumerate(pairwise(words), start=1):
        if after.start - before.end > _PAUSE:
            yield words[first:number]
            first = number
    if words:
        yield words[first:]


def by_pocketsphinx(job: Job, outcome: dict[str, Any]) -> Iterator[Part]:
    """Piece by piece; its words have no capitals and no full stops."""
    from pocketsphinx import Decoder

    outcome["language"] = "en"
    decoder = Decoder(samprate=float(job["rate"]), loglevel="ERROR")
    for start, sound in pieces(job):
        decoder.start_utt()
        decoder.process_raw((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        # Frames are hundredths of a second; `<sil>`, `[NOISE]` and `++UH++` are no words, `the(2)` is how it was said.
        words = [
            part(
                start, seg.start_frame / 100, (seg.end_frame + 1) / 100, seg.word.partition("(")[0], seg.prob
            )
            for seg in decoder.seg() or ()
            if seg.word[0] not in "<[+"
        ]
        if words:
            text = " ".join(word["text"] for word in words)
            yield {"start": words[0]["start"], "end": words[-1]["end"], "text": text, "words": words}
        report(job, start + len(sound) / job["rate"])


def pieces(job: Job) -> Iterator[tuple[float, Any]]:
    """Where each piece of the sound begins, in seconds, and its samples: no more of it is in memory at a time."""
    for start, end in job["pieces"]:
        first, after = round(start * job["rate"]), round(end * job["rate"])
        yield start, np.fromfile(job["sound"], np.float32, after - first, offset=first * _SAMPLE_BYTES)
        report(job, end)


def part(offset: float, start: float, end: float, text: str, probability: float | None = None) -> Part:
    """A word or a segment whose times are counted from `offset`."""
    place = {"start": offset + float(start), "end": offset + float(end), "text": text}
    return place if probability is None else place | {"probability": round(min(1.0, float(probability)), 3)}


def report(job: Job, seconds: float) -> None:
    """Say how far it is."""
    sys.stdout.write(f"{seconds / job['seconds']:.5f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
