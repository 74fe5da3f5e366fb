"""Commands about the home itself: `doctor`, `clean`, `config`."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.flags.completion import choices, complete_setting
from video_queue.terminal.flags.text_file import write_named
from video_queue.terminal.session import Session, session_of

_NO_SETTINGS = b"# vq config lists all settings; a line is written as: media_jobs = 2\n"


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
        typer.Option(
            metavar="KIND",
            help="work, logs, thumbnails, proxies, uploads or backups; none: all these. Or history: finished jobs.",
            autocompletion=choices("work", "logs", "thumbnails", "proxies", "uploads", "backups", "history"),
        ),
    ] = None,
    days: Annotated[
        float | None, typer.Option(min=0, help="Those of so many days; none: as keep.* says. 0 is all.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list them.")] = False,
) -> int:
    """Remove what nothing needs any more: old working files, logs, thumbnails, proxies, uploads and copies.

    A server does this by itself once a day. Outputs stay, and so do jobs, unless keep.history_days or --kind history
    says otherwise. A phase whose working files are gone is run again when it is needed.

    \b
    Examples:
      vq clean --dry-run
      vq clean
      vq clean --kind work --days 0
      vq clean --kind history --days 180
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
    key: Annotated[
        str | None,
        typer.Argument(
            help="A setting, such as comfy.url; edit opens vq.toml.", autocompletion=complete_setting
        ),
    ] = None,
    value: Annotated[str | None, typer.Argument(help="Its new value in vq.toml; '' takes it out.")] = None,
) -> int:
    """Show every setting and where it came from, or set one in the home's vq.toml.

    vq config edit opens the file in your editor ($VISUAL, $EDITOR); it is checked before it is taken.

    \b
    Examples:
      vq config
      vq config comfy.url
      vq config comfy.url http://127.0.0.1:8188
      vq config edit
    """
    session = session_of(ctx)
    if (key, value) == ("edit", None):
        return _edit_settings(session)
    settings = session.settings()
    if value is not None and key is not None:
        from video_queue.settings import load_settings, write_setting

        # Refuses what is not a setting or not its value.
        load_settings(settings.home, {key: value or None}, {})
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


def _edit_settings(session: Session) -> int:
    """A copy is edited; what cannot be used is kept there, and the next edit begins with it."""
    from video_queue.settings import load_settings, resolve_home
    from video_queue.settings.file import SETTINGS_NAME
    from video_queue.terminal.editor import edit_copy

    home, _ = resolve_home(session.home, os.environ)
    path = home / SETTINGS_NAME
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = path.read_bytes() if path.exists() else _NO_SETTINGS
    copy = path.with_name(f"edited-{SETTINGS_NAME}")
    changed = edit_copy(copy, before, lambda: load_settings(home, {}, {}, file=copy))
    if changed:
        copy.replace(path)
    words = "changed" if changed else "unchanged"
    session.console.answer({"path": str(path), "changed": changed}, [f"{path} {words}"])
    if changed:
        session.console.note("A running server takes it up when it is started again.")
    return exit_codes.OK


def _typed(text: str) -> str | int | float | bool | list[str]:
    """A value as TOML has it: numbers, booleans and JSON lists keep their kind."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | float | bool | list) else text
