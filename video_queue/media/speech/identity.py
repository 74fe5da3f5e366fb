"""What the words and voices of a phase rest on besides its arguments and ffmpeg: engines and models, by version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from video_queue.domain.catalogue import fail
from video_queue.domain.media.speech import TranscribeParams
from video_queue.media.speech.recognisers import WHISPER, is_installed, recogniser_for, versions_of

_VOICES = ("media.silence_detect", "media.silence_remove")
ENGINE_PHASES = frozenset(["media.transcribe", *_VOICES])
"""Phases for which `engines_of` may find something."""


def engines_of(uses: str, arguments: Mapping[str, Any]) -> list[Any]:
    """Part of the reuse key of a phase that `uses` this with these arguments; empty for most.

    Raises:
        VqError: media_failed, where an engine or a model is not there.
        OSError, ValueError: where it cannot be known.
    """
    if uses == "media.transcribe":
        return recogniser_for(TranscribeParams.model_validate(dict(arguments))).identity()
    if uses in _VOICES and arguments.get("engine") == "vad":
        if not is_installed(WHISPER):
            raise fail("media_failed.no_extra", what="engine: vad", extra="speech")
        return list(versions_of(WHISPER))
    return []
