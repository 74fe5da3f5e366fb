"""`if_exists: skip`: the intact output of the same render, if it is there already.

Whether two renders are the same is decided here and nowhere else. The worker asks before a prompt's first phase, and
again before it publishes, since an equal prompt may have been faster.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from video_queue.domain.errors import VqError
from video_queue.outputs.intent import Publication, PublishedFile
from video_queue.outputs.manifest import Manifest, exact, read_manifest
from video_queue.outputs.naming import folder_below, published_manifests
from video_queue.outputs.plan import OutputPlan
from video_queue.outputs.verify import check_artifact
from video_queue.system.files.durable import writing_to
from video_queue.system.files.names import safe_file_name


@dataclass(frozen=True, slots=True)
class RenderIdentity:
    """What `skip` compares: the same workflow, input contents and values make the same output.

    Without known contents of its inputs a render is the same as no other.
    """

    workflow_hash: str
    input_hashes: tuple[str | None, ...]
    values: str

    @classmethod
    def of(cls, manifest: Manifest) -> RenderIdentity | None:
        """The identity that a manifest records, or that one built before rendering will record."""
        if any(item.changed_since or item.sha256 is None for item in manifest.inputs):
            return None
        values = {"params": manifest.params, "seed": manifest.seed, "resolution": manifest.resolution}
        hashes = tuple(item.sha256 for item in manifest.inputs)
        return cls(manifest.workflow.hash, hashes, json.dumps(exact(values), sort_keys=True))


def find_existing(plan: OutputPlan) -> Publication | None:
    """The intact output of the same render under the planned name or a version of it.

    Only `name`, `output_dir`, `reldir` and `manifest` are read, so it can be asked before rendering. Costs a listing
    where there is none; the files of a match are read whole.

    Raises:
        VqError: `output_unavailable.folder`, `validation.output_name`.
    """
    folder = folder_below(plan.output_dir, plan.reldir)
    identity = RenderIdentity.of(Manifest.model_validate(plan.manifest))
    if identity is None:
        return None
    with writing_to(folder):
        for path in published_manifests(folder, safe_file_name(plan.name)):
            manifest = _intact(path, identity)
            if manifest is not None:
                return _publication(path, manifest)
    return None


def _intact(path: Path, identity: RenderIdentity) -> Manifest | None:
    """The manifest in `path` if it is of this render and all its files are intact."""
    try:
        manifest = read_manifest(path)
    except VqError:  # a foreign file with such a name is no reason to fail
        return None
    if RenderIdentity.of(manifest) != identity or not manifest.artifacts:
        return None
    if any(check_artifact(path.parent, artifact).problem for artifact in manifest.artifacts):
        return None
    return manifest


def _publication(path: Path, manifest: Manifest) -> Publication:
    fields = set(PublishedFile.model_fields)
    files = [
        PublishedFile(source="", path=str(path.parent / item.name), **item.model_dump(include=fields))
        for item in manifest.artifacts
    ]
    return Publication(files=files, manifest_path=str(path), skipped=True)
