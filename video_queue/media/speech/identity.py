"""What the words and voices of a phase rest on besides its arguments and ffmpeg: engines and models, by version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from video_queue.domain.media.speech import TranscribeParams
from video_queue.media.speech.recognisers import WHISPER, recogniser_for, versions_of


def engines_of(uses: str, arguments: Mapping[str, Any]) -> list[Any]:
    """Part of the reuse key of a phase that `uses` this with these arguments; empty for most.

    Raises:
        VqError: media_failed, where an engine or a model is not there.
        OSError, ValueError: where it cannot be known.
    """
    if uses == "media.transcribe":
        return recogniser_for(TranscribeParams.model_validate(dict(arguments))).identity()
    if uses in ("media.silence_detect", "media.silence_remove") and arguments.get("engine") == "vad":
        return list(versions_of(WHISPER))
    return []
