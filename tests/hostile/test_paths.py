"""More than a thousand texts that try to be another path, by every way in: none leads out of its folder.

Beside everything that is written to lies a folder with a file whose contents no answer may hold.
"""

from __future__ import annotations

import http.client
import itertools
import json
import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.running import RunningApi, running_api
from tests.hostile.names import traversals
from tests.media_clips import make_clip
from tests.services.watch.watched import Watched
from tests.terminal.processes import VqHere, make_home
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.outputs.naming import folder_below, free_name
from video_queue.services.moving.archive import open_archive
from video_queue.services.submission.output_names import compile_name, fill_name
from video_queue.system.files.path_utils import lies_in
from video_queue.system.files.safe_join import PORTABLE, safe_join

PAYLOADS = traversals()
CANARY = "canary-4711"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder with a link out of it and a loop; beside it the folder that nobody may reach."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text(CANARY)
    return with_links(tmp_path / "place")


def with_links(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "link").symlink_to(folder.parent / "outside")
    (folder / "loop").symlink_to(folder / "loop")
    return folder


def everything_in(folder: Path) -> set[str]:
    """Every path below a folder; links are not followed."""
    return {str(path) for path in folder.rglob("*")}


def joined_or_refused(folder: Path, text: str, platform: str) -> tuple[Path | None, VqError | None]:
    try:
        return safe_join(folder, text, platform=platform), None
    except VqError as error:
        return None, error


def test_there_are_a_thousand_of_them() -> None:
    assert len(set(PAYLOADS)) > 1000


@pytest.mark.parametrize("platform", ["linux", "darwin", PORTABLE])
def test_no_name_leads_out_of_its_folder(place: Path, platform: str) -> None:
    joined = 0
    for text in PAYLOADS:
        path, refusal = joined_or_refused(place, text, platform)
        if path is None:
            assert refusal is not None, ascii(text)
            assert (refusal.code, len(refusal.message) < 1000) == (ErrorCode.PATH_NOT_ALLOWED, True), ascii(
                text
            )
            continue
        joined += 1
        assert lies_in(path, place), ascii(text)
        assert path != place, ascii(text)
        assert ".." not in path.parts, ascii(text)
    assert joined > 50  # else nothing was tried but refusals


def test_names_of_templates_stay_in_the_output_folder(place: Path) -> None:
    """As values, as the template itself and as folders that are mirrored."""
    for text in PAYLOADS:
        filled = [fill_name(compile_name("{{ params.x }}"), {"params": {"x": text}})]
        if "{{" not in text:
            filled.append(fill_name(compile_name(text), {}))
        for name, ext in itertools.product(filled, (".mp4", "")):
            path = free_name(place, name, ext)
            assert path.parent == place, ascii(text)
            assert lies_in(path, place) or path.is_symlink(), ascii(text)
        with suppress(VqError):
            assert lies_in(folder_below(place, text), place), ascii(text)


# --- archives


