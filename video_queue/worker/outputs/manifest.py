"""What goes into a new manifest: the prompt's values, inputs, phases and tools. Reading is `services/manifests`."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import video_queue
from video_queue.domain.catalogue import fail
from video_queue.services.durable_files import hash_file
from video_queue.services.manifests import SCHEMA_VERSION, Manifest, exact


def build_manifest(
    *,
    job: Mapping[str, Any],
    prompt: Mapping[str, Any],
    workflow: Mapping[str, Any],
    params: Mapping[str, Any],
    seed: int | str | None,
    inputs: Sequence[Mapping[str, Any]],
    phases: Sequence[Mapping[str, Any]],
    attempts: Sequence[Mapping[str, Any]],
    tools: Mapping[str, str | None],
    created_at: str,
    submission: Mapping[str, Any] | None = None,
    resolution: str | None = None,
    models: Sequence[str] = (),
    tags: Sequence[str] = (),
    note: str = "",
    rating: int | None = None,
) -> dict[str, Any]:
    """The manifest of a prompt, ready for JSON; `artifacts` is filled in when the files are published.

    `job` and `prompt` hold at least `id` (and `name`, `index`); the other parts have the keys of `ManifestWorkflow`,
    `ManifestInput` and `ManifestPhase`. `created_at` is ISO 8601 UTC.
    """
    body = {
        "schema_version": SCHEMA_VERSION, "created_at": created_at, "job": dict(job), "prompt": dict(prompt),
        "workflow": dict(workflow), "submission": dict(submission or {}), "params": dict(params), "seed": seed,
        "resolution": resolution, "inputs": list(inputs), "phases": list(phases), "attempts": list(attempts),
        "tools": dict(tools), "models": list(models), "tags": list(tags), "rating": rating, "note": note,
        "artifacts": [],
    }  # fmt: skip
    plain: dict[str, Any] = exact(Manifest.model_validate(body).model_dump(mode="json"))
    return plain


def tool_versions(*, ffmpeg: str | None, comfyui: str | None = None) -> dict[str, str | None]:
    """The versions that go into `tools`; those of ffmpeg and ComfyUI are known to the caller."""
    try:
        pyav = version("av")
    except PackageNotFoundError:
        pyav = None
    return {
        "video_queue": video_queue.__version__, "python": platform.python_version(), "pyav": pyav,
        "ffmpeg": ffmpeg, "comfyui": comfyui,
    }  # fmt: skip


def describe_input(path: Path) -> dict[str, Any]:
    """The entry of one input file for `build_manifest`: path, bytes and sha256 (the file is read whole).

    Raises:
        VqError: `input_missing.gone` if it is not there.
    """
    try:
        return {"path": str(path), "bytes": path.stat().st_size, "sha256": hash_file(path)}
    except OSError as error:
        raise fail("input_missing.gone", path=str(path)) from error
