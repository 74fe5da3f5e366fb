"""The files that start `vq serve` at every login, as each system reads them."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from video_queue.system.autostart import launchd_agent, of_platform, systemd_unit, windows_task

AWKWARD = 'a b%"$x'


def test_the_platforms_own_home_is_not_named_and_others_do_not_share_a_name(tmp_path: Path) -> None:
    own, other, third = (
        of_platform("linux", sys.executable, tmp_path / name, named=named)
        for name, named in (("own", False), ("a", True), ("b", True))
    )
    assert own.name == "video-queue.service"
    assert "--home" not in own.text
    assert f"--home {tmp_path / 'a'} serve\n" in other.text
    assert len({own.name, other.name, third.name}) == 3


def test_a_unit_has_its_words_quoted_and_starts_again_after_a_failure(tmp_path: Path) -> None:
    unit = systemd_unit("vq", ["/usr/bin/python3", "--home", f"/h/{AWKWARD}"], tmp_path, tmp_path)
    assert 'ExecStart=/usr/bin/python3 --home "/h/a b%%\\"$$x"\n' in unit.text
    assert "\nRestart=on-failure\n" in unit.text
    assert unit.install[-1] == ["systemctl", "--user", "restart", "vq.service"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    unit = systemd_unit("vq", [sys.executable, "--home", f"/h/{AWKWARD}"], tmp_path / AWKWARD, tmp_path)
    unit.file.write_bytes(unit.content)
    verified = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit.file)],
        capture_output=True,
        text=True,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_an_agent_is_a_property_list_that_launchd_reads(tmp_path: Path) -> None:
    agent = launchd_agent("vq", ["/usr/bin/python3", "--home", f"/h/{AWKWARD}"], tmp_path, tmp_path, 501)
    values = plistlib.loads(agent.content)
    assert values["ProgramArguments"] == ["/usr/bin/python3", "--home", f"/h/{AWKWARD}"]
    assert (values["RunAtLoad"], values["KeepAlive"]) == (True, {"SuccessfulExit": False})
    assert agent.file == tmp_path / "local.vq.plist"
    assert agent.uninstall == (["launchctl", "bootout", "gui/501/local.vq"],)


def test_a_task_is_xml_that_windows_reads_and_opens_no_window(tmp_path: Path) -> None:
    words = ["-m", "video_queue", "--home", "C:\\a b\\R&D", "serve"]
    task = windows_task("vq", "C:\\Py\\python.exe", words, tmp_path, "PC\\Ann")
    assert task.content.startswith(b"\xff\xfe")
    root = ElementTree.fromstring(task.text.partition("?>")[2])
    texts = {element.tag.rpartition("}")[2]: element.text for element in root.iter()}
    assert texts["Command"] == "C:\\Py\\pythonw.exe"
    assert texts["Arguments"] == '-m video_queue --home "C:\\a b\\R&D" serve'
    assert (texts["UserId"], texts["ExecutionTimeLimit"]) == ("PC\\Ann", "PT0S")
