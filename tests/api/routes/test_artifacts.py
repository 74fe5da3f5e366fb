"""Files over HTTP: ranges, downloads, thumbnails, previews, archives, and files that are gone or were swapped."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.api.running import RunningApi
from tests.media_clips import make_clip, make_sound
from video_queue.db.artifacts import NewArtifact, insert_artifacts


class Shelf:
    """A job whose prompt published files."""

    def __init__(self, api: RunningApi) -> None:
        self.api = api
        self.folder = api.home / "outputs"
        with api.client() as client:
            self.job = client.post("/api/jobs", json={"workflow": "draw", "dedupe": False}).json()["id"]
            self.prompt = client.get(f"/api/jobs/{self.job}/prompts").json()["items"][0]["id"]

    def put(self, path: Path, kind: str = "other", role: str = "output") -> int:
        """The artifact's number."""
        size = path.stat().st_size if path.is_file() else 0
        artifact = NewArtifact(
            phase="render", kind=kind, role=role, name=path.name, path=str(path), bytes=size
        )

        def write(conn: Any) -> int:
            insert_artifacts(conn, self.job, self.prompt, [artifact])
            return int(conn.execute("SELECT max(id) FROM artifact").fetchone()[0])

        return self.api.transact(write)


@pytest.fixture
def shelf(api: RunningApi) -> Shelf:
    """An empty shelf."""
    return Shelf(api)


def test_the_file_itself(shelf: Shelf, client: httpx.Client) -> None:
    data = os.urandom(300_000)
    path = shelf.folder / "out put ü.mp4"
    path.write_bytes(data)
    number = shelf.put(path, "video")
    answer = client.get(f"/api/artifacts/{number}")
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"].startswith("inline")
    assert "sandbox" in answer.headers["content-security-policy"]
    head = client.head(f"/api/artifacts/{number}")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "300000", b"")
    download = client.get(f"/api/artifacts/{number}", params={"download": True})
    assert download.headers["content-disposition"].startswith("attachment")
    listed = client.get(f"/api/jobs/{shelf.job}/outputs").json()["items"]
    assert [(entry["id"], entry["name"], entry["bytes"]) for entry in listed] == [
        (number, path.name, 300_000)
    ]


