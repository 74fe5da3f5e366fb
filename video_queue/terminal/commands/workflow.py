"""`vq workflow`: what can be submitted, what is wrong with a workflow file, and new ones from ComfyUI's."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.commands import importing, trying
from video_queue.terminal.flags.completion import complete_workflow
from video_queue.terminal.session import Session, session_of
from video_queue.terminal.show import tables

if TYPE_CHECKING:
    from video_queue.comfy.node_catalogue import ObjectInfo
    from video_queue.services.workflows.conversion import ConvertedFile

app = typer.Typer(
    help="List, show and check workflows.", rich_markup_mode=None, no_args_is_help=False, add_completion=False
)
app.command("import")(importing.import_)
app.command()(importing.new)
app.command("test")(trying.try_once)
app.command()(trying.edit)
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

    Warnings are what ComfyUI, as it answered last, would refuse with the default values.

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
        lines += [f"  warning: {warning['message']}" for warning in item.get("warnings", ())]
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


@app.command()
def convert(
    ctx: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Workflows that ComfyUI's editor saved.")
    ],
    out_dir: Annotated[Path, typer.Option("--out-dir", metavar="DIR", help="Where the converted files go.")],
    object_info: Annotated[
        Path | None,
        typer.Option(
            "--object-info", metavar="FILE", help="Answer of GET /object_info. None: ComfyUI's last one."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace converted files that exist.")] = False,
) -> int:
    """Convert workflows of ComfyUI's editor into API format: NAME.api.json for NAME.ui.json or NAME.json.

    Exit 7 when only some could be converted.

    \b
    Examples:
      vq workflow convert wan.json --out-dir graphs
      vq workflow convert *.ui.json --object-info object_info.json.gz --out-dir graphs
    """
    from video_queue.services.workflows.conversion import convert_file

    session = session_of(ctx)
    info = _object_info(session, object_info)
    results = [convert_file(path, out_dir, info, replace=force) for path in files]
    if session.console.as_json:
        session.console.emit({"items": [_converted_item(item) for item in results], "next_cursor": None})
    else:
        for result in results:
            _print_converted(session, result)
    refused = [result.error.code.value for result in results if result.error]
    return exit_codes.of_actions(len(results) - len(refused), refused)


def _object_info(session: Session, path: Path | None) -> "ObjectInfo":
    import asyncio

    from video_queue.services.running_comfy import find_object_info
    from video_queue.services.workflows.conversion import read_object_info

    return read_object_info(path) if path else asyncio.run(find_object_info(session.settings()))


def _converted_item(result: "ConvertedFile") -> Json:
    problems = [
        {"node": item.node_id, "title": item.title, "class": item.class_type, "message": item.message}
        for item in result.problems
    ]
    error = result.error.info().model_dump(mode="json") if result.error else None
    target = str(result.target) if result.target else None
    return {
        "file": str(result.source),
        "output": target,
        "nodes": result.nodes,
        "problems": problems,
        "error": error,
    }


def _print_converted(session: Session, result: "ConvertedFile") -> None:
    if result.error:
        session.console.failure(result.error)
        return
    session.console.data(str(result.target))
    for item in result.problems:
        label = f"{item.title or item.class_type} (node {item.node_id})"
        session.console.note(f"  {label}: {item.message}")


def _require_known(names: list[str], workflows: list[Json]) -> None:
    known = [item["name"] for item in workflows]
    for name in names:
        if name not in known:
            from video_queue.domain.catalogue import fail

            raise fail("unknown_workflow.name", name=name, known=", ".join(known) or "none")
