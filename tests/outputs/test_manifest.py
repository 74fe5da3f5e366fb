"""Manifests: everything in them, read tolerantly, changed only where they are ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import video_queue
from scripts.export_manifest_schema import DOCUMENT, schema_text
from tests.outputs.desk import Desk
from video_queue.domain.errors import VqError
from video_queue.outputs.manifest import (
    SCHEMA_VERSION,
    manifest_text,
    read_manifest,
    tool_versions,
    update_manifest,
)

# One of each version, as it was written then: what lies beside an artist's outputs is read for ever.
MANIFESTS = Path(__file__).parent / "manifests"


def test_seeds_stay_exact_in_json(desk: Desk) -> None:
    body = desk.manifest(seed=2**64 - 1, params={"seed": 2**53, "steps": 20, "on": True, "list": [2**60]})
    read = json.loads(manifest_text(body, []))
    assert read["seed"] == "18446744073709551615"
    assert read["params"] == {
        "seed": "9007199254740992",
        "steps": 20,
        "on": True,
        "list": ["1152921504606846976"],
    }


def test_parts_and_their_unknown_keys_are_kept(desk: Desk) -> None:
    phase = {"name": "encode", "uses": "media.encode", "seconds": 1.5, "encoder_used": "libx264"}
    body = desk.manifest(phases=[phase], resolution="832x480", tags=["a"], models=["sdxl.safetensors"])
    path = desk.root / "a.vq.json"
    path.write_text(manifest_text(body, [{"name": "a.mp4", "bytes": 3, "sha256": "ff"}]), encoding="utf-8")
    manifest = read_manifest(path)
    assert manifest.schema_version == SCHEMA_VERSION
    assert manifest.phases[0].seconds == 1.5
    assert (manifest.phases[0].model_extra or {})["encoder_used"] == "libx264"
    assert manifest.artifacts[0].name == "a.mp4"
    assert (manifest.resolution, manifest.tags, manifest.models[0].name) == (
        "832x480",
        ["a"],
        "sdxl.safetensors",
    )


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_a_manifest_of_every_version_is_read_for_ever(version: int) -> None:
    manifest = read_manifest(MANIFESTS / f"v{version}.json")
    assert (manifest.schema_version, manifest.job["name"], manifest.tags) == (version, "clip.mp4", ["night"])
    assert [phase.name for phase in manifest.phases] == ["frames", "render", "encode"]
    assert manifest.phases[1].graph
    assert (manifest.inputs[0].path, manifest.artifacts[0].frames) == ("/home/me/clip.mp4", 3)
    assert [item.attempt for item in manifest.attempts] == list(range(1, version + 1))


def test_the_schema_of_manifests_is_the_one_in_the_docs() -> None:
    assert DOCUMENT.read_text("utf-8") == schema_text(), "write it: python scripts/export_manifest_schema.py"


def test_older_and_newer_manifests_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.vq.json"
    path.write_text('{"schema_version": 9, "news": 1, "workflow": {"name": "x"}}', encoding="utf-8")
    assert read_manifest(path).workflow.name == "x"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"artifacts": 3}', "\x00", "[" * 100_000])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.vq.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(VqError) as caught:
        read_manifest(path)
    assert caught.value.code == "validation"
    assert not update_manifest(path, 7, {"rating": 1})
    assert path.read_text(encoding="utf-8") == text


def test_a_manifest_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(VqError) as caught:
        read_manifest(tmp_path / "none.vq.json")
    assert caught.value.code == "not_found"


def test_ratings_are_synced_to_our_own_manifest_only(desk: Desk) -> None:
    path = desk.root / "a.vq.json"
    path.write_text(manifest_text(desk.manifest(), [{"name": "a.mp4"}]), encoding="utf-8")
    assert update_manifest(path, 7, {"rating": 5, "tags": ["keep"]})
    manifest = read_manifest(path)
    assert (manifest.rating, manifest.tags, manifest.artifacts[0].name) == (5, ["keep"], "a.mp4")
    assert not update_manifest(path, 8, {"rating": 1})
    assert read_manifest(path).rating == 5
    assert sorted(item.name for item in desk.root.iterdir()) == ["a.vq.json", "outputs", "work"]


def test_a_rating_leaves_all_else_in_a_manifest_as_it_is(desk: Desk) -> None:
    path = desk.root / "a.vq.json"
    body = desk.manifest() | {"of_a_newer_version": [1]}
    path.write_text(manifest_text(body, [{"name": "a.mp4", "later": True}]), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    assert update_manifest(path, 7, {"rating": 5})
    assert path.read_text(encoding="utf-8") == before.replace('"rating": null', '"rating": 5')


def test_tools_are_described() -> None:
    tools = tool_versions(ffmpeg="9.0")
    assert (tools["video_queue"], tools["ffmpeg"], tools["comfyui"]) == (video_queue.__version__, "9.0", None)
    assert tools["pyav"]