def queue_file(path: Path, name: str) -> Path:
    """A queue file with one input of this name."""
    content = b"x"
    file = {
        "name": name, "bytes": 1, "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    }  # fmt: skip
    job = {
        "number": 1, "name": "", "workflow_hash": "0" * 64, "submission": {"workflow": "draw"}, "params": {},
        "run_order": "by_phase", "whole": True,
    }  # fmt: skip
    queue = {
        "id": "0" * 32, "exported_at": "", "exported_by": "", "system": "posix", "jobs": [job],
        "folders": ["/x"] * 3, "files": [file],
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("x")
        entry.filename = name  # as it is: the constructor would cut it at a NUL
        archive.writestr(entry, content)
        archive.writestr("queue.json", json.dumps(queue))
    return path


def test_no_file_of_an_archive_is_written_outside(place: Path, tmp_path: Path) -> None:
    extracted = 0
    before = everything_in(tmp_path)
    for number, text in enumerate(PAYLOADS):
        path, target = tmp_path / "queue.zip", place / str(number)
        name = text if number % 5 == 0 else f"inputs/1/{text}"
        try:
            queue_file(path, name)
        except (UnicodeEncodeError, struct.error):
            continue  # no archive can hold this name
        with suppress(VqError), open_archive(path) as archive:
            archive.extract(target, threading.Event())
            extracted += 1
        path.unlink()
    new = everything_in(tmp_path) - before
    assert all(Path(path).is_relative_to(place) for path in new)
    assert extracted > 50


# --- REST


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """A server whose one root is `place`, where a canary lies beside it."""
    base = tmp_path_factory.mktemp("paths")
    (base / "outside").mkdir()
    (base / "outside" / "secret.txt").write_text(CANARY)
    with running_api(base / "home", roots=[str(with_links(base / "place"))]) as running:
        for folder in ("workflows", "presets", "caption_styles", "uploads"):
            (running.home / folder).mkdir(exist_ok=True)
            (running.home / folder / "link").symlink_to(base / "outside")
        yield running


def raw(api: RunningApi, method: str, target: str, body: Any = None) -> tuple[int, bytes]:
    """The answer to a request whose target is sent as it is: no client tidies its dots away."""
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
    with closing(connection):
        connection._validate_path = lambda _: None  # type: ignore[attr-defined]
        connection.putrequest(method, target, skip_accept_encoding=True)
        content = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(len(content)))
        connection.endheaders(content)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def _half_quoted(text: str) -> str:
    """Dots and slashes as they are: what a client that does not tidy up would send."""
    return quote(text, safe="/.%\\:", errors="surrogatepass").replace("\\", "%5C")


def requests(text: str, place: Path) -> list[tuple[str, str, Any]]:
    """(method, target, body) of every way in that takes a name or a path."""
    name, as_is = _quoted(text), _half_quoted(text)
    return [
        ("GET", f"/{as_is}", None),
        ("GET", f"/lib/{name}", None),
        ("GET", f"/api/workflows/{name}/schema", None),
        ("GET", f"/api/workflows/draw/presets/{as_is}", None),
        ("PUT", f"/api/workflows/draw/presets/{name}", {"params": {"steps": 3}}),
        ("DELETE", f"/api/workflows/draw/presets/{as_is}", None),
        ("PUT", f"/api/caption-styles/{as_is}", {"size": 5}),
        ("PUT", "/api/caption-styles/mine", {"font": f"./{text}.ttf"}),
        ("GET", f"/api/caption-styles/{name}", None),
        ("DELETE", f"/api/caption-styles/{name}", None),
        ("GET", f"/api/files?path={name}", None),
        ("GET", f"/api/files?path={_quoted(f'{place}/{text}')}", None),
        ("GET", f"/api/files/thumbnail?path={name}", None),
        ("GET", f"/api/options/loras/preview?name={name}", None),
        ("POST", f"/api/workflows/import?save={name}", {"draft": {"yaml": "name: x\nphases: []\n"}}),
        ("POST", "/api/workflows/import", {"path": text}),
        ("POST", "/api/queue/import", {"path": text}),
        ("POST", "/api/queue/export", {"path": text}),
        ("POST", "/api/jobs/preview", {"workflow": "draw", "output_dir": text}),
        ("POST", "/api/jobs", {"workflow": "draw", "params": {"picture": text}, "output_dir": text}),
        ("POST", "/api/jobs", {"workflow": "transcode", "inputs": [text]}),
        ("POST", "/api/jobs", {"workflow": text}),
        ("POST", "/api/reveal", {"path": text}),
        ("POST", "/api/watches", {"path": text, "submission": {"workflow": "transcode"}, "existing": "take"}),
    ]


def test_no_request_reads_or_writes_outside_the_roots(api: RunningApi) -> None:
    base = api.home.parent
    own = {api.home, base / "place"}
    before = {path for path in everything_in(base) if not any(Path(path).is_relative_to(o) for o in own)}
    ways = len(requests("x", base / "place"))
    for number, text in enumerate(PAYLOADS):
        # Every text by one way, and as the path itself; each way meets more than fifty of them.
        for way in {0, number % ways}:
            method, target, body = requests(text, base / "place")[way]
            if len(target) > 60_000:
                continue  # uvicorn refuses the line itself
            status, answer = raw(api, method, target, body)
            assert status < 500, (method, ascii(target)[:300], ascii(body)[:300], answer[:300])
            assert CANARY.encode() not in answer, (method, ascii(target)[:300])
            assert b'"name":"secret.txt"' not in answer.replace(b" ", b""), (method, ascii(target)[:300])
    after = {path for path in everything_in(base) if not any(Path(path).is_relative_to(o) for o in own)}
    assert after == before
    assert (base / "outside" / "secret.txt").read_text() == CANARY
    assert sorted(path.name for path in (api.home / "workflows").iterdir()) == [
        "draw.render.api.json", "draw.yaml", "link"
    ]  # fmt: skip


def test_uploads_lie_in_their_folder_whatever_they_are_called(api: RunningApi) -> None:
    folder = api.home / "uploads"
    with api.client() as client:
        for text in PAYLOADS[::12]:
            name = text.encode("utf-8", "replace").decode()
            answer = client.post("/api/uploads", files={"file": (name, b"x")})
            if answer.status_code != 201:
                assert answer.status_code in (400, 422), (ascii(text), answer.text)
                continue
            path = Path(answer.json()["path"])
            assert (path.parent.parent, path.read_bytes()) == (folder, b"x"), ascii(text)


# --- the command line, watched folders


def test_names_on_the_command_line_make_no_files_elsewhere(tmp_path: Path) -> None:
    vq = VqHere(make_home(tmp_path / "home"), tmp_path)
    (tmp_path / "outside").mkdir()
    (tmp_path / "flow.yaml").write_text("name: x\nphases: []\n")
    before = {path for path in everything_in(tmp_path) if not Path(path).is_relative_to(tmp_path / "home")}
    for number, text in enumerate(PAYLOADS[::40]):
        words = [
            ("preset", "save", "tiny", text, "-p", "mirror=none"),
            ("style", "set", text, "size=5"),
            ("workflow", "import", str(tmp_path / "flow.yaml"), "--save", text),
            ("preset", "delete", "tiny", text),
        ][number % 4]
        if text.startswith("-") or "\0" in text or not text.isprintable():
            continue  # no shell passes them on, or it is an option
        result = vq(*words)
        assert result.code in (0, 2, 3, 4, 5), (words, result)
        assert "Traceback" not in result.err, words
    after = {path for path in everything_in(tmp_path) if not Path(path).is_relative_to(tmp_path / "home")}
    assert after == before


def test_settings_beside_watched_files_send_no_output_elsewhere(tmp_path: Path) -> None:
    """Each of them names another text as its output folder; jobs are made of those in the roots alone."""
    clip = make_clip(tmp_path / "clip.mp4", frames=3).read_bytes()
    with closing(Watched(tmp_path, roots=[str(tmp_path / "place")])) as watched:
        with_links(tmp_path / "place")
        watched.add()
        before = everything_in(tmp_path)
        for number, text in enumerate(PAYLOADS[::7]):
            (watched.folder / f"{number}.mp4").write_bytes(clip + bytes([number % 256, number // 256]))
            value = json.dumps(text if number % 2 else f"{tmp_path}/place/{text}")
            (watched.folder / f"{number}.mp4.vq.yaml").write_text(f"output_dir: {value}\n")
        (watched.folder / "link.mp4").symlink_to(tmp_path / "clip.mp4")
        watched.scan()
        watched.scan(after=20)
        files = watched.files()
        new = {
            path
            for path in everything_in(tmp_path) - before
            if not path.startswith((f"{tmp_path}/drop", f"{tmp_path}/home"))
        }
        assert all(lies_in(Path(path), tmp_path / "place") for path in new)
        assert all(lies_in(Path(job.output_dir), tmp_path / "place") for job in watched.jobs())
        assert files["link.mp4"].rule == "refused"
        assert "outside the folders" in files["link.mp4"].reason
