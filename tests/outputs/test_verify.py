"""Outputs compared with their manifests, and outputs found again for `skip`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.outputs.desk import Desk
from video_queue.outputs.intent import Publication
from video_queue.outputs.manifest import Manifest
from video_queue.outputs.publisher import publish
from video_queue.outputs.verify import RenderIdentity, find_published, verify_manifest


@pytest.fixture
def published(desk: Desk) -> Publication:
    """An output of three frames."""
    return asyncio.run(publish(desk.plan(desk.frames()), desk.area, commit_intent=desk.commit))


def test_intact_changed_short_and_missing_files_are_told_apart(published: Publication) -> None:
    paths = [Path(file.path) for file in published.files]
    raw = bytearray(paths[0].read_bytes())
    raw[-1] ^= 1
    paths[0].write_bytes(raw)
    paths[1].write_bytes(b"short")
    paths[2].unlink()
    problems = [check.problem for check in verify_manifest(Path(published.manifest_path))]
    assert "sha256" in problems[0]
    assert "5 bytes" in problems[1]
    assert "gone" in problems[2]


def test_a_manifest_cannot_point_out_of_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.vq.json"
    for name in ("../secret", "/etc/passwd"):
        path.write_text(json.dumps({"artifacts": [{"name": name}]}), encoding="utf-8")
        assert "out of the folder" in verify_manifest(path)[0].problem


@pytest.mark.parametrize(
    "changes",
    [
        {"workflow": {"name": "restyle", "hash": "other"}},
        {"params": {"prompt": "oil", "denoise": 0.5}},
        {"seed": 2**60 + 1},
        {"resolution": "832x480"},
        {"inputs": [{"path": "/clips/a.mp4", "sha256": "11"}]},
    ],
)
def test_another_render_is_not_found(desk: Desk, published: Publication, changes: dict[str, object]) -> None:
    folder = Path(published.manifest_path).parent
    same = RenderIdentity.of(Manifest.model_validate(desk.manifest(note="other", tags=["x"])))
    assert find_published(folder, "clip", same) == Path(published.manifest_path)
    other = RenderIdentity.of(Manifest.model_validate(desk.manifest(**changes)))
    assert find_published(folder, "clip", other) is None


def test_a_damaged_output_and_foreign_manifests_are_passed_over(desk: Desk, published: Publication) -> None:
    folder = Path(published.manifest_path).parent
    identity = RenderIdentity.of(Manifest.model_validate(desk.manifest()))
    (folder / "clip.mp4.vq.json").write_text("{", encoding="utf-8")
    (folder / "clip_v2.vq.json").mkdir()
    assert find_published(folder, "clip", identity) is not None
    Path(published.files[0].path).write_bytes(b"short")
    assert find_published(folder, "clip", identity) is None
    assert find_published(folder / "away", "clip", identity) is None
