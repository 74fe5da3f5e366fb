"""Commands that read: `ls`, `show`, `log`, `outputs`, `status`. None of them locks anything."""

from typing import Annotated

import typer

from video_queue.domain.states import JobState
from video_queue.terminal import exit_codes
from video_queue.terminal.client import references
from video_queue.terminal.client.client import Json
from video_queue.terminal.flags.completion import (
    choices,
    complete_filter,
    complete_id,
    complete_phase,
    complete_tag,
    complete_workflow,
)
from video_queue.terminal.session import Session, session_of
from video_queue.terminal.show import tables

_SHOWN_PROMPTS = 20
_Id = Annotated[
    str, typer.Argument(metavar="ID", help="A job (12) or a prompt (12.3).", autocompletion=complete_id)
]
_Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="WORD",
        help="state:S, workflow:W, tag:T, batch:N, is:archived, or text.",
        autocompletion=complete_filter,
    ),
]
_States = Annotated[
    list[str] | None,
    typer.Option(
        metavar="STATE",
        help="queued, running, review, partial, succeeded, failed ...",
        autocompletion=choices(*JobState),
    ),
]


def ls(
    ctx: typer.Context,
    words: _Words = None,
    state: _States = None,
    workflow: Annotated[
        str | None,
        typer.Option("-w", "--workflow", help="Only this workflow's.", autocompletion=complete_workflow),
    ] = None,
    tag: Annotated[
        str | None, typer.Option(help="Only those with this tag.", autocompletion=complete_tag)
    ] = None,
    search: Annotated[
        str | None, typer.Option("-s", "--search", help="Text in name, note or workflow.")
    ] = None,
    queue: Annotated[bool, typer.Option("--queue", help="In the order in which they will run.")] = False,
    archived: Annotated[bool, typer.Option("--archived", help="Those that were archived.")] = False,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=500, help="How many.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Go on after this `next_cursor`.")] = None,
) -> int:
    """List jobs, newest first.

    \b
    Examples:
      vq ls
      vq ls state:failed,partial workflow:restyle night
      vq ls --state failed --workflow restyle
      vq ls --queue
      vq ls --json | jq '.items[].id'
    """
    session = session_of(ctx)
    query = _query(words or [], state or [], workflow, tag, search, archived)
    query |= {"limit": limit, "cursor": cursor, "sort": "queue" if queue else "newest"}
    _print_jobs(session, session.client().jobs(query))
    return exit_codes.OK


def _query(
    words: list[str],
    states: list[str],
    workflow: str | None,
    tag: str | None,
    search: str | None,
    archived: bool,
) -> Json:
    """What the words and the flags filter by; a flag wins, states add up."""
    # Here, so that `vq --help` does not load the error catalogue.
    from video_queue.domain.filter_words import filter_query

    by_words = filter_query(words)
    more = [part for text in states for part in text.split(",") if part]
    return {
        "state": [*by_words.get("state", []), *more] or None,
        "workflow": workflow or by_words.get("workflow"),
        "tag": tag or by_words.get("tag"),
        "q": " ".join(filter(None, (by_words.get("q"), search))) or None,
        "since": by_words.get("since"),
        "cause": by_words.get("cause"),
        "batch": by_words.get("batch"),
        "archived": archived or by_words.get("archived"),
    }


def _print_jobs(session: Session, page: Json) -> None:
    if session.console.as_json:
        session.console.emit(page)
        return
    session.console.table(tables.JOB_HEADINGS, [tables.job_row(job) for job in page["items"]])
    if not page["items"]:
        session.console.note("No jobs. Submit one with vq submit WORKFLOW FILE.")
    elif page["next_cursor"]:
        session.console.note(f"There are more: --cursor '{page['next_cursor']}' or --limit.")


def show_(ctx: typer.Context, id_: _Id) -> int:
    """Show a job or a prompt: where it stands, what it was given, what went wrong.

    \b
    Examples:
      vq show 12
      vq show 12.3
      vq show 12 --json
    """
    session = session_of(ctx)
    reference, client, console = references.checked(id_), session.client(), session.console
    is_prompt = references.is_prompt(reference)
    subject = client.prompt(reference) if is_prompt else client.job(reference)
    console.answer(subject, tables.prompt_lines(subject) if is_prompt else tables.job_lines(subject))
    if is_prompt or console.as_json:
        return exit_codes.OK
    prompts = [prompt for prompt, _ in zip(client.prompts(reference), range(_SHOWN_PROMPTS), strict=False)]
    console.table(tables.PROMPT_HEADINGS, [tables.prompt_row(prompt) for prompt in prompts])
    if (total := sum(subject["counts"].values())) > len(prompts):
        console.note(f"... and {total - len(prompts)} more prompts")
    return exit_codes.OK


def log(
    ctx: typer.Context,
    id_: _Id,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until it is finished.")] = False,
    phase: Annotated[
        str | None, typer.Option(help="Only this phase (of a prompt).", autocompletion=complete_phase)
    ] = None,
    tail: Annotated[int | None, typer.Option("-n", "--tail", min=1, help="Only the last lines.")] = None,
) -> int:
    """Print the log of a job or a prompt.

    \b
    Examples:
      vq log 12.3
      vq log 12.3 --phase render --tail 50
      vq log 12 -f
    """
    session = session_of(ctx)
    reference = references.checked(id_)
    if follow:
        from video_queue.terminal.show.waiting import follow_log

        return follow_log(session, reference, phase)
    text = session.client().log(reference, phase, tail)
    if session.console.as_json:
        session.console.emit({"id": reference, "log": text})
    elif text:
        session.console.data(text.removesuffix("\n"))
    else:
        session.console.note("Nothing was logged yet.")
    return exit_codes.OK


def outputs(ctx: typer.Context, id_: _Id) -> int:
    """Print the paths of the published files, one a line.

    \b
    Examples:
      vq outputs 12
      vq outputs 12 --json | jq -r '.items[].sha256'
    """
    session = session_of(ctx)
    reference, client = references.checked(id_), session.client()
    if references.is_prompt(reference):
        files = [file for file in client.prompt(reference)["artifacts"] if file["role"] == "output"]
    else:
        files = list(client.outputs(reference))
    session.console.answer({"items": files, "next_cursor": None}, [file["path"] for file in files])
    if not files and not session.console.as_json:
        session.console.note("Nothing was published yet.")
    return exit_codes.OK


def status(
    ctx: typer.Context,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and draw it again as things happen; q leaves.")
    ] = False,
) -> int:
    """Show the whole queue on one screen.

    \b
    Examples:
      vq status
      vq status --watch
      vq status --json
    """
    session = session_of(ctx)
    if watch:
        from video_queue.terminal.show.screen import watch_queue

        return watch_queue(session)
    client = session.client()
    queue = client.queue()
    session.console.answer(queue, tables.queue_lines(queue, serves=client.serves))
    return exit_codes.OK
