"""`vq workflow`: what can be submitted, and what is wrong with a workflow file."""

from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.flags.completion import complete_workflow
from video_queue.terminal.session import session_of
from video_queue.terminal.show import tables

app = typer.Typer(
    help="List, show and check workflows.", rich_markup_mode=None, no_args_is_help=False, add_completion=False
)
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name.", autocompletion=complete_workflow)]


@app.command()
def ls(ctx: typer.Context) -> int:
    """List the workflows, broken ones too.

    \b
    Example:
      vq workflow ls
    """
    session = session_of(ctx)
    session.console.answer_list(session.client().workflows(), tables.WORKFLOW_HEADINGS, tables.workflow_row)
    return exit_codes.OK


@app.command("show")
def show_(ctx: typer.Context, name: _Name) -> int:
    """Show a workflow: what it takes, its parameters and phases.

    \b
    Example:
      vq workflow show transcode
    """
    session = session_of(ctx)
    definition = session.client().workflow(name)
    session.console.answer(definition, tables.workflow_lines(definition))
    if not session.console.as_json:
        session.console.table(tables.PARAMETER_HEADINGS, tables.parameter_rows(definition))
    return exit_codes.OK


@app.command()
def check(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="None: all.", autocompletion=complete_workflow)
    ] = None,
) -> int:
    """Check workflow files: every problem with its line and key. Exit 2 when there is one.

    \b
    Examples:
      vq workflow check
      vq workflow check restyle
    """
    session = session_of(ctx)
    workflows = session.client().workflows()
    if names:
        _require_known(names, workflows)
        workflows = [item for item in workflows if item["name"] in names]
    broken = [item for item in workflows if item["problems"]]
    lines: list[str] = []
    for item in workflows:
        lines.append(f"{item['name']}: {'broken' if item['problems'] else 'ok'}")
        lines += [f"  {problem['message']}" for problem in item["problems"]]
    session.console.answer({"items": workflows, "next_cursor": None}, lines)
    return exit_codes.USAGE if broken else exit_codes.OK


@app.command()
def schema(ctx: typer.Context, name: _Name) -> int:
    """Print the JSON Schema of a workflow's parameters.

    \b
    Example:
      vq workflow schema transcode
    """
    session = session_of(ctx)
    session.console.emit(session.client().schema(name))
    return exit_codes.OK


def _require_known(names: list[str], workflows: list[Json]) -> None:
    known = [item["name"] for item in workflows]
    for name in names:
        if name not in known:
            from video_queue.domain.catalogue import fail

            raise fail("unknown_workflow.name", name=name, known=", ".join(known) or "none")
