"""`vq service`: have `vq serve` started by the system at every login."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.session import Session, session_of

if TYPE_CHECKING:
    from video_queue.system.autostart import Autostart

app = typer.Typer(help="Start vq serve at every login.", rich_markup_mode=None, add_completion=False)

_DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the file and the commands; change nothing.")]
_SECONDS = 120.0


@app.command()
def install(ctx: typer.Context, dry_run: _DryRun = False) -> int:
    """Register vq serve with the system and start it: systemd (user unit), launchd (agent) or Windows (task).

    It is of this home and this Python. Settings are those of vq.toml; variables of this shell are not seen by it.

    \b
    Examples:
      vq service install --dry-run
      vq service install
      vq --home /data/renders service install
    """
    from video_queue.system.home.server_info import read_server_info

    session = session_of(ctx)
    autostart = _autostart(session)
    if dry_run:
        return _print_plan(session, autostart, autostart.install, autostart.text)
    settings = session.settings()
    settings.ensure_home()
    _note_variables(session)
    running = read_server_info(settings.home)
    _register(autostart)
    if running is not None:
        session.console.note(
            f"A server runs already (pid {running.pid}); the service takes over when it ends."
        )
    if sys.platform.startswith("linux"):
        session.console.note("To start before you log in: loginctl enable-linger")
    return _print_state(session, autostart)


@app.command()
def uninstall(ctx: typer.Context, dry_run: _DryRun = False) -> int:
    """Stop the service and take it out again. The home stays as it is.

    \b
    Example:
      vq service uninstall
    """
    session = session_of(ctx)
    autostart = _autostart(session)
    if dry_run:
        return _print_plan(session, autostart, (*autostart.uninstall, *autostart.after), "")
    if not autostart.file.exists():
        from video_queue.domain.catalogue import fail

        raise fail("not_found.service", name=autostart.name)
    for command in autostart.uninstall:
        _run(command)
    autostart.file.unlink(missing_ok=True)
    for command in autostart.after:
        _run(command)
    session.console.answer({"removed": autostart.name}, [f"{autostart.name} removed"])
    return exit_codes.OK


@app.command()
def status(ctx: typer.Context) -> int:
    """Say whether the service is installed and active; exit 3 when it is not installed.

    \b
    Example:
      vq service status
    """
    session = session_of(ctx)
    autostart = _autostart(session)
    return _print_state(session, autostart)


def _autostart(session: Session) -> Autostart:
    from video_queue.settings import resolve_home
    from video_queue.system.autostart import of_platform

    home, named = resolve_home(session.home, os.environ)
    return of_platform(sys.platform, sys.executable, home, named=named)


def _register(autostart: Autostart) -> None:
    """Write the file and run the commands; where one fails, no new file stays."""
    is_new = not autostart.file.exists()
    if not is_new and _is_active(autostart.is_active):
        for command in autostart.uninstall:
            _run(command)
    autostart.file.parent.mkdir(parents=True, exist_ok=True)
    autostart.file.write_bytes(autostart.content)
    try:
        for command in autostart.install:
            _run(command)
    except Exception:
        if is_new:
            autostart.file.unlink(missing_ok=True)
        raise


def _print_plan(session: Session, autostart: Autostart, commands: tuple[list[str], ...], text: str) -> int:
    plan = {"name": autostart.name, "file": str(autostart.file), "text": text, "commands": list(commands)}
    session.console.answer(plan, [text.rstrip("\n")] if text else [])
    if not session.console.as_json:
        session.console.note(f"file: {autostart.file}")
        for command in commands:
            session.console.note(f"run: {' '.join(command)}")
    return exit_codes.OK


def _print_state(session: Session, autostart: Autostart) -> int:
    installed = autostart.file.exists()
    active = installed and _is_active(autostart.is_active)
    state = {"name": autostart.name, "file": str(autostart.file), "installed": installed, "active": active}
    words = ("active" if active else "installed, not active") if installed else "not installed"
    session.console.answer(state, [f"{autostart.name}: {words}"])
    return exit_codes.OK if installed else exit_codes.NOT_FOUND


def _is_active(command: list[str]) -> bool:
    import subprocess

    try:
        return not subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False).returncode
    except OSError:
        return False


def _run(command: list[str]) -> None:
    import subprocess

    from video_queue.domain.catalogue import fail

    try:
        result = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except OSError:
        raise fail("not_found.program", name=command[0]) from None
    if result.returncode:
        detail = (result.stderr or result.stdout).strip() or f"exit {result.returncode}"
        raise fail("invalid_state.service", command=" ".join(command), detail=detail)


def _note_variables(session: Session) -> None:
    names = sorted(name for name in os.environ if name.startswith("VQ_") and name != "VQ_HOME")
    if names:
        session.console.note(f"The service does not see {', '.join(names)}: set them with vq config.")
