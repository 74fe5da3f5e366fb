"""A workflow that stops for a review: the silences of a talk, before they are cut."""

SILENCES = """
title: Silences
inputs: {kind: media}
phases:
  - {name: detect, uses: media.silence_detect, with: {source: "{{ input.path }}", min_silence: 0.25}}
  - {name: look, uses: review, with: {items: "{{ phases.detect.silences }}"}}
  - name: cut
    uses: media.silence_apply
    with: {source: "{{ input.path }}", segments: "{{ phases.look.approved }}", margin: 0}
output: {phase: cut}
"""
