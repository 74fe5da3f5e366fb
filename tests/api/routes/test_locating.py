"""Dropped files that already lie on this disk: they are found and not copied."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.running import RunningApi
from tests.dead_share import dead_share

_PART = 65_536
DAY = 86_400.0


def sought(name: str, content: bytes, within: str = "") -> dict[str, Any]:
    """A file as a page knows it."""
    middle = len(content) // 2
    parts = content[:_PART] + content[middle : middle + _PART] + content[-_PART:]
    sample = hashlib.sha256(content if len(content) <= 3 * _PART else parts).hexdigest()
    return {"name": name, "bytes": len(content), "sample": sample, "within": within}


def located(client: httpx.Client, *files: dict[str, Any]) -> list[str | None]:
    answer = client.post("/api/files/locate", json={"files": files})
    assert answer.is_success, answer.text
    assert answer.json()["complete"]
    return [item["path"] for item in answer.json()["files"]]


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def shoot(api: RunningApi) -> Path:
    return api.home.parent / "shoot"


def test_a_file_is_found_by_name_size_and_content(client: httpx.Client, shoot: Path) -> None:
    long, short = os.urandom(500_000), b"tiny"
    clip = written(shoot / "day 1" / "a.mp4", long)
    still = written(shoot / "ä.png", short)
    written(shoot / "other" / "a.mp4", os.urandom(500_000))
    # macOS keeps accents apart from their letters.
    paths = located(client, sought("a.mp4", long), sought("a\u0308.png", short), sought("b.mp4", long))
    assert paths == [str(clip), str(still), None]
    middle = bytearray(long)
    middle[260_000] ^= 1
    assert located(client, sought("a.mp4", bytes(middle)), sought("a.mp4", long + b"x")) == [None, None]


def test_of_two_equal_files_the_artists_own_is_taken(
    api: RunningApi, client: httpx.Client, shoot: Path
) -> None:
    content = os.urandom(1000)
    upload = client.post("/api/uploads", files={"file": ("a.mp4", content)}).json()["path"]
    os.utime(Path(upload).parent, (0, 0))
    assert located(client, sought("a.mp4", content)) == [upload]
    # What is used again is not swept away as if it had been forgotten.
    assert time.time() - Path(upload).parent.stat().st_mtime < DAY
    output = written(api.home / "outputs" / "job_1" / "a.mp4", content)
    assert located(client, sought("a.mp4", content)) == [str(output)]
    own = written(shoot / "deep" / "down" / "a.mp4", content)
    assert located(client, sought("a.mp4", content)) == [str(own)]


def test_of_a_dropped_folder_the_files_of_that_folder_are_taken(client: httpx.Client, shoot: Path) -> None:
    content = os.urandom(1000)
    written(shoot / "a.mp4", content)
    meant = written(shoot / "backup" / "day 2" / "a.mp4", content)
    assert located(client, sought("a.mp4", content, "day 2/a.mp4")) == [str(meant)]


def test_nothing_outside_the_roots_is_found(api: RunningApi, client: httpx.Client, shoot: Path) -> None:
    content = os.urandom(1000)
    outside = written(api.home.parent.parent / "beyond" / "a.mp4", content)
    shoot.mkdir()
    (shoot / "a.mp4").symlink_to(outside)
    (shoot / "way").symlink_to(outside.parent)
    written(shoot / ".hidden" / "a.mp4", content)
    written(api.home / "work" / "a.mp4", content)
    assert located(client, sought("a.mp4", content)) == [None]


def test_a_name_is_never_taken_for_a_path(client: httpx.Client, shoot: Path) -> None:
    content = os.urandom(1000)
    clip = written(shoot / "a.mp4", content)
    for name in (str(clip), "shoot/a.mp4", "../a.mp4", "..", "*"):
        assert located(client, sought(name, content)) == [None]


def test_what_is_asked_must_make_sense(client: httpx.Client) -> None:
    good = sought("a.mp4", b"x")
    for body in ({"files": []}, {"files": [good] * 1001}, {"files": [{**good, "sample": "x"}]}, {"file": good},
                 {"files": [{**good, "bytes": -1}]}, {"files": [{**good, "path": "/etc"}]}):  # fmt: skip
        answer = client.post("/api/files/locate", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation")


def test_a_share_that_does_not_answer_holds_nothing_up(client: httpx.Client, shoot: Path) -> None:
    content = os.urandom(1000)
    clip = written(shoot / "near" / "a.mp4", content)
    share = shoot / "share"
    share.mkdir()
    with dead_share(share):
        answer = client.post(
            "/api/files/locate", json={"files": [sought("a.mp4", content), sought("b.mp4", b"")]}
        )
    assert [item["path"] for item in answer.json()["files"]] == [str(clip), None]
    assert not answer.json()["complete"]
