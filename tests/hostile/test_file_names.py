"""More than two hundred odd names of files, by command line, watched folder and REST: each becomes a job with the right
output, or is refused with a reason."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.api.running import running_api
from tests.hostile.names import file_names
from tests.media_clips import make_clip, make_pictures, read_code
from tests.services.watch.watched import Watched
from tests.terminal.processes import VqHere
from tests.worker.conftest import Queue

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="most of these names cannot be there")
FILE = """
title: File
inputs: {kind: image}
phases:
  - {name: file, uses: media.archive, with: {inputs: "{{ input.path }}"}}
output: {phase: file, name: "{{ input.stem }}"}
"""
CONVERT = """
title: Convert
inputs: {kind: video}
phases:
  - {name: convert, uses: media.convert, with: {source: "{{ input.path }}"}}
output: {phase: convert, name: "{{ input.stem }}"}
"""
# Those that ffmpeg would take for an option, a pattern, a protocol or a part of a filter.
CLIPS = (
    "-i",
    "%d",
    "frame_%04d",
    "concat:a|b",
    "data:,x",
    "pipe:0",
    "a'b",
    "a:b",
    "[a]",
    "a\nb",
    "a\\b",
    "\u202egpj",
    "*",
)


def test_files_of_any_name_become_jobs_with_their_own_outputs(tmp_path: Path) -> None:
    names = file_names(".png")
    assert len(names) > 200
    pictures = make_pictures(tmp_path / "pictures", len(names), size=(64, 48))
    folders = [tmp_path / folder for folder in ("typed", "drop", "asked")]
    for folder in folders:
        folder.mkdir()
    files = [folders[number % 3] / name for number, name in enumerate(names)]
    for file, picture in zip(files, pictures, strict=True):
        picture.rename(file)
    before = {file: file.read_bytes() for file in files}
    with closing(Watched(tmp_path)) as watched:
        (watched.settings.workflows_dir / "file.yaml").write_text(FILE)
        refused = _typed(watched.home, files[0::3]) | _dropped(watched)
    with running_api(tmp_path / "home") as api, api.client() as client:
        refused |= _asked(client, files[2::3])
    queue = Queue(tmp_path / "home")
    queue.work()
    with running_api(tmp_path / "home") as api, api.client() as client:
        jobs = [client.get(f"/api/jobs/{job['id']}").json() for job in _items(client, "/api/jobs")]
        outputs = [code for job in jobs for code in _outputs(client, job["id"])]
    assert [(job["name"], job["error"]) for job in jobs if job["state"] != "succeeded"] == []
    assert [file for file in files if file.read_bytes() != before[file]] == []
    submitted = {Path(text) for job in jobs for text in job["submission"]["inputs"]}
    assert submitted == set(files) - refused
    assert sorted(outputs) == sorted(files.index(file) for file in submitted)
    # Hidden names are left out by a watch, and no text holds what is no UTF-8.
    assert len(refused) < 20, sorted(map(ascii, refused))


def _typed(home: Path, files: list[Path]) -> set[Path]:
    """Submit by one command line; what was refused by one of its own, with a reason and no traceback."""
    vq = VqHere(home, home.parent)
    refused = {file for file in files if "\\udc" in ascii(file)}
    for file in refused:
        result = vq("submit", "file", "--", str(file))
        assert (result.code, result.err[:7]) == (2, "error: "), result
    result = vq("submit", "file", "--", *(str(file) for file in files if file not in refused))
    assert result.code == 0, result
    return refused


def _dropped(watched: Watched) -> set[Path]:
    """Take what lies in the watched folder; what was left out, with a reason."""
    watched.add(submission={"workflow": "file"})
    watched.scan()
    watched.scan(after=20)
    files = watched.files()
    taken = {watched.folder / name for name, file in files.items() if file.state == "taken"}
    assert all(file.reason for file in files.values())
    return set(watched.folder.iterdir()) - taken


def _asked(client: httpx.Client, files: list[Path]) -> set[Path]:
    """Submit over REST; what was refused, with a reason."""
    refused = set()
    for file in files:
        try:
            answer = client.post("/api/jobs", json={"workflow": "file", "inputs": [str(file)]})
        except UnicodeEncodeError:
            refused.add(file)  # it is no JSON
            continue
        if answer.status_code != 201:
            assert answer.json()["error"]["message"], ascii(file)
            refused.add(file)
    return refused


def _items(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(path, params={"limit": 1000}).json()["items"]
    return items


def _outputs(client: httpx.Client, job_id: int) -> Iterator[int]:
    """The numbers that the pictures carry which a job published."""
    for item in _items(client, f"/api/jobs/{job_id}/outputs"):
        if item["kind"] == "image":
            with Image.open(item["path"]) as picture:
                yield read_code(np.asarray(picture.convert("RGB")))


def test_clips_of_names_that_mean_something_to_ffmpeg(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("convert", CONVERT)
    clip = make_clip(tmp_path / "clip.mp4", frames=2).read_bytes()
    (tmp_path / "in").mkdir()
    for name in CLIPS:
        (tmp_path / "in" / f"{name}.mp4").write_bytes(clip)
    (job,) = queue.work({"workflow": "convert", "input_dir": str(tmp_path / "in")})
    assert (job.state, job.counts.succeeded) == ("succeeded", len(CLIPS))
