"""How `comfy.command` is started, and the log that it writes. What it knows is the settings; no rows."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from video_queue.domain.states import DEFAULT_INSTANCE
from video_queue.settings.models import ComfySettings
from video_queue.system.processes.detached import Detached, start_detached

LOG_NAME = "comfyui.log"
_DEFAULT_PORT = 8188
_SCRIPTS = (".sh", ".command", ".bat", ".cmd")
_LOG_BYTES, _LOG_FILES = 5 * 2**20, 3
_TAIL_BYTES, _LONGEST_LINE = 65536, 500
_START_LINE = "=== vq starts "
# Colours and cursor movements (ECMA-48).
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class LaunchError(Exception):
    """`comfy.command` cannot be started as it is set; the text says why."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What is started: absolute program and arguments, the working folder, and where ComfyUI answers then."""

    argv: tuple[str, ...]
    folder: Path

    @property
    def command(self) -> str:
        """In one line."""
        return " ".join(self.argv)


def port_of(settings: ComfySettings) -> int | None:
    """The port on which the command lets ComfyUI listen; None where it does not show."""
    words = settings.command or []
    for word, following in zip(words, [*words[1:], ""], strict=False):
        number = following if word == "--port" else word.removeprefix("--port=")
        if (word == "--port" or word != number) and number.isdigit():
            return int(number)
    return _DEFAULT_PORT if any(Path(word).name == "main.py" for word in words) else None


def address_of(settings: ComfySettings) -> str | None:
    """Where ComfyUI is: `comfy.url`, or where the command lets it listen; None for the usual addresses."""
    port = port_of(settings)
    return settings.url or (f"http://127.0.0.1:{port}" if port else None)


def starts_elsewhere(settings: ComfySettings) -> str:
    """Why the ComfyUI of the command is not the one at `comfy.url`, and so never started; empty where it is."""
    if settings.command is None or settings.url is None:
        return ""
    parts, port = urlsplit(settings.url), port_of(settings)
    if not _is_loopback(parts.hostname or ""):
        return f"comfy.url names another machine ({parts.hostname})"
    if port is not None and (parts.port or 80) != port:
        return f"comfy.url names port {parts.port or 80}, and the command starts ComfyUI on port {port}"
    return ""


def has_command(settings: ComfySettings) -> bool:
    """Whether there is a ComfyUI to start."""
    return settings.command is not None and not starts_elsewhere(settings)


def launch_of(settings: ComfySettings) -> Launch:
    """What `comfy.command` starts.

    Raises:
        LaunchError: a program or folder is not there.
    """
    words = [_expanded(word) for word in settings.command or ()]
    folder = settings.folder or _folder_of(words)
    if not folder.is_dir():
        raise LaunchError(f"the folder {folder} does not exist")
    program = _program(words[0], folder)
    for word in words[1:]:
        if Path(word).name == "main.py" and not (folder / word).is_file():
            raise LaunchError(f"{folder / word} does not exist")
    return Launch((program, *words[1:]), folder)


def _expanded(word: str) -> str:
    """`~` is the user's folder, as in other settings."""
    return str(Path(word).expanduser()) if word.startswith("~") else word


def _folder_of(words: list[str]) -> Path:
    """The folder of main.py, or of a script; else the user's."""
    for word in map(Path, words):
        if word.name == "main.py" or word.suffix.lower() in _SCRIPTS:
            if word.is_absolute():
                return word.parent
            raise LaunchError(
                f"{word} is named without its folder: write its whole path, or set comfy.folder"
            )
    return Path.home()


def _program(name: str, folder: Path) -> str:
    """Found on PATH, or by its path, from the working folder on."""
    path = shutil.which(name) if Path(name).name == name else shutil.which(folder / name)
    if path is None:
        raise LaunchError(f"there is no program {name}")
    return str(path)


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@dataclass(frozen=True, slots=True)
class ComfyLog:
    """What ComfyUI prints, in HOME/logs; the last few files of it are kept. Every call is blocking for a moment."""

    folder: Path
    instance: str = DEFAULT_INSTANCE

    @property
    def path(self) -> Path:
        """The newest file."""
        if self.instance == DEFAULT_INSTANCE:
            return self.folder / LOG_NAME
        return self.folder / f"comfyui-{self.instance}.log"

    def start(self, launch: Launch, now: str) -> Detached:
        """Start it; its output follows a line that says so.

        Raises:
            OSError: it cannot be started.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rotate()
        with self.path.open("a", encoding="utf-8", errors="replace") as log:
            log.write(f"{_START_LINE}{launch.command} in {launch.folder} at {now}\n")
        # Without it Python keeps its last lines until it ends.
        environment = {"PYTHONUNBUFFERED": "1", **os.environ}
        return start_detached(launch.argv, folder=launch.folder, log=self.path, environment=environment)

    def rotate(self) -> None:
        """Begin a new file if this one is long. The old one is copied: ComfyUI has it open, at its end."""
        with suppress(OSError):
            if self.path.stat().st_size < _LOG_BYTES:
                return
            for number in range(_LOG_FILES - 1, 0, -1):
                if (older := self._older(number)).exists():
                    older.replace(self._older(number + 1))
            shutil.copyfile(self.path, self._older(1))
            os.truncate(self.path, 0)

    def tail(self, lines: int) -> list[str]:
        """The last lines since the newest start, as a terminal would show them."""
        try:
            with self.path.open("rb") as log:
                log.seek(max(0, log.seek(0, 2) - _TAIL_BYTES))
                text = log.read().decode("utf-8", "replace")
        except OSError:
            return []
        shown = [
            _ESCAPES.sub("", line.rstrip("\r").rpartition("\r")[2]).rstrip() for line in text.split("\n")
        ]
        starts = [number for number, line in enumerate(shown) if line.startswith(_START_LINE)]
        since = shown[starts[-1] + 1 :] if starts else shown
        return [line[:_LONGEST_LINE] for line in since if line][-lines:]

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
