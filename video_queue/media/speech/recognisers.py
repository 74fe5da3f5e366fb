"""Which program recognises speech, and whether it is there: found out without loading it.

Submissions and the doctor ask here too, so that what is missing is said before any work is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.media.speech import TranscribeParams
from video_queue.media.speech.whisper_models import (
    REPOSITORIES,
    find_model,
    is_complete,
    model_files,
    model_folder,
    models_here,
)
from video_queue.system.files.path_utils import mark_of

WHISPER, SPHINX = "faster_whisper", "pocketsphinx"
DEFAULT_MODEL = "small"
_SPHINX_MODEL = "en-us"
_PACKAGES = {WHISPER: ("faster-whisper", "ctranslate2"), SPHINX: ("pocketsphinx",)}
# Whisper keeps about 0.7 MB for each second that it is given at once; pocketsphinx follows 30 s well.
_PIECE_SECONDS = {WHISPER: 300.0, SPHINX: 30.0}
# Part of the identity: raise it when other words come of the same sound, engine and model.
_VERSION = 1


@dataclass(frozen=True)
class Recogniser:
    """An engine with its model: a name, or the last part of its path. `folder` is None where the engine has its own.

    It is given pieces of at most `piece_seconds`.
    """

    engine: str
    model: str
    piece_seconds: float
    folder: Path | None = None

    def identity(self) -> list[Any]:
        """What its words rest on besides the sound: the versions of programs, and the files of the model.

        Raises:
            OSError: if the model is gone.
        """
        files = model_files(self.folder) if self.folder else []
        return [
            _VERSION,
            self.engine,
            self.model,
            *versions_of(self.engine),
            *(mark_of(str(f)) for f in files),
        ]


def recogniser_for(params: TranscribeParams) -> Recogniser:
    """What `params` name. `auto` is faster-whisper: pocketsphinx is used by name alone.

    Raises:
        VqError: media_failed (no extra `speech`, no such model, a language that it does not understand).
    """
    engine = SPHINX if params.engine == SPHINX else WHISPER
    if not is_installed(engine):
        raise fail(
            "media_failed.no_extra", what=f"media.transcribe (engine: {params.engine})", extra="speech"
        )
    if engine == SPHINX:
        if params.language not in (None, "en"):
            raise unknown_language(engine, params.language)
        return Recogniser(engine, _SPHINX_MODEL, _PIECE_SECONDS[engine])
    name = params.model or DEFAULT_MODEL
    folder = find_model(name)
    if folder is None:
        raise _no_model(name)
    # A result that named a path would count as one whose files are elsewhere, and not be reused.
    shown = folder.name if Path(name).expanduser() == folder else name
    return Recogniser(engine, shown, _PIECE_SECONDS[engine], folder)


def is_installed(engine: str) -> bool:
    """Whether the package of an engine is there."""
    return find_spec(engine) is not None


@cache
def versions_of(engine: str) -> tuple[str, ...]:
    """The packages of an engine with their versions."""
    return tuple(f"{name} {metadata.version(name)}" for name in _PACKAGES[engine])


def unknown_language(engine: str, language: str) -> VqError:
    """The error that says so."""
    return fail("media_failed.language", engine=engine, language=language)


def _no_model(name: str) -> VqError:
    folder = model_folder(name)
    if folder is not None and not is_complete(folder):
        detail = "model.bin, config.json or tokenizer.json is missing"
        return fail("media_failed.bad_whisper", path=name, detail=detail)
    repository = REPOSITORIES.get(name, name)
    if repository.count("/") != 1 or name.startswith("~") or Path(name).is_absolute():
        known = ", ".join(REPOSITORIES)
        return fail("media_failed.unknown_whisper", name=name, known=known)
    there = ", ".join(models_here())
    return fail(
        "media_failed.no_whisper",
        name=name,
        there=f"; there is {there}" if there else "",
        repository=repository,
    )
