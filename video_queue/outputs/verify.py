"""Manifests compared with the disk: is an output intact (`vq verify`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from video_queue.domain.verification import Damage
from video_queue.outputs.manifest import ManifestArtifact, read_manifest
from video_queue.system.files.durable import hash_file


@dataclass(frozen=True, slots=True)
class ArtifactCheck:
    """One file of an output compared with the disk: `problem` is empty and `kind` None when it is intact."""

    path: Path
    problem: str
    kind: Damage | None = None


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
        return ArtifactCheck(path, "its name leads out of the folder", "damaged")
    return check_file(path, artifact.bytes, artifact.sha256)


def check_file(path: Path, size: int | None, sha256: str | None) -> ArtifactCheck:
    """A file compared with the size and the contents that it had; what is null is not compared."""
    try:
        current = path.stat().st_size
        if size is not None and current != size:
            return ArtifactCheck(path, f"it has {current} bytes instead of {size}", "damaged")
        if sha256 is not None and hash_file(path) != sha256:
            return ArtifactCheck(path, "its contents changed (sha256)", "damaged")
    except FileNotFoundError:
        return ArtifactCheck(path, "it is gone", "missing")
    except OSError as error:
        return ArtifactCheck(path, f"it cannot be read: {error.strerror}", "unreadable")
    return ArtifactCheck(path, "")
