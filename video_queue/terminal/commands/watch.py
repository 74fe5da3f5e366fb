"""`vq watch`: folders whose new files become jobs by themselves."""

import sys
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Client, Json
from video_queue.terminal.flags.body import absolute, build_submission, with_preset
from video_queue.terminal.flags.completion import complete_watch, complete_workflow
from video_queue.terminal.flags.options import SubmissionFlags, field_names
from video_queue.terminal.flags.preset import read_preset
from video_queue.terminal.flags.watch_options import WatchFlags, taking_watch_changes, taking_watch_flags
from video_queue.terminal.session import Session, session_of
from video_queue.terminal.show import watches as show

app = typer.Typer(help="Watch folders: what is dropped there becomes jobs.", no_args_is_help=True)

_Watch = Annotated[
    str,
    typer.Argument(
        metavar="WATCH", help="Its number or its folder (vq watch ls).", autocompletion=complete_watch
    ),
]
_Workflow = Annotated[
    str,
    typer.Option(
        "-w",
        "--workflow",
        metavar="NAME",
        help="The workflow for each file.",
        autocompletion=complete_workflow,
    ),
]
_OtherWorkflow = Annotated[
    str,
    typer.Option(
        "-w",
        "--workflow",
        metavar="NAME",
        help="Another workflow; the values of the one before go.",
        autocompletion=complete_workflow,
    ),
]


@app.command()
@taking_watch_flags
def add(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to watch.")],
    workflow: _Workflow,
    flags: SubmissionFlags,
    rules: WatchFlags,
) -> int:
    """Watch a folder. A running vq serve takes its files from now on.

    \b
    Examples:
      vq watch add ~/drop -w transcode
      vq watch add ~/drop -w restyle -p prompt=rain --recursive --after move
      vq watch add /mnt/renders -w encode --unit sequence --hours 22:00-07:00
      vq watch add ~/inbox -w transcode --existing skip --max-new 20
    """
    session = session_of(ctx)
    preset = _for_watch(read_preset(session, workflow, flags.preset))
    submission = build_submission(cache(lambda: session.client().workflow(workflow)), flags, preset)
    watch = {"path": absolute(folder), "submission": submission, **rules.fields()}
    client = session.writing_client()
    added = _add(session, client, watch)
    if not session.console.as_json and not client.serves:
        session.console.note("Nothing is taken before vq serve or vq watch run runs.")
    return _print(session, added)


def _add(session: Session, client: Client, watch: Json) -> Json:
    """Add it; on a terminal ask what becomes of files that lie there."""
    from video_queue.domain.errors import VqError

    try:
        return client.add_watch(watch)
    except VqError as error:
        places = [problem["loc"] for problem in error.details.get("problems", [])]
        if places != [["existing"]] or session.console.as_json or not sys.stdin.isatty():
            raise
        session.console.note(error.message)
    choice = typer.prompt("Leave them alone (skip) or make jobs of them (take)?", default="skip", err=True)
    return client.add_watch({**watch, "existing": choice})


@app.command()
@taking_watch_changes
def edit(
    ctx: typer.Context,
    watch: _Watch,
    flags: SubmissionFlags,
    rules: WatchFlags,
    workflow: _OtherWorkflow = "",  # noqa: ARG001 - it is one of the flags
) -> int:
    """Change what a watch does; what is left out stays, what is empty is taken away. Files that wait are judged again.

    \b
    Examples:
      vq watch edit 1 --max-new 20 --hours 22:00-07:00
      vq watch edit ~/drop -p prompt=snow --priority 5
      vq watch edit 1 --hours "" --max-new 0 --exclude ""
      vq watch edit 1 -w transcode
    """
    session = session_of(ctx)
    client = session.writing_client()
    number = _number(client, watch)
    typed = {name for name in ctx.params if str(ctx.get_parameter_source(name)).endswith("COMMANDLINE")}
    changes = rules.changes(typed)
    if typed & set(field_names(SubmissionFlags)):
        submissions = {item["id"]: item["submission"] for item in client.watches()}
        changes["submission"] = _edited(client, submissions.get(number, {}), flags)
    return _print(session, client.edit_watch(number, changes))


