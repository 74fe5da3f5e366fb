"""`vq roots`: the folders that requests (browser, REST) may name. The command line itself may name any."""

from pathlib import Path
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.session import Session, session_of

app = typer.Typer(help="The folders that requests may name.", no_args_is_help=True)

_Folders = Annotated[list[Path], typer.Argument(metavar="FOLDER")]


@app.command()
def ls(ctx: typer.Context) -> int:
    """List them; before any is set: your home, vq's home, the outputs and other drives.

    \b
    Example:
      vq roots ls
    """
    return _show(session_of(ctx))


@app.command()
def add(ctx: typer.Context, folders: _Folders) -> int:
    """Allow requests to name these folders and what lies below. A running server heeds it at once.

    \b
    Example:
      vq roots add /mnt/footage
    """
    session = session_of(ctx)
    named = [_existing(folder) for folder in folders]
    return _change(session, [*_current(session), *named])


@app.command()
def rm(ctx: typer.Context, folders: _Folders) -> int:
    """Take folders out again; files stay where they are.

    \b
    Example:
      vq roots rm /mnt/footage
    """
    session = session_of(ctx)
    gone = {folder.absolute() for folder in folders}
    if unknown := gone - set(_current(session)):
        from video_queue.domain.catalogue import fail

        raise fail("not_found.root", path=str(sorted(unknown)[0]))
    return _change(session, [folder for folder in _current(session) if folder not in gone])


def _current(session: Session) -> list[Path]:
    return session.settings().allowed_roots


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        from video_queue.domain.catalogue import fail

        raise fail("input_missing.folder", path=str(folder))
    return folder.absolute()


def _change(session: Session, folders: list[Path]) -> int:
    """Write them, by the server where one runs, so that it applies them at once."""
    client = session.client()
    if not client.serves:
        session.settings().ensure_home()
    client.change_settings({"roots": [str(folder) for folder in dict.fromkeys(folders)]})
    return _show(session)


def _show(session: Session) -> int:
    folders = [str(folder) for folder in _current(session)]
    session.console.answer({"items": folders}, folders)
    return exit_codes.OK
