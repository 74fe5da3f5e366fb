"""Parameters and results of the phases of words: transcribe."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from video_queue.domain.media.sound import Span
from video_queue.domain.media.values import PhaseParams, PhaseResult, SourceFile


def parse_language(value: Any) -> Any:
    """A code such as `en` in small letters; `auto` and an empty text mean none."""
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    return None if text in ("", "auto") else text


def parse_model(value: Any) -> Any:
    """An empty text means none."""
    return None if isinstance(value, str) and not value.strip() else value


class TranscribeParams(PhaseParams):
    """What is said in `source`. `model`: the name of a Whisper model that is there, or the path of its folder.

    `language` null is recognised by ear. `words` false leaves the times of single words out.
    """

    source: SourceFile
    engine: Literal["auto", "faster_whisper", "pocketsphinx"] = "auto"
    model: Annotated[str | None, BeforeValidator(parse_model)] = None
    language: Annotated[
        str | None, BeforeValidator(parse_language), Field(pattern=r"^[a-z]{2,3}$", description="such as en")
    ] = None
    words: bool = True


class SpokenSegment(Span):
    """A sentence or a part of one, on the source's clock."""

    text: str = ""


class SpokenWord(SpokenSegment):
    """One word without spaces around it; `probability` is the engine's own opinion, 0..1."""

    probability: float | None = None


class TranscribeResult(PhaseResult):
    """`segments` and `words` in the order they are said. `draft`: the engine is known to mishear a lot."""

    segments: list[SpokenSegment] = []
    words: list[SpokenWord] = []
    language: str | None = None
    engine_used: str = ""
    model_used: str = ""
    draft: bool = False
    duration: float = 0.0
    warnings: list[str] = []
