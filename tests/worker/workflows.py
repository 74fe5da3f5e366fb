"""Workflows without ComfyUI that several tests of the worker run."""

ROUND_TRIP = """
name: round-trip
inputs: {kind: video}
parameters:
  crf: {type: int, default: 14, min: 0, max: 51}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
  - name: video
    uses: media.encode
    with:
      frames: "{{ phases.frames.images }}"
      fps: "{{ input.fps }}"
      audio: "{{ input.path }}"
      crf: "{{ params.crf }}"
output: {phase: video, name: "{{ input.stem }}_again"}
"""
SLOW = """
name: slow
inputs: {kind: video}
phases:
  - name: slow
    uses: media.convert
    with: {source: "{{ input.path }}", codec: h264, preset: slow, size: 1920x1080}
    TIMEOUT
output: {phase: slow}
"""
GATED = """
name: gated
inputs: {kind: video}
parameters:
  wanted: {type: bool, default: false}
phases:
  - {name: frames, uses: media.extract_frames, when: "{{ params.wanted }}", with: {source: "{{ input.path }}"}}
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}"}}
  - {name: look, uses: review, optional: true, with: {items: "{{ phases.copy.file }}"}}
output: {phase: copy}
"""
