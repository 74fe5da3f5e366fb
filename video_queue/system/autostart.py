"""Starting `vq serve` by itself at every login: a systemd user unit, a launchd agent, or a task of Windows.

Each is one file and the commands that register it. Nothing here runs anything.
"""

from __future__ import annotations

import hashlib
import os
import plistlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

# After an end that was not in order; while another process works the home, that is how it takes over.
_RESTART_SECONDS = 30
_STOP_SECONDS = 60

_UNIT = """\
[Unit]
Description=video_queue, the render queue of {home}

[Service]
ExecStart={command}
Restart=on-failure
RestartSec={restart}
# Wrong settings, or an address that needs a token.
RestartPreventExitStatus=2 4
TimeoutStopSec={stop}

[Install]
WantedBy=default.target
"""

_TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>video_queue, the render queue of {home}</Description></RegistrationInfo>
  <Triggers><LogonTrigger><UserId>{user}</UserId></LogonTrigger></Triggers>
  <Principals>
    <Principal id="Author"><UserId>{user}</UserId><LogonType>InteractiveToken</LogonType></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>10</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>{program}</Command><Arguments>{arguments}</Arguments></Exec>
  </Actions>
</Task>
"""


@dataclass(frozen=True, slots=True)
class Autostart:
    """How `vq serve` is registered: the file's place and content, and the commands to run after it is written,
    before it is removed, after it was removed, and to ask whether it works (exit 0).
    """

    name: str
    file: Path
    content: bytes
    install: tuple[list[str], ...]
    uninstall: tuple[list[str], ...]
    after: tuple[list[str], ...]
    is_active: list[str]

    @property
    def text(self) -> str:
        """The file as a person reads it."""
        utf16 = self.content.startswith((b"\xff\xfe", b"\xfe\xff"))
        return self.content.decode("utf-16" if utf16 else "utf-8")


def of_platform(platform: str, program: str, home: Path, *, named: bool) -> Autostart:
    """The one of this platform (`sys.platform`). `named`: the home is not the platform's own, and has to be said."""
    name = "video-queue" + (f"-{_digest(home)}" if named else "")
    words = ["-m", "video_queue", *(["--home", str(home)] if named else []), "serve"]
    if platform == "win32":
        user = f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}"
        return windows_task(name, program, words, home, user)
    if platform == "darwin":
        uid = os.getuid() if hasattr(os, "getuid") else 0
        return launchd_agent(name, [program, *words], home, Path.home() / "Library/LaunchAgents", uid)
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd/user"
    return systemd_unit(name, [program, *words], home, folder)


def systemd_unit(name: str, command: Sequence[str], home: Path, folder: Path) -> Autostart:
    """A user unit: https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html"""
    unit = f"{name}.service"
    text = _UNIT.format(
        home=str(home).replace("%", "%%"),
        command=" ".join(map(_systemd_word, command)),
        restart=_RESTART_SECONDS,
        stop=_STOP_SECONDS,
    )
    systemctl = ["systemctl", "--user"]
    return Autostart(
        name=unit,
        file=folder / unit,
        content=text.encode(),
        install=([*systemctl, "daemon-reload"], [*systemctl, "enable", unit], [*systemctl, "restart", unit]),
        uninstall=([*systemctl, "disable", "--now", unit],),
        after=([*systemctl, "daemon-reload"],),
        is_active=[*systemctl, "is-active", unit],
    )


def launchd_agent(name: str, command: Sequence[str], home: Path, folder: Path, uid: int) -> Autostart:
    """A user's agent: launchd.plist(5)."""
    label, log = f"local.{name}", str(home / "logs" / "service.log")
    agent = {
        "Label": label,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": _RESTART_SECONDS,
        "ExitTimeOut": _STOP_SECONDS,
        "ProcessType": "Interactive",
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    file = folder / f"{label}.plist"
    return Autostart(
        name=label,
        file=file,
        content=plistlib.dumps(agent),
        install=(["launchctl", "bootstrap", f"gui/{uid}", str(file)],),
        uninstall=(["launchctl", "bootout", f"gui/{uid}/{label}"],),
        after=(),
        is_active=["launchctl", "print", f"gui/{uid}/{label}"],
    )


def windows_task(name: str, program: str, words: Sequence[str], home: Path, user: str) -> Autostart:
    """A task at logon: https://learn.microsoft.com/en-us/windows/win32/taskschd/task-scheduler-schema"""
    file = home / f"{name}.task.xml"
    # The Python without a window of its own.
    windowless = program[: -len("python.exe")] + "pythonw.exe" if program.endswith("python.exe") else program
    values = {
        "home": str(home), "user": user, "program": windowless, "arguments": subprocess.list2cmdline(words),
    }  # fmt: skip
    text = _TASK.format(**{key: escape(value) for key, value in values.items()})
    return Autostart(
        name=name,
        file=file,
        content=text.encode("utf-16"),
        install=(
            ["schtasks", "/Create", "/F", "/TN", name, "/XML", str(file)],
            ["schtasks", "/Run", "/TN", name],
        ),
        uninstall=(["schtasks", "/Delete", "/F", "/TN", name],),
        after=(),
        is_active=["schtasks", "/Query", "/TN", name],
    )


def _systemd_word(word: str) -> str:
    """One word of ExecStart=, which knows quotes, backslashes, $VARIABLES and %specifiers."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if set(plain) & set(" \t'\"\\;") else plain


def _digest(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:8]
