"""Removing published outputs: only what still is exactly what was published, with its manifest.

A name may have another file by now: the artist's own grade, or the output of another home that shares the folder.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from video_queue.domain.errors import VqError
from video_queue.domain.views import KeptOutput
from video_queue.outputs.manifest import Manifest, ManifestArtifact, manifest_path, read_manifest
from video_queue.outputs.verify import check_artifact


@dataclass(frozen=True, slots=True)
class OwnOutput:
    """A file that a prompt published itself, as its rows know it."""

    path: Path
    job_id: int
    prompt_id: int
    sha256: str | None


def remove_outputs(outputs: Iterable[OwnOutput]) -> list[KeptOutput]:
    """Remove files, and their manifest once nothing that it names is left; what stayed, and why.

    Each file is read whole: call it in a thread. A file that is gone already is not named.
    """
    units: dict[Path, list[OwnOutput]] = {}
    for output in outputs:
        units.setdefault(_unit(output.path), []).append(output)
    return [kept for unit, files in units.items() for kept in _remove_unit(unit, files)]


def _unit(path: Path) -> Path:
    """What the manifest lies beside: the file, or the folder of a set."""
    is_member = not os.path.lexists(manifest_path(path)) and os.path.lexists(manifest_path(path.parent))
    return path.parent if is_member else path


def _remove_unit(unit: Path, files: list[OwnOutput]) -> list[KeptOutput]:
    try:
        manifest = read_manifest(manifest_path(unit))
    except VqError:
        manifest = Manifest()
    known = {unit.parent.joinpath(*PurePosixPath(entry.name).parts): entry for entry in manifest.artifacts}
    reasons = {output.path: _remove(output, unit.parent, manifest, known) for output in files}
    is_own = any(_is_of(manifest, output) for output in files)
    if is_own and not any(map(os.path.lexists, known)):
        _remove_manifest(unit)
    return [KeptOutput(path=str(path), reason=reason) for path, reason in reasons.items() if reason]


def _remove(output: OwnOutput, folder: Path, manifest: Manifest, known: dict[Path, ManifestArtifact]) -> str:
    """Remove one file; why it stayed, empty where it is gone."""
    path, entry = output.path, known.get(output.path)
    if not os.path.lexists(path):
        return "" if os.path.lexists(folder) else "its folder is not there"
    if not _is_of(manifest, output):
        return "the manifest beside it is not that of its render"
    if entry is None or output.sha256 not in (None, entry.sha256):
        return "the manifest beside it does not name it"
    if path.is_symlink():
        return "it is a link"
    if problem := check_artifact(folder, entry).problem:
        return problem
    try:
        path.unlink()
    except OSError as error:
        return f"it cannot be removed: {error.strerror}"
    return ""


def _is_of(manifest: Manifest, output: OwnOutput) -> bool:
    return (manifest.job.get("id"), manifest.prompt.get("id")) == (output.job_id, output.prompt_id)


def _remove_manifest(unit: Path) -> None:
    """Remove the manifest of an output that is gone, and a set's folder unless it holds files of other programs."""
    with contextlib.suppress(OSError):
        manifest_path(unit).unlink()
        if unit.is_dir():
            unit.rmdir()
