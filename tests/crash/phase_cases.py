"""For every kind of media phase a workflow with one such phase, whose process is to be killed in it."""

from __future__ import annotations

from pathlib import Path

from tests.media.extras import is_runnable

PHASE = "it"
_SOURCE = 'source: "{{ input.path }}"'
# Phases that give no files are followed by one that does.
_LAST = f"  - {{name: last, uses: media.keyframes, with: {{{_SOURCE}, strategy: uniform, count: 1}}}}\n"
_SEGMENTS = "segments: [{start: 0.2, end: 0.5}]"
# What other phases make of the clip before.
_FIRST = {
    "media.encode": f"uses: media.extract_frames, with: {{{_SOURCE}}}",
    "media.merge": f"uses: media.split, with: {{{_SOURCE}, at_frame: 21}}",
    "media.unchunk": f"uses: media.chunk, with: {{{_SOURCE}, size: 16, overlap: 4}}",
    "media.archive": f"uses: media.extract_frames, with: {{{_SOURCE}}}",
    "media.mux": f"uses: media.convert, with: {{{_SOURCE}, mirror: horizontal}}",
    "media.quality": f"uses: media.convert, with: {{{_SOURCE}, crf: 40}}",
}
# Phase: what it takes, besides its source where that is the clip.
CASES = {
    "media.probe": _SOURCE,
    "media.extract_frames": _SOURCE,
    "media.encode": 'frames: "{{ phases.first.images }}", fps: 30, audio: "{{ input.path }}"',
    "media.convert": _SOURCE,
    "media.split": f"{_SOURCE}, at_frame: [10, 20, 30]",
    "media.merge": 'inputs: "{{ phases.first.children }}"',
    "media.mux": 'video: "{{ phases.first.file }}", audio: "{{ input.path }}"',
    "media.sprite_sheet": f"{_SOURCE}, columns: 3, rows: 2",
    "media.detect_scenes": _SOURCE,
    "media.splice": f"{_SOURCE}, cuts: [10, 20, 30]",
    "media.keyframes": f"{_SOURCE}, strategy: multi, count: 5",
    "media.fingerprint": _SOURCE,
    "media.embed": f'{_SOURCE}, model: "INPUTS/model.onnx"',
    "media.archive": 'inputs: "{{ phases.first.images }}", folder: "ARCHIVE"',
    "media.interpolate": _SOURCE,
    "media.loop": _SOURCE,
    "media.animate": _SOURCE,
    "media.speed": f"{_SOURCE}, factor: 2",
    "media.stabilise": _SOURCE,
    "media.chunk": f"{_SOURCE}, size: 16, overlap: 4",
    "media.unchunk": 'inputs: "{{ phases.first.clips }}", plan: "{{ phases.first.plan }}"',
    "media.quality": 'source: "{{ phases.first.file }}", reference: "{{ input.path }}"',
    "media.crop": f"{_SOURCE}, size: 64x64",
    "media.watermark": f'{_SOURCE}, image: "INPUTS/mark.png"',
    "media.colour": f'{_SOURCE}, lut: "INPUTS/same.cube"',
    "media.silence_detect": _SOURCE,
    "media.silence_apply": f"{_SOURCE}, {_SEGMENTS}",
    "media.silence_remove": _SOURCE,
    "media.loudness": _SOURCE,
    "media.captions": f"{_SOURCE}, segments: [{{start: 0.1, end: 1, text: Hello there}}]",
    "media.transcribe": f'{_SOURCE}, engine: faster_whisper, model: "INPUTS/whisper", language: en',
    "media.timeline": f"{_SOURCE}, {_SEGMENTS}, formats: [fcpxml, edl, csv]",
}
WITHOUT_FILES = frozenset(
    f"media.{name}"
    for name in ("probe", "detect_scenes", "fingerprint", "embed", "quality", "silence_detect", "transcribe")
)
RUNNABLE = [uses for uses in CASES if is_runnable(uses)]
# Where the result is in several files, those that were finished when the process died are kept.
IN_PARTS = ("media.chunk", "media.splice", "media.split", "media.extract_frames", "media.archive")


def workflow_of(uses: str, inputs: Path, archive: Path) -> str:
    """The workflow of a phase's case."""
    values = CASES[uses].replace("INPUTS", str(inputs)).replace("ARCHIVE", str(archive))
    first = f"  - {{name: first, {_FIRST[uses]}}}\n" if uses in _FIRST else ""
    last, output = (_LAST, "last") if uses in WITHOUT_FILES else ("", PHASE)
    return (
        f"inputs: {{kind: video}}\nphases:\n{first}  - {{name: {PHASE}, uses: {uses}, with: {{{values}}}}}\n{last}"
        f'output: {{phase: {output}, name: "{uses.removeprefix("media.")}"}}\n'
    )
