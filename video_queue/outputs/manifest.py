"""The manifest `clip.mp4.vq.json` beside each output: all that is needed to know it, verify it and make it again.

Reading is tolerant, so manifests of older and newer versions stay readable. `roll_forward` writes one for the first
time (it never replaces); only `update_manifest` may rewrite our own.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import to_json

import video_queue
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.views import FileFacts
from video_queue.system.files.durable import sync_file, sync_folder, writing_to

MANIFEST_SUFFIX = ".vq.json"
SCHEMA_VERSION = 2
_EXACT = 2**53


class _Part(BaseModel):
    """Unknown keys are kept, missing ones have defaults."""

    model_config = ConfigDict(extra="allow")


class ManifestInput(_Part):
    """One input file as it was when the prompt first used it; `changed_since` says that it had other contents later."""

    path: str
    bytes: int | None = None
    sha256: str | None = None
    changed_since: bool = False
    slot: str | None = None


def with_slots(entries: Sequence[Mapping[str, Any]], slots: Sequence[str]) -> list[dict[str, Any]]:
    """The entries of inputs with the slot of each, where the workflow has named slots."""
    return [{**entry, "slot": slots[at] if slots else None} for at, entry in enumerate(entries)]


class ManifestArtifact(FileFacts, _Part):
    """One file of the output; `name` is relative to the manifest's folder, with slashes."""

    name: str
    kind: str = "other"
    bytes: int = 0
    sha256: str = ""


class ManifestWorkflow(_Part):
    """The workflow: its name, the hash of its snapshot, and the snapshot (definition and graphs)."""

    name: str = ""
    hash: str = ""
    snapshot: dict[str, Any] = {}


class ManifestItem(_Part):
    """One item (from 1) of a comfy phase over items: what is to be set in the phase's graph (`NODE.inputs.NAME`).

    Without a value (null) an input stays as the graph has it; a null `lora_name` removes that LoRA's loader.
    """

    item: int
    set: dict[str, Any] = {}


class ManifestPhase(_Part):
    """One phase as it ran: its arguments resolved, its time in seconds, and whose files it reused (`12.3`), if any.

    `graph` (comfy) is the graph as the first item sent it, `items` what the others set in it.
    """

    name: str
    uses: str = ""
    state: str = ""
    arguments: dict[str, Any] = {}
    graph: dict[str, Any] | None = None
    items: list[ManifestItem] = []
    seconds: float | None = None
    started_at: str | None = None
    finished_at: str | None = None
    attempt: int | None = None
    reused_from: str | None = None


class ManifestAttempt(_Part):
    """One try at the prompt: succeeded, failed, cancelled, interrupted (paused, shut down), crashed, or review.

    `code`, `error_class` (permanent, transient, environment), `message` and `phase` say what it failed at. `worker`
    is the machine; the end of one that crashed is not known.
    """

    attempt: int
    state: str = ""
    code: str | None = None
    error_class: str | None = None
    message: str | None = None
    phase: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    worker: str | None = None


class ManifestModel(_Part):
    """A model that a graph loads: its name in ComfyUI and its model folder; the rest where its file can be read here.

    `sha256` is null until the file was hashed, which is done when nothing runs.
    """

    name: str
    folder: str = ""
    path: str | None = None
    bytes: int | None = None
    modified_at: str | None = None
    sha256: str | None = None


class ManifestPack(_Part):
    """A pack of custom nodes that a graph needs, with its version and commit where its folder says so."""

    name: str
    version: str | None = None
    commit: str | None = None


def _model_of(value: Any) -> Any:
    """Version 1 named models by their names alone."""
    return {"name": value} if isinstance(value, str) else value


