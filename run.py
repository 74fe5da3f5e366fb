#!/usr/bin/env python3
"""The two commands of the README, on a fresh machine with nothing but Python 3.11 or newer:

    python3 run.py demo      make an environment, run the main job on clips it makes itself
    python3 run.py test      make an environment, install what the tests need, run every check

Anything after the command is handed on (to `vq demo` or to pytest). Only the standard library is used here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
CHROMIUMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def main() -> int:
    """Run one of the two commands; its exit status."""
    command, rest = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if sys.version_info < (3, 11):
        sys.exit(f"video_queue needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    if command == "demo":
        make_environment("")
        return run(PYTHON, "-m", "video_queue", "demo", *rest)
    if command == "test":
        make_environment("[test]")
        install_browser()
        return test(rest)
    sys.stdout.write(str(__doc__))
    return 2


def test(rest: list[str]) -> int:
    """Style, layers, types for all three platforms, then the tests, whose summary is the last line."""
    checks: list[tuple[str | Path, ...]] = [
        (BIN / "ruff", "check", "."),
        (BIN / "ruff", "format", "--check", "."),
        (BIN / "lint-imports",),
        *((BIN / "mypy", "--platform", platform) for platform in ("linux", "darwin", "win32")),
    ]
    for check in checks:
        if status := run(*check):
            return status
    # Neighbours stay together, so that what a file shares is made once; a worker without work takes from the others.
    # A third of the time of a test is spent waiting (for a process, a timer, a disk): three for two processors.
    return run(PYTHON, "-m", "pytest", "-n", "3", "--dist", "worksteal", "-q", *rest)


def make_environment(extra: str) -> None:
    """A virtual environment beside this file with video_queue installed in it; made again when it changed."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + extra.encode()).hexdigest()
    stamp = VENV / f"installed{extra}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        say(f"Making an environment in {VENV}")
        make_venv()
    what = (
        "what the tests need" if extra else "ffmpeg, and the libraries for pictures and sound: about 135 MB"
    )
    say(f"Fetching video_queue's packages ({what}), this once")
    must(PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-q", "-e", f"{ROOT}{extra}")
    stamp.write_text(wanted)


def make_venv() -> None:
    """A virtual environment; Debian keeps what it takes in a package of its own."""
    if run(sys.executable, "-c", "import ensurepip, venv"):
        install_packages(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    must(sys.executable, "-m", "venv", VENV)


def install_browser() -> None:
    """A Chromium for the tests of the page, and what Playwright needs to drive it, where they are not there yet."""
    found = any(shutil.which(name) for name in CHROMIUMS)
    if shutil.which("apt-get"):
        missing = [] if found else ["chromium", "fonts-dejavu-core"]
        if run(PYTHON, "-m", "playwright", "--version"):  # its Node.js finds no libatomic on a bare Debian
            missing.append("libatomic1")
        if missing:
            install_packages(*missing)
    elif not found:
        say("Fetching Chromium for the tests of the page")
        must(PYTHON, "-m", "playwright", "install", "chromium")


def install_packages(*names: str) -> None:
    """Debian packages, as root or through sudo."""
    if not shutil.which("apt-get"):
        sys.exit(f"please install {' '.join(names)} and run this again")
    sudo = [] if getattr(os, "geteuid", lambda: 0)() == 0 else ["sudo"]
    say(f"Fetching {' '.join(names)} from Debian")
    must(*sudo, "apt-get", "update", "-q")
    must(*sudo, "apt-get", "install", "-y", "-q", "--no-install-recommends", *names)


def say(text: str) -> None:
    """Tell what takes a while, before it does."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def run(*command: str | Path) -> int:
    """Run a program in the project's folder; its exit status."""
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode


def must(*command: str | Path) -> None:
    """Run a program, and stop here if it fails."""
    if status := run(*command):
        sys.exit(status)


if __name__ == "__main__":
    sys.exit(main())
