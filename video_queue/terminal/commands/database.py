"""`vq db`: check the database, copy it, put a copy in its place, make its file smaller."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.flags.completion import complete_backup
from video_queue.terminal.session import Session, session_of
from video_queue.terminal.show.tables import moment

T = TypeVar("T")
_LOCK_SECONDS = 10.0  # another command may hold it for a moment

app = typer.Typer(help="Look after the database.", rich_markup_mode=None, add_completion=False)


@app.command()
def check(ctx: typer.Context) -> int:
    """Check the database for damage. Exit 1 when there is some.

    \b
    Example:
      vq db check
    """
    from video_queue.db.soundness import check as check_database

    session = session_of(ctx)
    damage = _read(session, check_database)
    session.console.answer({"ok": not damage, "problems": damage}, damage or ["the database is sound"])
    return exit_codes.FAILED if damage else exit_codes.OK


@app.command()
def backup(
    ctx: typer.Context,
    target: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="None: a dated one in home/backups.")
    ] = None,
) -> int:
    """Copy the database, while it is in use too.

    \b
    Examples:
      vq db backup
      vq db backup /mnt/nas/vq.db
    """
    from video_queue.db.backup import backup as copy_database
    from video_queue.db.backup import rolling_backup
    from video_queue.services.clock import Clock

    session = session_of(ctx)
    if target is not None:
        path = target.absolute()
        _read(session, lambda conn: copy_database(conn, path))
    else:
        folder = session.settings().backups_dir
        path = _read(session, lambda conn: rolling_backup(conn, folder, now=Clock().iso()))
    session.console.answer({"path": str(path)}, [str(path)])
    return exit_codes.OK


@app.command()
def restore(
    ctx: typer.Context,
    copy: Annotated[
        str | None,
        typer.Argument(
            metavar="BACKUP",
            help="A file, or a name of the list; none: list them.",
            autocompletion=complete_backup,
        ),
    ] = None,
) -> int:
    """Put a copy in the place of the database, or list the copies. Needs the home for itself: stop vq serve first.

    The copy is checked before; the present database is kept beside. Outputs stay as they are.

    \b
    Examples:
      vq db restore
      vq db restore vq-20260131220000.db
      vq db restore /mnt/nas/vq.db
    """
    session = session_of(ctx)
    return _list(session) if copy is None else _restore(session, copy)


@app.command()
def vacuum(ctx: typer.Context) -> int:
    """Give back to the disk what deleted jobs have left free in the database.

    A server does this by itself, in steps beside the work, once much is free. Without one the database is written anew.

    \b
    Example:
      vq db vacuum
    """
    session = session_of(ctx)
    if session.find_connection() is not None:
        freed = int(session.writing_client().vacuum()["freed"])
    else:
        freed = _rebuild(session)
    session.console.answer({"freed": freed}, [f"{freed / 1e6:.1f} MB given back"])
    return exit_codes.OK


def _rebuild(session: Session) -> int:
    """Write the database anew, with the home's lock; by how many bytes it is smaller."""
    from video_queue.db.vacuum import rebuild
    from video_queue.domain.catalogue import fail
    from video_queue.system.home.lock import HomeLock

    path = session.settings().db_path
    if not path.exists():
        raise fail("not_found.database", path=str(path))
    lock = HomeLock.acquire(session.settings().home, timeout=_LOCK_SECONDS)
    try:
        before = path.stat().st_size
        rebuild(path)
        return max(0, before - path.stat().st_size)
    finally:
        lock.release()


def _list(session: Session) -> int:
    files = sorted(session.settings().backups_dir.glob("*.db"), key=lambda file: -file.stat().st_mtime)
    copies = [
        {"name": file.name, "path": str(file), "bytes": file.stat().st_size, "at": _moment(file)}
        for file in files
    ]
    session.console.answer_list(
        copies,
        ("NAME", "MADE", "SIZE"),
        lambda item: [item["name"], moment(item["at"]), f"{item['bytes'] / 1e6:.1f} MB"],
    )
    if not copies:
        session.console.note(f"No copies in {session.settings().backups_dir}. vq db backup makes one.")
    return exit_codes.OK


def _restore(session: Session, name: str) -> int:
    from video_queue.db.backup import stamp
    from video_queue.db.restoring import require_restorable, restore
    from video_queue.services.clock import Clock
    from video_queue.system.home.lock import HomeLock
    from video_queue.system.home.server_info import read_server_info

    settings = session.settings()
    listed = settings.backups_dir / name
    source = listed if listed.parent == settings.backups_dir and listed.is_file() else Path(name).absolute()
    settings.ensure_home()
    lock = HomeLock.acquire(settings.home, timeout=0 if read_server_info(settings.home) else _LOCK_SECONDS)
    try:
        require_restorable(source)
        kept = _unused(settings.home / f"{settings.db_path.stem}-replaced-{stamp(Clock().iso())}.db")
        restore(source, settings.db_path, kept)
    finally:
        lock.release()
    answer = {"restored": str(source), "kept": str(kept) if kept.exists() else None}
    session.console.answer(answer, [f"{settings.db_path} is {source} now"])
    if kept.exists() and not session.console.as_json:
        session.console.note(f"the database of before: {kept}")
    return exit_codes.OK


def _unused(path: Path) -> Path:
    names = (path, *(path.with_stem(f"{path.stem}-{number}") for number in range(2, 1000)))
    return next(name for name in names if not name.exists())


def _moment(file: Path) -> str:
    from datetime import UTC, datetime

    return (
        datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )


def _read(session: Session, fn: Callable[[Any], T]) -> T:
    """Run a statement on the home's database, beside a server too: reading never disturbs it."""
    from video_queue.domain.catalogue import fail
    from video_queue.terminal.client.local import read_database

    settings = session.settings()
    if not settings.db_path.exists():
        raise fail("not_found.database", path=str(settings.db_path))
    return read_database(settings, fn)
