"""Whisper models that are on this machine: by the path of a folder, or by a name in the cache that all programs share.

Nothing is ever fetched. faster-whisper itself is not loaded for this; its names are those of
https://github.com/SYSTRAN/faster-whisper, the cache is laid out as huggingface.co/docs/huggingface_hub describes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_NEEDED = ("model.bin", "config.json", "tokenizer.json")
_PLAIN = (
    "tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en",
    "large-v1", "large-v2", "large-v3",
)  # fmt: skip
_DISTILLED = ("large-v2", "medium.en", "small.en", "large-v3")
_TURBO = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"
REPOSITORIES = {
    **{name: f"Systran/faster-whisper-{name}" for name in _PLAIN},
    **{f"distil-{name}": f"Systran/faster-distil-whisper-{name}" for name in _DISTILLED},
    "large": "Systran/faster-whisper-large-v3",
    "large-v3-turbo": _TURBO,
    "turbo": _TURBO,
}
"""Where each name is kept for all on huggingface.co."""


def find_model(name: str) -> Path | None:
    """The folder of a model by its path, its name, or its `owner/name`; None where it is not all there."""
    path = model_folder(name)
    if path is not None:
        return path if is_complete(path) else None
    repository = REPOSITORIES.get(name, name)
    return _in_cache(repository) if repository.count("/") == 1 else None


def model_folder(name: str) -> Path | None:
    """The folder that a name is the path of; None where there is none, or it is no path at all."""
    try:
        path = Path(name).expanduser()
        return path if path.is_dir() else None
    except (OSError, RuntimeError):  # a name too long, or of a user that is not there
        return None


def is_complete(folder: Path) -> bool:
    """Whether a folder has all that a model needs. Without its tokens faster-whisper would fetch some."""
    return all((folder / name).is_file() for name in _NEEDED)


def models_here() -> list[str]:
    """The names of the models in the cache."""
    return sorted(name for name in REPOSITORIES if find_model(name) is not None)


def model_files(folder: Path) -> list[Path]:
    """The files that decide what a model writes."""
    return [folder / name for name in _NEEDED]


def _in_cache(repository: str) -> Path | None:
    stored = _cache() / f"models--{repository.replace('/', '--')}"
    return next((folder for folder in _revisions(stored) if is_complete(folder)), None)


def _revisions(stored: Path) -> Iterator[Path]:
    """The revision that `main` was when it was fetched, then all others."""
    main = stored / "refs" / "main"
    if main.is_file():
        yield stored / "snapshots" / main.read_text(encoding="utf-8").strip()
    if (stored / "snapshots").is_dir():
        yield from sorted((stored / "snapshots").iterdir())


def _cache() -> Path:
    if folder := os.environ.get("HF_HUB_CACHE"):
        return Path(folder).expanduser()
    if folder := os.environ.get("HF_HOME"):
        return Path(folder).expanduser() / "hub"
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "huggingface" / "hub"
