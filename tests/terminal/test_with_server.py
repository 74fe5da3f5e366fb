"""`vq` beside a running server: the same commands, over HTTP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal.processes import Vq, command, environment
from video_queue.cli import run

_HEAVY = {
    "httpx",
    "fastapi",
    "starlette",
    "uvicorn",
    "sqlite3",
    "aiosqlite",
    "av",
    "numpy",
    "PIL",
    "yaml",
    "rich",
    "asyncio",
}
_OURS = (
    "video_queue.api",
    "video_queue.worker",
    "video_queue.settings",
    "video_queue.wiring",
    "video_queue.app",
    "video_queue.services",
    "video_queue.db.queue_db",
)
_MODULES = """
import sys
from video_queue.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*(name for name, module in sys.modules.items() if module is not None), file=sys.stderr)
"""


def test_submit_loads_nothing_heavy(served: Vq) -> None:
    words = [
        "submit",
        "tiny",
        "a.mp4",
        "-p",
        "mirror=vertical",
        "--sweep",
        "seed=1,2",
        "--held",
        "--print-id",
    ]
    result = subprocess.run(
        [sys.executable, "-c", _MODULES, *words],
        capture_output=True,
        text=True,
        cwd=served.cwd,
        env=environment(served.home),
        timeout=300,
        check=True,
    )
    assert result.stdout.strip().isdigit()
    loaded = result.stderr.split()
    assert "video_queue.terminal.flags.body" in loaded
    assert _HEAVY & {name.partition(".")[0] for name in loaded} == set()
    assert [name for name in loaded if name.startswith(_OURS)] == []


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _MODULES, "--help"],
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        timeout=300,
        check=True,
    )
    loaded = result.stderr.split()
    assert "video_queue.terminal.commands.watch" in loaded
    assert (_HEAVY | {"pydantic", "zipfile"}) & {name.partition(".")[0] for name in loaded} == set()
    assert [name for name in loaded if name.startswith(_OURS)] == []


def test_submit_wait_and_follow(served: Vq) -> None:
    result = served("submit", "cut", "a.mp4", "--sweep", "at_frame=3,5000", "--wait", "--json")
    assert result.code == 7
    job, finished = result.lines
    assert job["id"] == finished["id"]
    assert finished["state"] == "partial"
    number = str(job["id"])
    assert served("follow", number).code == 7
    assert served("wait", f"{number}.1").out == f"{number}.1 succeeded\n"
    assert served("wait", f"{number}.1", "--timeout", "0.001").code == 0
    failed = served("wait", f"{number}.2", f"{number}.1")
    assert failed.code == 1
    assert "failed in split" in failed.err
    assert served("log", number, "-f").out == served("log", number).out
    assert len(served("outputs", f"{number}.1", "--json").json["items"]) == 2


def test_submit_wait_prints_nothing_but_the_id(served: Vq) -> None:
    result = served("submit", "tiny", "a.mp4", "--seeds", "77..77", "--wait", "--print-id")
    assert result.code == 0
    assert result.out.strip().isdigit()


def test_follow_prints_events_as_json_lines(served: Vq) -> None:
    number = served("submit", "tiny", "a.mp4", "--held", "--force", "--print-id").out.strip()
    follower = served.start("follow", number, "--json")
    assert served("release", number).code == 0
    out, err = follower.communicate(timeout=300)
    assert follower.returncode == 0, err
    events = [json.loads(line) for line in out.splitlines()]
    assert all(event["job_id"] == int(number) for event in events)


def test_wait_says_why_nothing_moves_and_gives_up_in_time(served: Vq) -> None:
    number = served("submit", "tiny", "b.mp4", "--held", "--force", "--print-id").out.strip()
    waited = served("wait", number, "--timeout", "0.5")
    assert waited.code == 124
    assert f"vq release {number}" in waited.err
    assert waited.out == ""


def test_wait_goes_on_over_a_restart(vq: Vq) -> None:
    with vq.serving():
        vq("submit", "tiny", "a.mp4", "--held", "--print-id")
        waiting = vq.start("wait", "1")
        assert waiting.stderr is not None
        assert "is held" in waiting.stderr.readline()
    with vq.serving():
        assert vq("release", "1").code == 0
        out, err = waiting.communicate(timeout=300)
    assert (waiting.returncode, out) == (0, "1 succeeded\n"), err


def test_interrupted(served: Vq) -> None:
    number = served("submit", "tiny", "a.mp4", "--held", "--force", "--print-id", "--note", "x").out.strip()
    waiting = served.start("wait", number)
    assert waiting.stderr is not None
    assert "is held" in waiting.stderr.readline()
    waiting.send_signal(signal.SIGINT)
    waiting.communicate(timeout=300)
    assert waiting.returncode == 130


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (["submit", "tiny", "nope.mp4"], 2, "input_missing"),
        (["submit", "tinny", "a.mp4"], 3, "unknown_workflow"),
        (["submit", "broken", "a.mp4"], 2, "validation"),
        (["submit", "cut", "a.mp4", "-p", "at_frame=0"], 2, "validation"),
        (["submit", "tiny", "a.mp4", "--if-exists", "replace"], 2, "validation"),
        (["submit", "tiny", "a.mp4", "--after", "999"], 3, "unknown_job"),
        (["show", "999"], 3, "unknown_job"),
        (["outputs", "999"], 3, "unknown_job"),
        (["log", "999.1"], 3, "not_found"),
        (["wait", "999"], 3, "unknown_job"),
        (["follow", "999"], 3, "unknown_job"),
        (["workflow", "schema", "nope"], 3, "unknown_workflow"),
        (["run"], 6, "locked"),
        (["serve"], 6, "locked"),
    ],
)
def test_failures_are_those_of_the_services(
    served: Vq, words: list[str], exit_code: int, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    there = [str(served.cwd / word) if word == "a.mp4" else word for word in words]
    assert run(["--home", str(served.home), "--json", *there]) == exit_code
    shown = capsys.readouterr()
    assert json.loads(shown.out)["error"]["code"] == code
    assert "\nhint: " in shown.err


def test_actions_over_http(served: Vq, capsys: pytest.CaptureFixture[str]) -> None:
    def vq(*words: str) -> object:
        assert run(["--home", str(served.home), "--json", *words]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    clip = str(served.cwd / "b.mp4")
    job = vq("submit", "tiny", clip, clip, "--seeds", "2", "--held", "--force", "--tag", "batch")
    assert isinstance(job, dict)
    number = str(job["id"])
    for words, key, expected in [
        (["edit", number, "--priority", "3", "--name", "b"], "priority", 3),
        (["hold", f"{number}.2"], "held", True),
        (["release", f"{number}.2"], "held", False),
        (["move", number, "--to", "1"], "id", int(number)),
        (["skip", f"{number}.1", f"{number}.2"], "done", 2),
        (["cancel", number], "state", "cancelled"),
        (["rerun", number, "-p", "mirror=vertical"], "parent_id", int(number)),
        (["rm", number], "id", int(number)),
        (["pause", "--for", "2h"], "reason", "schedule"),
        (["resume"], "state", "running"),
    ]:
        answer = vq(*words)
        assert isinstance(answer, dict)
        assert answer[key] == expected, words
    listed = vq("ls", "--tag", "batch", "--state", "succeeded,queued,running")
    assert isinstance(listed, dict)
    assert number not in [str(item["id"]) for item in listed["items"]]
    assert isinstance(workflows := vq("workflow", "ls"), dict)
    assert {"tiny", "cut", "broken", "transcode"} <= {item["name"] for item in workflows["items"]}
    assert isinstance(checks := vq("doctor"), dict)
    assert "ffmpeg" in [item["name"] for item in checks["items"]]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_status_stays_on_one_screen_until_q(served: Vq, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.terminal.terminals import terminal_of

    clip = str(served.cwd / "a.mp4")
    assert (
        run(["--home", str(served.home), "submit", "tiny", clip, "--held", "--name", "Shown", "--force"]) == 0
    )
    env = environment(served.home, COLUMNS="80", LINES="40", TERM="xterm-256color")
    with terminal_of(command("status", "--watch"), env) as (process, shown):
        shown.wait_for("Shown")
        shown.press("q")
        assert process.wait(60) == 0
    assert "queue: running" in shown.text
    assert max(map(len, shown.text.splitlines())) <= 80


def test_status_is_printed_again_after_each_change_as_json_lines(
    served: Vq, capsys: pytest.CaptureFixture[str]
) -> None:
    watching = served.start("status", "--watch", "--json")
    assert watching.stdout is not None
    try:
        assert json.loads(watching.stdout.readline())["state"] == "running"
        assert run(["--home", str(served.home), "pause"]) == 0
        while json.loads(watching.stdout.readline())["state"] != "paused":
            pass
    finally:
        assert run(["--home", str(served.home), "resume"]) == 0
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=300)
    assert watching.returncode == 130


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_follow_draws_bars_until_its_job_is_finished(
    served: Vq, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.terminal.terminals import terminal

    home = ["--home", str(served.home)]
    clip = str(served.cwd / "b.mp4")
    assert run([*home, "submit", "tiny", clip, "--name", "Followed", "--force", "--print-id"]) == 0
    number = capsys.readouterr().out.strip()
    with terminal(monkeypatch, 80) as shown:
        code = run([*home, "-q", "follow", number])
    assert code == 0
    assert f"job {number} Followed" in shown.text
    assert "1/1" in shown.text
