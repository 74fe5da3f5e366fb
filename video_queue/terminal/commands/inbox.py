"""`vq inbox`: list notifications, mark them as read, and try every channel.

Each verb is a REST route; with a server or without one it does the same.
"""

from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.session import Session, session_of
from video_queue.terminal.show.tables import moment


def inbox(
    ctx: typer.Context,
    show_all: Annotated[bool, typer.Option("--all", "-a", help="Those that were read, too.")] = False,
    mark_read: Annotated[bool, typer.Option("--read", help="Mark what is shown as read.")] = False,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=1000, help="How many.")] = 50,
    test: Annotated[
        bool, typer.Option("--test", help="Send a test by every channel of notify.*; show nothing else.")
    ] = False,
) -> int:
    """List what happened and was not read yet, newest first.

    \b
    Examples:
      vq inbox
      vq inbox --read
      vq inbox --all -n 200 --json
      vq inbox --test
    """
    session = session_of(ctx)
    if test:
        return _test(session)
    page = session.client().notifications({"unread": None if show_all else True, "limit": limit})
    _print(session, page)
    if mark_read and page["items"]:
        session.client().mark_all_read(page["items"][0]["id"])
    return exit_codes.OK


def _print(session: Session, page: Json) -> None:
    if session.console.as_json:
        session.console.emit(page)
        return
    for item in page["items"]:
        mark = " " if item["read"] else "*"
        session.console.data(f"{mark} {moment(item['at'])}  {item['title']}. {item['text']}")
    if not page["items"]:
        session.console.note("Nothing new. vq inbox --all lists what was read.")


def _test(session: Session) -> int:
    results = session.client().test_notifications()
    lines = (f"{result['channel']}: {result['error'] or 'sent'}" for result in results)
    session.console.answer({"items": results, "next_cursor": None}, lines)
    if not results:
        session.console.note("No channel is set. See vq config notify.urls and docs/notifications.md.")
    return exit_codes.FAILED if any(result["error"] for result in results) else exit_codes.OK
