"""Outputs compared with their manifests."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.outputs.desk import Desk
from video_queue.outputs.intent import Publication
from video_queue.outputs.publisher import publish
from video_queue.outputs.verify import verify_manifest


@pytest.fixture
def published(desk: Desk) -> Publication:
    """An output of three frames."""
    return asyncio.run(publish(desk.plan(desk.frames()), desk.area, commit_intent=desk.commit))


def test_intact_changed_short_and_missing_files_are_distinguished(published: Publication) -> None:
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
