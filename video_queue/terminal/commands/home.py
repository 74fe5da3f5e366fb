"""Commands about the home itself: `doctor`, `config`, `db check`, `db backup`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.flags.text_file import write_named
from video_queue.terminal.session import Session, session_of

T = TypeVar("T")

db_app = typer.Typer(help="Look after the database.", rich_markup_mode=None, add_completion=False)


def doctor(
    ctx: typer.Context,
    bundle: Annotated[
        Path | None,
        typer.Option(metavar="FILE.zip", help="Write what a bug report needs instead; secrets are masked."),
    ] = None,
) -> int:
    """Check everything that video_queue needs; each line says what to do. Exit 1 when something fails.

    A bundle holds the checks, versions, counts, settings and the end of the log; no prompts and no files.

    \b
    Examples:
      vq doctor
      vq doctor --bundle report.zip
    """
    session = session_of(ctx)
    if bundle is not None:
        write_named(bundle, session.client().bundle())
        session.console.answer({"path": str(bundle.absolute())}, [str(bundle.absolute())])
        return exit_codes.OK
    checks = session.client().doctor()
    lines = []
    for item in checks:
        lines.append(f"{item['state']:4}  {item['name']}: {item['message']}")
        lines += [f"      {item['fix']}"] if item["fix"] else []
    session.console.answer({"items": checks, "next_cursor": None}, lines)
    return exit_codes.FAILED if any(item["state"] == "fail" for item in checks) else exit_codes.OK


def clean(
    ctx: typer.Context,
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="work, logs, thumbnails, uploads or backups; none: all."),
    ] = None,
    days: Annotated[
        float | None, typer.Option(min=0, help="Those of so many days; none: as keep.* says. 0 is all.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list them.")] = False,
) -> int:
    """Remove what nothing needs any more: old working files, logs, thumbnails, uploads and copies.

    A server does this by itself once a day. Outputs and jobs stay. A phase whose working files are gone is run again
    when it is needed.

    \b
    Examples:
      vq clean --dry-run
      vq clean
      vq clean --kind work --days 0
    """
    session = session_of(ctx)
    cleaning = session.client().clean({"kinds": kind or [], "days": days, "dry_run": dry_run})
    if session.console.as_json:
        session.console.emit(cleaning)
        return exit_codes.OK
    for item in cleaning["items"]:
        session.console.data(f"{item['bytes'] / 1e6:9.1f} MB  {item['path']}  ({item['reason']})")
    session.console.note(f"{cleaning['bytes'] / 1e6:.1f} MB {'would be freed' if dry_run else 'freed'}")
    return exit_codes.OK


def config(
    ctx: typer.Context,
    key: Annotated[str | None, typer.Argument(help="A setting, such as comfy.url.")] = None,
    value: Annotated[str | None, typer.Argument(help="Its new value in vq.toml; '' takes it out.")] = None,
) -> int:
    """Show every setting and where it came from, or set one in the home's vq.toml.

    \b
    Examples:
      vq config
      vq config comfy.url
      vq config comfy.url http://127.0.0.1:8188
    """
    session = session_of(ctx)
    settings = session.settings()
    if value is not None and key is not None:
        from video_queue.settings import load_settings, write_setting

        # Refuses what is not a setting or not its value.
        load_settings(session.home, {key: value or None}, {})
        settings.ensure_home()
        write_setting(settings.settings_path, key, _typed(value) if value else None)
        settings = session.settings()
        session.console.note("A running server takes it up when it is started again.")
    shown = [item for item in settings.described() if key in (None, item["key"])]
    if not shown:
        from video_queue.domain.catalogue import fail

        detail, origin = "there is no such setting", "the command line"
        raise fail("validation.setting", name=key, detail=detail, origin=origin)
    lines = (f"{item['key']} = {json.dumps(item['value'])}  ({item['origin']})" for item in shown)
    session.console.answer({"home": str(settings.home), "items": shown}, lines)
    if not session.console.as_json:
        session.console.note(f"home: {settings.home}")
    return exit_codes.OK


@db_app.command()
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


@db_app.command()
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


def _read(session: Session, fn: Callable[[Any], T]) -> T:
    """Run a statement on the home's database, beside a server too: reading never disturbs it."""
    from video_queue.domain.catalogue import fail
    from video_queue.terminal.client.local import read_database

    settings = session.settings()
    if not settings.db_path.exists():
        raise fail("not_found.database", path=str(settings.db_path))
    return read_database(settings, fn)


def _typed(text: str) -> str | int | float | bool | list[str]:
    """A value as TOML has it: numbers, booleans and JSON lists keep their kind."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | float | bool | list) else text