class Manifest(_Part):
    """A whole manifest. `seed` is text from 2^53 on, as everywhere in JSON."""

    schema_version: int = SCHEMA_VERSION
    created_at: str = ""
    job: dict[str, Any] = {}
    prompt: dict[str, Any] = {}
    workflow: ManifestWorkflow = ManifestWorkflow()
    submission: dict[str, Any] = {}
    params: dict[str, Any] = {}
    seed: int | str | None = None
    resolution: str | None = None
    inputs: list[ManifestInput] = []
    phases: list[ManifestPhase] = []
    attempts: list[ManifestAttempt] = []
    tools: dict[str, str | None] = {}
    models: list[Annotated[ManifestModel, BeforeValidator(_model_of)]] = []
    node_packs: list[ManifestPack] = []
    tags: list[str] = []
    rating: int | None = None
    note: str = ""
    artifacts: list[ManifestArtifact] = []


def manifest_path(output: Path) -> Path:
    """Where the manifest of an output (a file or a folder) lies: beside it, `clip.mp4.vq.json`."""
    return output.with_name(output.name + MANIFEST_SUFFIX)


def manifest_text(body: Mapping[str, Any], artifacts: Sequence[Mapping[str, Any]]) -> str:
    """The file's text: `body` with its artifacts. The same arguments give the same text."""
    # Python's own encoder is slow where it indents: ten times as long, three times for each output.
    return to_json({**body, "artifacts": list(artifacts)}, indent=1).decode() + "\n"


def read_manifest(path: Path) -> Manifest:
    """The manifest in `path`.

    Raises:
        VqError: `not_found.file`, or `validation.manifest` for a file that is something else.
    """
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise fail("not_found.file", path=str(path)) from None
    except ValidationError as error:
        raise fail("validation.manifest", path=str(path), detail=error.errors()[0]["msg"]) from error
    except (OSError, ValueError, RecursionError) as error:
        raise fail("validation.manifest", path=str(path), detail=str(error)) from error


def update_manifest(path: Path, prompt_id: int, changes: Mapping[str, Any]) -> bool:
    """Rewrite our own manifest with changed top-level keys (`rating`, `tags`, `note`, ...), atomically.

    Returns False, leaving everything as it is, where the manifest of this prompt is not there (any more).

    Raises:
        VqError: when the folder cannot be written.
    """
    try:
        manifest = read_manifest(path)
    except VqError:
        return False
    if manifest.prompt.get("id") != prompt_id:
        return False
    body = json.loads(path.read_bytes()) | exact(dict(changes))
    temporary = path.with_name(f".{prompt_id}.vq-new")
    with writing_to(path.parent):
        temporary.write_text(manifest_text(body, body.get("artifacts", [])), encoding="utf-8")
        sync_file(temporary)
        temporary.replace(path)
        sync_folder(path.parent)
    return True


def exact(value: Any) -> Any:
    """`value` with whole numbers from 2^53 on as text, since JSON readers round them."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT else str(value)
    if isinstance(value, dict):
        return {key: exact(inner) for key, inner in value.items()}
    return [exact(inner) for inner in value] if isinstance(value, list) else value


def build_manifest(**parts: Any) -> dict[str, Any]:
    """The manifest of a prompt, ready for JSON: `parts` are fields of `Manifest`, the others have their defaults.

    `artifacts` is filled in when the files are published. `created_at` is ISO 8601 UTC.
    """
    manifest: dict[str, Any] = exact(Manifest.model_validate(parts).model_dump(mode="json"))
    return manifest


def tool_versions(*, ffmpeg: str | None, comfyui: str | None = None) -> dict[str, str | None]:
    """The versions that go into `tools`; those of ffmpeg and ComfyUI are known to the caller."""
    return {
        "video_queue": video_queue.__version__, "python": platform.python_version(), "pyav": _pyav_version(),
        "ffmpeg": ffmpeg, "comfyui": comfyui,
    }  # fmt: skip


@cache
def _pyav_version() -> str | None:
    """Kept: reading it takes some milliseconds."""
    try:
        return version("av")
    except PackageNotFoundError:
        return None