@pytest.mark.parametrize(
    ("wanted", "status", "start", "end"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=10-19", 206, 10, 20),
        ("bytes=990-", 206, 990, 1000),
        ("bytes=-10", 206, 990, 1000),
        ("bytes=-5000", 206, 0, 1000),
        ("bytes=500-99999", 206, 500, 1000),
        ("bytes=1000-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        ("bytes=20-10", 200, 0, 1000),
        ("bytes=x", 200, 0, 1000),
        ("bytes=", 200, 0, 1000),
        ("lines=1-2", 200, 0, 1000),
        ("bytes=" + "9" * 50 + "-", 200, 0, 1000),
        ("bytes=0-1" + ",0-1" * 500, 200, 0, 1000),
    ],
)
def test_ranges(shelf: Shelf, client: httpx.Client, wanted: str, status: int, start: int, end: int) -> None:
    data = os.urandom(1000)
    path = shelf.folder / "a.bin"
    path.write_bytes(data)
    answer = client.get(f"/api/artifacts/{shelf.put(path)}", headers={"Range": wanted})
    assert answer.status_code == status
    if status == 416:
        assert answer.headers["content-range"] == "bytes */1000"
        assert answer.json()["error"]["code"] == "validation"
        return
    assert answer.content == data[start:end]
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/1000"


def test_several_ranges_and_an_empty_file(shelf: Shelf, client: httpx.Client) -> None:
    path = shelf.folder / "a.bin"
    path.write_bytes(bytes(range(100)))
    answer = client.get(f"/api/artifacts/{shelf.put(path)}", headers={"Range": "bytes=0-4, 90-"})
    assert answer.status_code == 206
    assert bytes(range(5)) in answer.content
    assert bytes(range(90, 100)) in answer.content
    path = shelf.folder / "empty.bin"
    path.touch()
    answer = client.get(f"/api/artifacts/{shelf.put(path)}", headers={"Range": "bytes=0-"})
    assert (answer.status_code, answer.content) == (200, b"")


def test_what_could_carry_a_script_is_a_download(shelf: Shelf, client: httpx.Client) -> None:
    for name in ("a.html", "a.svg", "a.xml", "a.js", "a", "a.mp4.html"):
        path = shelf.folder / name
        path.write_text("<script>alert(1)</script>")
        answer = client.get(f"/api/artifacts/{shelf.put(path)}")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")


def test_a_file_that_is_gone_or_was_swapped_is_404(shelf: Shelf, client: httpx.Client) -> None:
    gone = shelf.put(shelf.folder / "gone.png", "image")
    folder = shelf.folder / "folder.png"
    folder.mkdir()
    swapped = shelf.folder / "link.png"
    swapped.symlink_to(shelf.api.home / "vq.toml")
    (shelf.api.home / "vq.toml").write_text("")
    for number in (gone, shelf.put(folder, "image"), shelf.put(swapped, "image")):
        for tail in ("", "/thumbnail", "/preview"):
            answer = client.get(f"/api/artifacts/{number}{tail}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_thumbnails(shelf: Shelf, client: httpx.Client) -> None:
    clip = shelf.folder / "clip.mp4"
    make_clip(clip, 5)
    picture = shelf.folder / "picture.png"
    Image.new("RGBA", (1000, 500), (255, 0, 0, 128)).save(picture)
    for path, kind in ((clip, "video"), (picture, "image")):
        answer = client.get(f"/api/artifacts/{shelf.put(path, kind)}/thumbnail")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        picture = Image.open(io.BytesIO(answer.content))
        assert picture.format == "WEBP"
        assert max(picture.width - 320, picture.height - 180) <= 0
        assert picture.width == 320 or picture.height == 180


def test_the_poster_of_an_output_outlives_its_file(shelf: Shelf, client: httpx.Client) -> None:
    clip = shelf.folder / "clip.mp4"
    make_clip(clip, 5)
    number = shelf.put(clip, "video")
    seen = client.get(f"/api/artifacts/{number}/thumbnail").content
    clip.unlink()
    assert client.get(f"/api/artifacts/{number}/thumbnail").content == seen
    other = shelf.put(shelf.folder / "never.mp4", "video")
    assert client.get(f"/api/artifacts/{other}/thumbnail?blank=true").status_code == 204


def test_no_thumbnail_of_sound_text_and_junk(shelf: Shelf, client: httpx.Client) -> None:
    sound = shelf.folder / "a.flac"
    make_sound(sound)
    junk = shelf.folder / "junk.mp4"
    junk.write_bytes(b"junk" * 100)
    for path, kind in ((sound, "audio"), (junk, "video"), (junk, "other")):
        answer = client.get(f"/api/artifacts/{shelf.put(path, kind)}/thumbnail")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_previews(shelf: Shelf, client: httpx.Client) -> None:
    clip = shelf.folder / "clip.mp4"
    make_clip(clip, 5)
    answer = client.get(f"/api/artifacts/{shelf.put(clip, 'video')}/preview", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.headers["content-type"]) == (206, "video/mp4")
    picture = shelf.folder / "a.png"
    Image.new("RGB", (8, 8)).save(picture)
    assert client.get(f"/api/artifacts/{shelf.put(picture, 'image')}/preview").status_code == 200
    other = shelf.folder / "clip.mkv"
    make_clip(other, 5)
    assert client.get(f"/api/artifacts/{shelf.put(other, 'video')}/preview").status_code == 404


def test_all_outputs_as_an_archive(shelf: Shelf, client: httpx.Client) -> None:
    first, second = shelf.folder / "a" / "same.bin", shelf.folder / "b" / "Same.bin"
    for path in (first, second):
        path.parent.mkdir()
        path.write_bytes(os.urandom(2_500_000))
        shelf.put(path)
    shelf.put(shelf.folder / "gone.bin")
    shelf.put(first.with_name("intermediate.bin"), role="intermediate")
    answer = client.get(f"/api/jobs/{shelf.job}/outputs.zip")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert archive.namelist() == ["same.bin", "Same_2.bin"]
    assert archive.read("same.bin") == first.read_bytes()
    assert archive.read("Same_2.bin") == second.read_bytes()


@pytest.mark.parametrize("id_", ["999", "0", "-1", str(2**63), str(10**29)])
@pytest.mark.parametrize("tail", ["", "/thumbnail", "/preview"])
def test_an_unknown_artifact_is_404(shared_client: httpx.Client, id_: str, tail: str) -> None:
    answer = shared_client.get(f"/api/artifacts/{id_}{tail}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
