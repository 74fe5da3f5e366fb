"""Commands that stay: `follow` and `wait`. Both need a server."""

from typing import Annotated

import typer

from video_queue.terminal.client import references
from video_queue.terminal.flags.completion import complete_id
from video_queue.terminal.session import session_of


def follow(
    ctx: typer.Context,
    id_: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="A job; without one: everything.", autocompletion=complete_id),
    ] = None,
) -> int:
    """Watch jobs work: bars on a terminal, one line for each event otherwise.

    With an ID it ends when the job is finished, with the exit code of vq wait.

    \b
    Examples:
      vq follow
      vq follow 12
      vq follow --json
    """
    from video_queue.terminal.show.following import follow_queue

    return follow_queue(session_of(ctx), references.job_only(id_) if id_ else None)


def wait(
    ctx: typer.Context,
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID", help="Jobs (12) or prompts (12.3).", autocompletion=complete_id),
    ],
    timeout: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="Give up after this (exit 124); 90s, 10m, 2h too.")
    ] = None,
) -> int:
    """Stay until jobs are finished: 0 all succeeded, 1 failed or cancelled, 7 partly.

    \b
    Examples:
      vq wait 12
      vq wait 12 13 --timeout 30m && notify-send done
    """
    from video_queue.terminal.show.waiting import wait_for

    return wait_for(session_of(ctx), [references.checked(text) for text in ids], timeout)