def _for_watch(preset: Json | None) -> Json | None:
    """A preset without what is of one submission: a watch has `--hours`, and no pilot."""
    return preset and {key: value for key, value in preset.items() if key not in ("not_before", "limit")}


def _edited(client: Client, before: Json, flags: SubmissionFlags) -> Json:
    """A watch's submission with what the flags say; another workflow begins with values of its own."""
    workflow = flags.workflow or before.get("workflow", "")
    preset = _for_watch(client.preset(workflow, flags.preset) if flags.preset else None)
    said = build_submission(cache(lambda: client.workflow(workflow)), flags, preset)
    if flags.workflow not in ("", before.get("workflow")):
        return said
    return {**with_preset(before, said), "workflow": workflow}


@app.command()
def ls(ctx: typer.Context) -> int:
    """List the watched folders: how many files wait, how many are worked, done or failed so far.

    \b
    Example:
      vq watch ls
    """
    session = session_of(ctx)
    session.console.answer_list(session.client().watches(), show.WATCH_HEADINGS, show.watch_row)
    return exit_codes.OK


@app.command()
def files(
    ctx: typer.Context,
    watch: _Watch,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="waiting, taken, ignored, failed or gone.")
    ] = None,
) -> int:
    """List the files of a watch: their states, the rules that decided, their jobs.

    \b
    Examples:
      vq watch files 1
      vq watch files ~/drop --state waiting
    """
    session = session_of(ctx)
    client = session.client()
    items = list(client.watch_files(_number(client, watch), state))
    session.console.answer_list(items, show.FILE_HEADINGS, show.file_row)
    return exit_codes.OK


@app.command()
def rm(ctx: typer.Context, watch: _Watch) -> int:
    """Watch a folder no more. Files and jobs stay.

    \b
    Example:
      vq watch rm 1
    """
    session = session_of(ctx)
    client = session.writing_client()
    number = _number(client, watch)
    client.remove_watch(number)
    session.console.answer({"removed": number}, [f"watch {number} removed"])
    return exit_codes.OK


@app.command()
def pause(ctx: typer.Context, watch: _Watch) -> int:
    """Take nothing from a folder until vq watch resume.

    \b
    Example:
      vq watch pause ~/drop
    """
    return _act(session_of(ctx), watch, "pause")


@app.command()
def resume(ctx: typer.Context, watch: _Watch) -> int:
    """Go on; what came meanwhile is taken.

    \b
    Example:
      vq watch resume 1
    """
    return _act(session_of(ctx), watch, "resume")


@app.command()
def scan(ctx: typer.Context, watch: _Watch) -> int:
    """Read a folder now instead of with the next hint.

    \b
    Example:
      vq watch scan 1
    """
    return _act(session_of(ctx), watch, "scan")


@app.command()
def why(ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE")]) -> int:
    """Why a file is taken or not: the rule that decided, and what would change that.

    \b
    Example:
      vq watch why ~/drop/clip.mp4
    """
    session = session_of(ctx)
    answer = session.client().why(absolute(file))
    session.console.answer(answer, show.why_lines(answer))
    return exit_codes.OK if answer["watch"] is not None else exit_codes.NOT_FOUND


@app.command()
def run(
    ctx: typer.Context,
    comfy: Annotated[str | None, typer.Option(metavar="URL", help="Where ComfyUI is.")] = None,
) -> int:
    """Watch the folders and work what they bring, here and without a server, until Ctrl-C.

    \b
    Example:
      vq watch run
    """
    from video_queue.terminal.serving.foreground import watch_and_work

    return watch_and_work(session_of(ctx), comfy=comfy)


def _act(session: Session, watch: str, action: str) -> int:
    client = session.writing_client()
    return _print(session, client.act_on_watch(_number(client, watch), action))


def _number(client: Client, text: str) -> int:
    """The number of a watch that is named by it or by its folder."""
    from video_queue.domain.catalogue import fail

    if text.isascii() and text.isdigit():
        return int(text)
    folder = absolute(text)
    for watch in client.watches():
        if watch["path"] == folder:
            return int(watch["id"])
    raise fail("not_found.watch", id=text)


def _print(session: Session, watch: Json) -> int:
    session.console.answer(watch, show.watch_lines(watch))
    return exit_codes.OK
