"""Manifests compared with the disk: is an output intact (`vq verify`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from video_queue.outputs.manifest import ManifestArtifact, read_manifest
from video_queue.system.files.durable import hash_file


@dataclass(frozen=True, slots=True)
class ArtifactCheck:
    """One artifact of a manifest compared with the disk: `problem` is empty when it is intact."""

    path: Path
    artifact: ManifestArtifact
    problem: str


def verify_manifest(path: Path) -> list[ArtifactCheck]:
    """Every artifact of the manifest in `path` compared with the disk by size and sha256.

    Raises:
        VqError: `not_found.file`, `validation.manifest`.
    """
    return [check_artifact(path.parent, artifact) for artifact in read_manifest(path).artifacts]


def check_artifact(folder: Path, artifact: ManifestArtifact) -> ArtifactCheck:
    """One artifact of a manifest in `folder`."""
    relative = PurePosixPath(artifact.name)
    path = folder.joinpath(*relative.parts)
    if relative.is_absolute() or ".." in relative.parts:
        return ArtifactCheck(path, artifact, "its name leads out of the folder")
    return ArtifactCheck(path, artifact, _problem(path, artifact))


def _problem(path: Path, artifact: ManifestArtifact) -> str:
    try:
        size = path.stat().st_size
        if size != artifact.bytes:
            return f"it has {size} bytes instead of {artifact.bytes}"
        return "" if hash_file(path) == artifact.sha256 else "its contents changed (sha256)"
    except FileNotFoundError:
        return "it is gone"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
