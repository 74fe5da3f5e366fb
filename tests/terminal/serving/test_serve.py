"""`vq serve` from its first line to its last, and who may not come in."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.db.damage import change_without_index
from tests.terminal.processes import Vq, command, environment, make_home
from video_queue.cli import run
from video_queue.settings import load_settings
from video_queue.system.home.lock import HomeLock
from video_queue.system.home.server_info import ServerInfo, read_server_info, write_server_info


def test_serve_announces_itself_and_leaves_nothing_behind(vq: Vq) -> None:
    with vq.serving("--paused") as url:
        info = read_server_info(vq.home)
        assert info is not None
        assert info.url == url
        if os.name == "posix":
            assert stat.S_IMODE((vq.home / "server.json").stat().st_mode) == 0o600
        assert vq("status", "--json").json["state"] == "paused"
        second = vq("serve", "--port", "0")
        assert second.code == 6
        assert f"pid {info.pid}" in second.err
        assert "hint: " in second.err
    assert not (vq.home / "server.json").exists()
    assert vq("status", "--json").json["state"] == "paused"
    with vq.serving():
        assert vq("status", "--json").json["state"] == "running"


def test_a_taken_port_is_told_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run(["--home", str(tmp_path / "home"), "serve", "--port", port]) == 6
    shown = capsys.readouterr().err
    assert port in shown
    assert "--port" in shown
    assert not (tmp_path / "home").exists()


def test_ctrl_c_puts_work_back_and_the_next_server_finishes_it(vq: Vq) -> None:
    vq("submit", "tiny", "a.mp4", "--print-id")
    process = vq.start("serve", "--port", "0")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("listening on")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
    assert process.returncode == 0
    with vq.serving():
        assert vq("wait", "1").code == 0


def test_a_server_that_was_killed_is_not_talked_to(tmp_path: Path, clips: Path) -> None:
    vq = Vq(make_home(tmp_path / "home"), clips)
    process = vq.start("serve", "--port", "0", "--paused")
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate(timeout=300)
    assert (vq.home / "server.json").exists()
    result = vq("submit", "tiny", "a.mp4", "--print-id")
    assert (result.code, result.out) == (0, "1\n")


def test_a_process_number_that_another_program_has_now_does_not_keep_the_server_down(vq: Vq) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}"
        write_server_info(vq.home, ServerInfo(pid=os.getpid(), url=url, started_at="2026-01-01T00:00:00Z"))
        assert vq("ls", "--json").code == 0  # the other program's port is left alone
        assert vq("run").code == 0
        write_server_info(vq.home, ServerInfo(pid=os.getpid(), url=url, started_at="2026-01-01T00:00:00Z"))
        with vq.serving("--paused") as served:
            info = read_server_info(vq.home)
            assert info is not None
            assert info.url == served


def test_a_start_that_fails_ends_the_process_and_lets_the_home_go(vq: Vq) -> None:
    vq("submit", "tiny", "a.mp4")
    with closing(sqlite3.connect(vq.home / "vq.db")) as db:
        db.execute("DROP TABLE publication")
    process = vq.start("serve", "--port", "0")
    _, errors = process.communicate(timeout=300)
    assert (process.returncode, "error: " in errors) == (1, True)
    HomeLock.acquire(vq.home).release()


def test_a_damaged_index_is_told_while_the_server_runs_and_built_again_by_the_next_start(vq: Vq) -> None:
    vq("submit", "tiny", "a.mp4", "--held")
    change_without_index(vq.home / "vq.db", "prompt_of_job", "UPDATE prompt SET idx = 5")
    process = vq.start("serve", "--port", "0", "--paused")
    assert process.stdout is not None
    assert process.stderr is not None
    url = process.stdout.readline().split()[-1]
    assert "the database has damage: " in process.stderr.readline()
    (database,) = [check for check in vq("doctor", "--json").json["items"] if check["name"] == "database"]
    assert (database["state"], "prompt_of_job" in database["message"]) == ("fail", True)
    assert httpx.get(f"{url}/api/system/health").status_code == 503
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=300)
    assert vq("db", "check").code == 1
    assert vq("release", "1").code == 0
    assert vq("db", "check").code == 0


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.7", "studio.local", "127.1", "::ffff:0.0.0.0", "[::]"]
)
@pytest.mark.parametrize("way", ["flag", "variable", "file", "demo"])
def test_no_way_to_say_it_opens_the_server_to_others_without_a_token(
    way: str, host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_home(tmp_path / "home")
    taken = socket.create_server(("0.0.0.0", 0))  # a server that would listen ends at once
    port = str(taken.getsockname()[1])
    words = ["serve", "--port", port]
    if way == "flag":
        words += ["--host", host]
    elif way == "file":
        (home / "vq.toml").write_text(f'[server]\nhost = "{host}"\n')
    else:
        monkeypatch.setenv("VQ_SERVER__HOST", host)
        words = ["demo", "--once", "--no-browser", "--port", port] if way == "demo" else words
    with taken:
        assert run(["--home", str(home), *words]) == 4
    assert "--lan" in capsys.readouterr().err
    assert not (home / "vq.db").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_a_phone_comes_in_by_the_code_on_the_terminal(vq: Vq) -> None:
    from tests.terminal.terminals import terminal_of

    words = command("serve", "--lan", "--port", "0", "--host", "127.0.0.1")
    with terminal_of(words, environment(vq.home)) as (process, shown):
        shown.wait_for("listening on")
        assert "other machines" not in shown.text
        process.terminate()
        process.wait(60)
    token = load_settings(vq.home, {}, {}).server.token
    assert token is not None
    assert len(token) > 20
    with terminal_of(command("serve", "--lan", "--port", "0"), environment(vq.home)) as (process, shown):
        shown.wait_for("Point the phone's camera")
        assert load_settings(vq.home, {}, {}).server.token == token, "the phone knows it already"
        assert token not in shown.text
        assert "\u2580" in shown.text
        pairing = vq("--json", "pair").json
        assert pairing["url"] in shown.text
        assert pairing["qr"].startswith("<svg")
        with httpx.Client(follow_redirects=True) as phone:
            assert phone.get(f"{pairing['url']}/api/queue").status_code == 401
            assert phone.get(pairing["link"]).status_code == 200
            assert phone.get(f"{pairing['url']}/api/queue").status_code == 200
            named = {"Host": "studio.local"}
            assert phone.get(f"{pairing['url']}/api/queue", headers=named).status_code == 403
        process.terminate()
        process.wait(60)
    logs = "".join(path.read_text("utf-8") for path in (vq.home / "logs").rglob("*.log"))
    assert token not in logs


def test_no_code_is_printed_where_it_would_be_logged(vq: Vq) -> None:
    process = vq.start("serve", "--lan", "--port", "0")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("listening on")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=300)
    token = load_settings(vq.home, {}, {}).server.token
    assert token is not None
    assert token not in out + err
    assert "vq pair" in err
