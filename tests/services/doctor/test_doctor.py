"""Each check, in good and in bad circumstances; ComfyUI is the simulator."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.media.chip_ffmpeg import calls_of, make_chip_ffmpeg
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.db.queue_db import QueueDB
from video_queue.db.soundness import record_check
from video_queue.services.doctor.check import Check
from video_queue.services.doctor.doctor import run_checks
from video_queue.settings import Settings, load_settings
from video_queue.simulator.server import ComfySimulator
from video_queue.simulator.settings import SimulatorSettings
from video_queue.wiring import open_workflows

NOW = "2026-01-01T00:00:00.000Z"


def settings_of(home: Path, **overrides: Any) -> Settings:
    settings = load_settings(home, {"comfy.url": f"http://127.0.0.1:{free_port()}", **overrides}, {})
    settings.ensure_home()
    return settings


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def run(settings: Settings, *problems: str) -> dict[str, Check]:
    with tempfile.TemporaryDirectory() as folder:
        async with await QueueDB.open(Path(folder) / "vq.db", backups=None, now=NOW) as db:
            await db.transact(record_check, list(problems), NOW)
            catalogue = ComfyCatalogue(settings.cache_dir)
            checks = await run_checks(settings, open_workflows(settings), catalogue, db)
    return {check.name: check for check in checks}


def checks_of(settings: Settings, *problems: str) -> dict[str, Check]:
    return asyncio.run(run(settings, *problems))


def test_a_healthy_home(tmp_path: Path) -> None:
    checks = checks_of(settings_of(tmp_path / "home", min_free_gb=0))
    assert {name for name, check in checks.items() if check.state != "ok"} - {"speech"} == {"comfyui"}
    assert "names are given by" in checks["outputs"].message
    assert "libx264" in checks["encoders"].message
    assert all(check.fix for check in checks.values() if check.state != "ok")


def test_hardware_encoders_that_work_are_shown(tmp_path: Path) -> None:
    ffmpeg = make_chip_ffmpeg(tmp_path / "chip", "nvenc")
    check = checks_of(settings_of(tmp_path / "home", ffmpeg=str(ffmpeg)))["hardware encoders"]
    assert (check.state, check.message.split(" (")[0]) == ("ok", "h264_qsv, h264_amf, h264_vaapi")
    assert calls_of(ffmpeg)[0].endswith("h264_nvenc -f null -")


@pytest.mark.skipif(find_spec("faster_whisper") is None, reason="the extra `speech`")
def test_the_engines_and_models_for_speech_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    check = checks_of(settings_of(tmp_path / "home"))["speech"]
    assert (check.state, "faster-whisper" in check.message) == ("warn", True)
    assert "hf download Systran/faster-whisper-small" in check.fix
    stored = tmp_path / "hub/models--Systran--faster-whisper-base/snapshots/1"
    stored.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (stored / name).touch()
    check = checks_of(settings_of(tmp_path / "home"))["speech"]
    assert (check.state, check.message.rpartition(": ")[2]) == ("ok", "base")
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    assert "extra speech" in checks_of(settings_of(tmp_path / "home"))["speech"].message


def test_damage_of_the_database_is_told_with_what_to_do(tmp_path: Path) -> None:
    check = checks_of(settings_of(tmp_path / "home"), "row 1 missing from index prompt_ready")["database"]
    assert (check.state, "prompt_ready" in check.message, "start it again" in check.fix) == (
        "fail",
        True,
        True,
    )


def test_a_log_that_another_program_keeps_long_is_told_with_what_to_do(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home")
    with Path(f"{settings.db_path}-wal").open("wb") as log:
        log.truncate(161_000_000)
    check = checks_of(settings)["write-ahead log"]
    assert (check.state, "161 MB" in check.message, str(settings.db_path) in check.fix) == (
        "warn",
        True,
        True,
    )


def test_folders_that_are_made_by_the_first_start_are_no_reason_to_warn(tmp_path: Path) -> None:
    checks = checks_of(load_settings(tmp_path / "home", {}, {}))
    assert (checks["home"].state, checks["outputs"].state) == ("ok", "ok")
    assert "is made by the first vq serve" in checks["outputs"].message


def test_an_output_folder_that_was_named_and_is_not_there(tmp_path: Path) -> None:
    check = checks_of(settings_of(tmp_path / "home", output_root=str(tmp_path / "drive")))["outputs"]
    assert (check.state, bool(check.fix)) == ("warn", True)


def test_too_little_space(tmp_path: Path) -> None:
    checks = checks_of(settings_of(tmp_path / "home", min_free_gb=10**9))
    assert checks["disk of the home"].state == checks["disk of the outputs"].state == "fail"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody can write to")
def test_an_output_folder_that_cannot_be_written(tmp_path: Path) -> None:
    check = checks_of(settings_of(tmp_path / "home", output_root="/proc/self"))["outputs"]
    assert (check.state, "/proc/self cannot be written: " in check.message) == ("fail", True)


def test_secrets_that_others_can_read(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home")
    secret = settings.home / "secret"
    secret.write_text("x")
    secret.chmod(0o644)
    settings.home.chmod(0o755)
    expected = "warn" if os.name == "posix" else "ok"
    assert checks_of(settings)["permissions"].state == expected
    if sys.platform != "win32":
        secret.chmod(0o600)
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert checks_of(settings)["permissions"].state == "ok"


def test_no_ffmpeg_and_one_that_does_not_run(tmp_path: Path) -> None:
    check = checks_of(settings_of(tmp_path / "home", ffmpeg=str(tmp_path / "nope")))["ffmpeg"]
    assert (check.state, bool(check.fix)) == ("fail", True)
    fake = tmp_path / ("ffmpeg.bat" if sys.platform == "win32" else "ffmpeg")
    fake.write_text("exit 1\n" if sys.platform == "win32" else "#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    check = checks_of(settings_of(tmp_path / "home", ffmpeg=str(fake)))["ffmpeg"]
    assert (check.state, "too old" in check.message) == ("fail", True)


def test_broken_workflows_and_foreign_variables(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = load_settings(home, {}, {"VQ_NONSENSE": "1"})
    settings.ensure_home()
    (settings.workflows_dir / "a.yaml").write_text("name: a\nphases: 3\n", "utf-8")
    checks = checks_of(settings)
    assert (checks["workflows"].state, checks["workflows"].message[:8]) == ("warn", "a.yaml: ")
    assert (checks["settings"].state, "VQ_NONSENSE" in checks["settings"].message) == ("warn", True)


def test_comfyui_answers(tmp_path: Path) -> None:
    async def comfy_check() -> Check:
        simulator = ComfySimulator(SimulatorSettings(base=tmp_path / "comfy", port=0))
        url = await simulator.start()
        try:
            settings = settings_of(tmp_path / "home", **{"comfy.url": url})
            return (await run(settings))["comfyui"]
        finally:
            await simulator.stop()

    check = asyncio.run(comfy_check())
    assert check.state == "ok", check.message


def test_one_comfyui_of_two_answers(tmp_path: Path) -> None:
    async def comfy_check() -> Check:
        simulator = ComfySimulator(SimulatorSettings(base=tmp_path / "comfy", port=0))
        second = {"name": "second", "url": await simulator.start()}
        try:
            changes = {"comfy.url": "http://127.0.0.1:9", "comfy.instances": [second]}
            return (await run(settings_of(tmp_path / "home", **changes)))["comfyui"]
        finally:
            await simulator.stop()

    check = asyncio.run(comfy_check())
    assert check.state == "warn"
    assert "default: no ComfyUI answers at http://127.0.0.1:9; second: ComfyUI 0" in check.message


@pytest.mark.parametrize(
    "answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]
)
def test_something_else_at_comfyuis_port(tmp_path: Path, answer: bytes) -> None:
    async def comfy_check() -> Check:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(answer)
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            settings = settings_of(tmp_path / "home", **{"comfy.url": url})
            return (await run(settings))["comfyui"]

    assert asyncio.run(comfy_check()).state == "warn"


def test_what_comfy_command_would_start_is_shown_and_whether_it_is_there(tmp_path: Path) -> None:
    main = tmp_path / "ComfyUI" / "main.py"
    main.parent.mkdir()
    command = [sys.executable, str(main), "--port", "8199"]

    def check_of(**more: Any) -> Check:
        settings = load_settings(tmp_path / "home", {"comfy.command": command, **more}, {})
        settings.ensure_home()
        return checks_of(settings)["comfy.command"]

    assert (check_of().state, "main.py does not exist" in check_of().message) == ("fail", True)
    main.touch()
    assert (check_of().state, f"in {main.parent}" in check_of().message) == ("ok", True)
    elsewhere = check_of(**{"comfy.url": "http://127.0.0.1:8000"})
    assert (elsewhere.state, "port 8000" in elsewhere.message, bool(elsewhere.fix)) == ("warn", True, True)
