"""What `comfy.command` starts, where ComfyUI answers then, and the log that it writes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from video_queue.comfy.process import (
    LOG_NAME,
    ComfyLog,
    Launch,
    LaunchError,
    address_of,
    launch_of,
    starts_elsewhere,
)
from video_queue.settings.models import ComfySettings

NOW = "2026-01-01T00:00:00.000Z"


def settings(command: Any, **more: Any) -> ComfySettings:
    return ComfySettings(command=command, **more)


@pytest.fixture
def comfy(tmp_path: Path) -> Path:
    """A folder as ComfyUI's, with a blank in its name."""
    folder = tmp_path / "my ComfyUI"
    folder.mkdir()
    (folder / "main.py").touch()
    return folder


def test_a_command_runs_in_the_folder_of_main_py(comfy: Path) -> None:
    launch = launch_of(settings(f"'{sys.executable}' '{comfy / 'main.py'}' --lowvram"))
    assert launch == Launch((sys.executable, str(comfy / "main.py"), "--lowvram"), comfy)


def test_a_relative_main_py_needs_the_folder(comfy: Path) -> None:
    with pytest.raises(LaunchError, match=r"set comfy\.folder"):
        launch_of(settings([sys.executable, "main.py"]))
    launch = launch_of(settings([sys.executable, "main.py"], folder=comfy))
    assert (launch.argv[1], launch.folder) == ("main.py", comfy)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no-such-python", "MAIN"], "there is no program no-such-python"),
        ([sys.executable, "/nowhere/main.py"], "the folder /nowhere does not exist"),
        ([sys.executable, "MAINx/../other/main.py"], "does not exist"),
    ],
)
def test_what_is_not_there_is_named(comfy: Path, words: list[str], message: str) -> None:
    placed = [word.replace("MAIN", str(comfy / "main.py")) for word in words]
    with pytest.raises(LaunchError, match=message):
        launch_of(settings(placed))


def test_no_shell_reads_the_command(comfy: Path) -> None:
    launch = launch_of(settings([sys.executable, str(comfy / "main.py"), "; touch x", "$HOME", "*"]))
    assert launch.argv[2:] == ("; touch x", "$HOME", "*")


@pytest.mark.parametrize(
    ("command", "url", "address"),
    [
        (["python", "/c/main.py", "--port", "8199"], None, "http://127.0.0.1:8199"),
        (["python", "/c/main.py", "--port=8199"], None, "http://127.0.0.1:8199"),
        (["python", "/c/main.py"], None, "http://127.0.0.1:8188"),
        (["/c/start.sh"], None, None),
        (None, None, None),
        (["python", "/c/main.py", "--port", "8199"], "http://localhost:8199", "http://localhost:8199"),
    ],
)
def test_where_comfyui_is_follows_from_the_command(
    command: list[str] | None, url: str | None, address: str | None
) -> None:
    assert address_of(settings(command, url=url)) == address


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://render-box:8188", "another machine"),
        ("http://127.0.0.1:8000", "port 8000"),
        ("http://127.0.0.1:8188", ""),
        ("http://[::1]:8188", ""),
    ],
)
def test_a_command_that_starts_another_than_the_named_one_has_no_effect(url: str, reason: str) -> None:
    text = starts_elsewhere(settings(["python", "/c/main.py"], url=url))
    assert reason in text
    assert bool(text) == bool(reason)


def test_the_log_shows_what_a_terminal_would_since_the_last_start(tmp_path: Path) -> None:
    log = ComfyLog(tmp_path)
    log.path.write_text(
        "=== vq starts a\nold\n=== vq starts b\n\x1b[32mgreen\x1b[0m\n 10%\r 50%\r100%\n\nend"
    )
    assert log.tail(10) == ["green", "100%", "end"]
    assert log.tail(1) == ["end"]
    assert ComfyLog(tmp_path / "none").tail(5) == []


def test_a_long_log_makes_room_while_comfyui_writes_it(tmp_path: Path) -> None:
    log = ComfyLog(tmp_path)
    with log.path.open("ab", buffering=0) as output:
        for number in range(6):
            output.write(b"%d" % number * 6 * 2**20)
            log.rotate()
        output.write(b"after\n")
    assert log.path.read_text() == "after\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        LOG_NAME, f"{LOG_NAME}.1", f"{LOG_NAME}.2", f"{LOG_NAME}.3"
    ]  # fmt: skip
    assert (tmp_path / f"{LOG_NAME}.1").read_bytes()[:1] == b"5"


@pytest.mark.skipif(os.name != "posix", reason="a Job Object does it on Windows")
def test_a_process_that_was_never_recorded_never_begins(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    launch = Launch((sys.executable, "-c", f"open({str(mark)!r}, 'w')"), tmp_path)
    process = ComfyLog(tmp_path).start(launch, NOW)
    assert process.is_alive()
    process.end(5)  # as the end of ours would: the pipe is closed
    assert not process.is_alive()
    assert not mark.exists()
