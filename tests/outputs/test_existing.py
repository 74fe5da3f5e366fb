"""Outputs found again for `if_exists: skip`: the same render and intact, or nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.outputs.desk import Desk
from video_queue.outputs.existing import find_existing
from video_queue.outputs.intent import Publication
from video_queue.outputs.publisher import publish


@pytest.fixture
def published(desk: Desk) -> Publication:
    """An output of three frames."""
    return asyncio.run(publish(desk.plan(desk.frames()), desk.area, commit_intent=desk.commit))


def find(desk: Desk, **changes: Any) -> Publication | None:
    """What is there for a render whose manifest has these `changes`."""
    return find_existing(desk.plan([], manifest=desk.manifest(**changes)))


def test_the_intact_output_of_the_same_render_is_found(desk: Desk, published: Publication) -> None:
    existing = find(desk, note="other", tags=["x"])
    assert existing is not None
    assert (existing.skipped, existing.manifest_path) == (True, published.manifest_path)
    assert existing.files == [file.model_copy(update={"source": ""}) for file in published.files]


def test_a_version_of_the_name_is_found(desk: Desk, published: Publication) -> None:
    plan = desk.plan(desk.frames(), manifest=desk.manifest(params={"prompt": "ink"}))
    second = asyncio.run(publish(plan, desk.area, commit_intent=desk.commit))
    assert Path(second.manifest_path).name == "clip_v2.vq.json"
    existing = find(desk, params={"prompt": "ink"})
    assert existing is not None
    assert existing.manifest_path == second.manifest_path


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
    assert find(desk) is not None
    assert find(desk, **changes) is None


def test_a_damaged_output_and_foreign_manifests_are_ignored(desk: Desk, published: Publication) -> None:
    folder = Path(published.manifest_path).parent
    (folder / "clip.mp4.vq.json").write_text("{", encoding="utf-8")
    (folder / "clip_v2.vq.json").mkdir()
    assert find(desk) is not None
    Path(published.files[0].path).write_bytes(b"short")
    assert find(desk) is None
    assert find_existing(desk.plan([], output_dir=desk.root)) is None
