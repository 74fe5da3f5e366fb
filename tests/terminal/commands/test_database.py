"""`vq db restore`: listed, put back, refused beside a live process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from video_queue.cli import run
from video_queue.system.home.lock import HomeLock
from video_queue.system.home.server_info import ServerInfo, write_server_info


def test_a_copy_is_listed_and_put_back_but_not_beside_a_live_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"

    def vq(*words: str) -> tuple[int, Any]:
        code = run(["--home", str(home), "--json", *words])
        return code, json.loads(capsys.readouterr().out)

    assert vq("pause")[0] == 0
    path = Path(vq("db", "backup")[1]["path"])
    assert vq("resume")[1]["state"] == "running"
    assert [item["name"] for item in vq("db", "restore")[1]["items"]] == [path.name]
    code, answer = vq("db", "restore", path.name)
    assert (code, answer["restored"], Path(answer["kept"]).parent) == (0, str(path), home)
    assert vq("status")[1]["state"] == "paused"

    lock = HomeLock.acquire(home)
    write_server_info(home, ServerInfo(pid=1, url="http://127.0.0.1:9", started_at="now"))
    code, answer = vq("db", "restore", str(path))
    lock.release()
    assert (code, answer["error"]["code"]) == (6, "locked")
    assert vq("db", "restore", "none.db")[0] == 3
