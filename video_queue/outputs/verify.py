"""Manifests against the disk: is an output intact (`vq verify`), and is one there already (`if_exists: skip`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from video_queue.domain.errors import VqError
from video_queue.outputs.manifest import Manifest, ManifestArtifact, exact, read_manifest
from video_queue.outputs.naming import published_manifests
from video_queue.system.files.durable import hash_file


@dataclass(frozen=True, slots=True)
class RenderIdentity:
    """What `skip` compares: the same workflow, input contents and values make the same output."""

    workflow_hash: str
    input_hashes: tuple[str | None, ...]
    values: str

    @classmethod
    def of(cls, manifest: Manifest) -> RenderIdentity:
        """The identity that a manifest records, or that one built before rendering will record."""
        values = {"params": manifest.params, "seed": manifest.seed, "resolution": manifest.resolution}
        hashes = tuple(item.sha256 for item in manifest.inputs)
        return cls(manifest.workflow.hash, hashes, json.dumps(exact(values), sort_keys=True))


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
    return [_check(path.parent, artifact) for artifact in read_manifest(path).artifacts]


def find_published(folder: Path, name: str, identity: RenderIdentity) -> Path | None:
    """The manifest of an intact output of the same render under `name` or one of its versions in `folder`.

    Needs no extension, so it can be asked before anything is rendered. Costs a listing where there is none;
    the files of a match are read whole.

    Raises:
        OSError: if the folder is there but cannot be read.
    """
    for path in published_manifests(folder, name):
        try:
            manifest = read_manifest(path)
        except VqError:  # a foreign file with such a name is no reason to fail
            continue
        if RenderIdentity.of(manifest) != identity or not manifest.artifacts:
            continue
        if not any(_check(folder, artifact).problem for artifact in manifest.artifacts):
            return path
    return None


def _check(folder: Path, artifact: ManifestArtifact) -> ArtifactCheck:
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
