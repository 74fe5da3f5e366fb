"""Every entry point writes the same rows: a Submission over REST, by `vq` with a server and by `vq` without one."""

from __future__ import annotations

import http.client
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.media_clips import make_clip
from tests.terminal.processes import Vq, make_home

# What may differ: moments, who submitted, and the home's own folders.
_OWN = {"created_at", "submitted_by", "dedupe_key", "output_dir"}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4", 5)


def words(clip: Path) -> list[str]:
    """The submission as flags."""
    options = [
        "-p",
        "prompt=a=b, c",
        "--sweep",
        "mirror=none,horizontal",
        "--seeds",
        "7..9",
        "--name",
        "Night",
    ]
    return ["submit", "tiny", str(clip), *options, "--tag", "x", "--note", "n", "--priority", "3", "--held"]


def body(clip: Path) -> dict[str, Any]:
    """The same as an object."""
    return {
        "workflow": "tiny", "inputs": [str(clip)], "params": {"prompt": "a=b, c"}, "seeds": "7..9", "name": "Night",
        "sweep": {"mirror": ["none", "horizontal"]}, "tags": ["x"], "note": "n", "priority": 3, "held": True,
    }  # fmt: skip


def rows(home: Path) -> dict[str, list[dict[str, Any]]]:
    """Everything a submission writes, without what belongs to the home and the moment."""
    tables: dict[str, list[dict[str, Any]]] = {}
    with closing(sqlite3.connect(home / "vq.db")) as db:
        db.row_factory = sqlite3.Row
        for table in ("job", "prompt", "document", "tally", "job_dependency"):
            tables[table] = [
                {key: row[key] for key in row.keys() if key not in _OWN}  # noqa: SIM118 - a Row is no mapping
                for row in db.execute(f"SELECT * FROM {table}")
            ]
        tables["event"] = [
            dict(row) for row in db.execute("SELECT type, job_id, prompt_id, data FROM event WHERE job_id")
        ]
    for job in tables["job"]:
        job["submission"] = json.loads(job["submission"])
    return tables


def post(url: str, submission: dict[str, Any]) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    with closing(connection):
        connection.request("POST", "/api/jobs", json.dumps(submission), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 201, answer.read()


def test_every_way_in_writes_the_same_rows(tmp_path: Path, clip: Path) -> None:
    homes = [make_home(tmp_path / name) for name in ("alone", "served", "rest")]
    alone, served, rest = (Vq(home, tmp_path) for home in homes)
    assert alone(*words(clip)).code == 0
    with served.serving():
        assert served(*words(clip)).code == 0
    (homes[2] / "vq.toml").write_text(f"roots = [{json.dumps(str(tmp_path))}]\n")
    with rest.serving() as url:
        post(url, body(clip))
    first, second, third = (rows(home) for home in homes)
    assert first == second == third
    assert len(first["prompt"]) == 6
