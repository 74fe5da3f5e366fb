"""The disk as requests may see it: listings inside the roots, uploads, and paths that try to get out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.api.running import RunningApi


@pytest.fixture
def media(api: RunningApi) -> Path:
    """A folder inside the roots, with a little of everything, and secrets outside."""
    folder = api.home.parent / "media"
    (folder / "sub 10").mkdir(parents=True)
    (folder / "sub 9").mkdir()
    (folder / ".hidden").mkdir()
    for name in ("b10.mp4", "b9.mp4", "a.PNG", "c.wav", "notes.txt", ".secret.mp4", "half.mp4.part"):
        (folder / name).write_bytes(b"x" * 10)
    outside = api.home.parent.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "secret.mp4").write_bytes(b"secret")
    (folder / "way_out").symlink_to(outside)
    (folder / "way_out.mp4").symlink_to(outside / "secret.mp4")
    (folder / "inside.mp4").symlink_to(folder / "b9.mp4")
    return folder


def test_list_files(client: httpx.Client, media: Path) -> None:
    listing = client.get("/api/files", params={"path": str(media)}).json()
    assert [entry["name"] for entry in listing["items"]] == [
        "sub 9", "sub 10", "a.PNG", "b9.mp4", "b10.mp4", "c.wav", "inside.mp4", "notes.txt",
    ]  # fmt: skip
    kinds = {entry["name"]: entry["kind"] for entry in listing["items"]}
    assert (kinds["sub 9"], kinds["a.PNG"], kinds["b9.mp4"], kinds["c.wav"], kinds["notes.txt"]) == (
        "folder", "image", "video", "audio", "other",
    )  # fmt: skip
    first = listing["items"][3]
    assert (first["path"], first["bytes"]) == (str(media / "b9.mp4"), 10)
    assert first["mtime"].endswith("Z")
    assert (listing["path"], listing["parent"]) == (str(media), str(media.parent))
    assert client.get("/api/files", params={"path": str(media.parent)}).json()["parent"] is None


def test_list_files_begins_at_the_first_root_and_pages(client: httpx.Client, media: Path) -> None:
    assert client.get("/api/files").json()["path"] == str(media.parent)
    seen: list[str] = []
    cursor = None
    while True:
        query = {"path": str(media), "limit": "3", **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/files", params=query).json()
        seen += [entry["name"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 8


def test_video_queues_own_files_are_not_shown(api: RunningApi, client: httpx.Client) -> None:
    names = {
        entry["name"] for entry in client.get("/api/files", params={"path": str(api.home)}).json()["items"]
    }
    assert {"workflows", "outputs"} <= names
    assert not names & {
        "vq.db",
        "vq.db-wal",
        "vq.lock",
        "vq.toml",
        "secret",
        "logs",
        "cache",
        "backups",
        "work",
    }


def test_files_are_searched_below_a_folder(client: httpx.Client, media: Path) -> None:
    (media / "sub 9" / "Beach take 3.mp4").write_bytes(b"x")
    (media / ".hidden" / "beach.mp4").write_bytes(b"x")

    def search(words: str) -> list[str]:
        answer = client.get("/api/files", params={"path": str(media), "q": words})
        return [entry["path"] for entry in answer.json()["items"]]

    assert search("beach TAKE") == [str(media / "sub 9" / "Beach take 3.mp4")]
    assert search("secret") == search("way_out") == search("take 5") == []
    assert client.get("/api/files", params={"path": "/etc", "q": "passwd"}).status_code == 403


ESCAPES = [
    "/", "/etc", "/etc/passwd", "/proc/self/environ",
    "/root", "{root}/..", "{root}/../outside", "{media}/../../outside",
    "{media}/way_out", "{media}/way_out/", "{media}/way_out.mp4", "{media}/sub 9/../way_out", "{media}/.hidden",
    "{home}/vq.db", "{home}/VQ.DB", "{home}/secret",
    "{home}/./secret", "{home}/work", "{home}/logs", "{home}/backups/x",
    "file:///etc", "file://localhost/etc/passwd", "file:///%65tc", "'/etc'", " /etc ", "~root", "~/.ssh", "/mnt/../etc",
    "//etc", "///etc//passwd", "/../../../../etc", "C:\\Windows", "\\\\server\\share\\x",
    "\\\\?\\C:\\Windows", "\\\\wsl$\\Ubuntu\\etc", "..", "../..", ".", "etc",
    "/dev/fd/0", "/dev/zero", "{media}/way_out/..",
]  # fmt: skip


@pytest.mark.parametrize("escape", ESCAPES)
def test_no_path_leads_out_of_the_roots(
    api: RunningApi, client: httpx.Client, media: Path, escape: str
) -> None:
    path = escape.format(root=media.parent, media=media, home=api.home)
    answers = [
        client.get("/api/files", params={"path": path}),
        client.post("/api/jobs", json={"workflow": "draw", "params": {"picture": path}}),
        client.post("/api/jobs", json={"workflow": "draw", "output_dir": path}),
        client.post("/api/jobs", json={"workflow": "transcode", "inputs": [path]}),
        client.post("/api/jobs", json={"workflow": "transcode", "input_dir": path}),
        client.post("/api/jobs", json={"workflow": "transcode", "rows": [{"input": path}]}),
        client.post("/api/reveal", json={"path": path}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "path_not_allowed"), (
            answer.request.content
        )
    assert client.get("/api/jobs").json()["items"] == []


def test_a_folder_of_links_that_lead_out_gives_no_job(client: httpx.Client, media: Path) -> None:
    answer = client.post(
        "/api/jobs", json={"workflow": "transcode", "input_dir": str(media), "glob": "way_out*"}
    )
    assert answer.status_code in (403, 422)
    assert "secret" not in answer.text.replace("X-VQ-Secret", "")
    assert client.get("/api/jobs").json()["items"] == []


def test_what_is_not_there_or_no_folder(client: httpx.Client, media: Path) -> None:
    missing = client.get("/api/files", params={"path": str(media / "nope")})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    file = client.get("/api/files", params={"path": str(media / "b9.mp4")})
    assert (file.status_code, file.json()["error"]["code"]) == (422, "input_missing")
    if sys.platform != "win32":
        os.mkfifo(media / "pipe.mp4")
        names = [
            entry["name"] for entry in client.get("/api/files", params={"path": str(media)}).json()["items"]
        ]
        assert "pipe.mp4" not in names


def test_upload(api: RunningApi, client: httpx.Client) -> None:
    data = os.urandom(3_000_000)
    answer = client.post("/api/uploads", files={"file": ("my clip ü.mp4", data, "video/mp4")})
    assert answer.status_code == 201
    uploaded = answer.json()
    path = Path(uploaded["path"])
    assert (path.name, path.read_bytes(), uploaded["bytes"]) == ("my clip ü.mp4", data, len(data))
    assert path.is_relative_to(api.home / "uploads")
    again = client.post("/api/uploads", files={"file": ("my clip ü.mp4", b"other")}).json()
    assert again["path"] != uploaded["path"]
    assert path.read_bytes() == data
    # What was uploaded may be submitted: it is refused for what it is, not for where it lies.
    refused = client.post("/api/jobs", json={"workflow": "transcode", "inputs": [uploaded["path"]]})
    assert refused.json()["error"]["code"] == "input_unreadable"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../../etc/passwd", "passwd"),
        ("C:\\fakepath\\a.mp4", "a.mp4"),
        ("/abs/a.mp4", "a.mp4"),
        (".hidden", "_hidden"),
        ("con.mp4", "_con.mp4"),
        ("a:b*?.mp4", "a_b__.mp4"),
        ("..", "_"),
        ("x" * 400 + ".mp4", None),
    ],
)
def test_uploads_get_safe_names(
    api: RunningApi, client: httpx.Client, name: str, expected: str | None
) -> None:
    path = Path(client.post("/api/uploads", files={"file": (name, b"x")}).json()["path"])
    assert path.parent.parent == api.home / "uploads"
    assert path.read_bytes() == b"x"
    assert len(path.name.encode()) <= 200
    assert expected is None or path.name == expected


PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"x" * 1000),
        ("multipart/form-data; boundary=b", b"--b--\r\n"),
        ("multipart/form-data; boundary=b", PART + b"half"),
        ("multipart/form-data; boundary=b", PART + b"one\r\n" + PART + b"two\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", PART.replace(b'"file"', b'"other"') + b"x\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", PART.replace(b'; filename="a"', b"") + b"x\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nA" + b"a" * 100_000),
        ("application/json", b"{}"),
        ("text/plain", b"x"),
    ],
)
def test_broken_uploads_are_refused_and_leave_nothing(
    shared_api: RunningApi, shared_client: httpx.Client, type_: str, body: bytes
) -> None:
    answer = shared_client.post("/api/uploads", content=body, headers={"Content-Type": type_})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation")
    uploads = shared_api.home / "uploads"
    assert not uploads.exists() or not any(uploads.iterdir())


def test_an_empty_file_can_be_uploaded(client: httpx.Client) -> None:
    uploaded = client.post("/api/uploads", files={"file": ("empty.txt", b"")}).json()
    assert (Path(uploaded["path"]).read_bytes(), uploaded["bytes"]) == (b"", 0)


def test_reveal_needs_something_that_is_there(client: httpx.Client, media: Path) -> None:
    answer = client.post("/api/reveal", json={"path": str(media / "nope")})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert client.post("/api/reveal", json={"artifact_id": 99}).status_code == 404
    for body in ({}, {"path": str(media), "artifact_id": 1}, {"path": "\u0001" * 5000}):
        assert client.post("/api/reveal", json=body).status_code == 422


def test_thumbnails_of_inputs_keep_to_the_roots(client: httpx.Client, media: Path) -> None:
    def thumbnail(path: Path, **query: str) -> httpx.Response:
        return client.get("/api/files/thumbnail", params={"path": str(path), **query})

    Image.new("RGB", (640, 360), "red").save(media / "sub 9" / "img_1.png")
    for path in (media / "sub 9" / "img_1.png", media / "sub 9"):
        answer = thumbnail(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert thumbnail(media / "c.wav").json()["error"]["code"] == "not_found"
    assert thumbnail(media / "c.wav", blank="true").status_code == 204
    (media / "sub 10" / "img_1.png").symlink_to(media.parent.parent / "outside" / "secret.mp4")
    for path in (
        media.parent.parent / "outside" / "secret.mp4",
        media / "way_out.mp4",
        media / ".secret.mp4",
    ):
        assert thumbnail(path).json()["error"]["code"] == "path_not_allowed"
    assert thumbnail(media / "sub 10").status_code == 404
