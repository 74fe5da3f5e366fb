"""Workflow files of one's own: `vq workflow import` and `new`, from what ComfyUI has."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.session import Session, session_of

# What a workflow would touch, as it is printed.
_TOUCHED = {
    "it reads": "reads",
    "it writes": "writes",
    "its models": "models",
    "its nodes": "nodes",
    "it names": "addresses",
    "it starts": "programs",
}
_MOST = 12
_Force = Annotated[bool, typer.Option("--force", help="In place of a workflow of that name.")]


def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A workflow, or what ComfyUI saved; -: stdin.")],
    save: Annotated[str | None, typer.Option(metavar="NAME", help="Store it under this name.")] = None,
    force: _Force = False,
) -> int:
    """Make a workflow file of a ComfyUI workflow, or of a picture, clip or sound that ComfyUI saved.

    Without --save the draft is printed. FILE is only read; nothing of it is run.

    \b
    Examples:
      vq workflow import my_flow.json
      vq workflow import ComfyUI_00012_.png --save portrait
      vq workflow import - --save portrait < my_flow.json
    """
    session = session_of(ctx)
    imported = session.client().import_workflow(_body(file), save, force)
    return _show(session, imported)


def new(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A graph, such as one in HOME/workflows.")],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="None: the file's own.")] = None,
    force: _Force = False,
) -> int:
    """Write the workflow file of a graph, with comments, to be changed by hand.

    \b
    Examples:
      vq workflow new portrait.api.json
      vq workflow new graph.json --name portrait
    """
    session = session_of(ctx)
    body = _body(file)
    name = name or session.client().import_workflow(body)["name"]
    return _show(session, session.client().import_workflow(body, name, force))


def _body(file: str) -> Json:
    if file != "-":
        return {"path": str(Path(file).expanduser().absolute())}
    return {"text": sys.stdin.buffer.read().decode("utf-8-sig", "replace")}


def _show(session: Session, imported: Json) -> int:
    """The draft, or where it lies now; what to look at goes to stderr."""
    console, name, saved = session.console, imported["name"], imported["saved"]
    console.answer(imported, [saved] if saved else imported["yaml"].splitlines())
    if console.as_json:
        return exit_codes.OK
    for kind in ("problem", "warning"):
        for item in imported[f"{kind}s"]:
            console.note(f"{kind}: {item['message']}")
    for word, key in _TOUCHED.items():
        if names := imported["touches"][key]:
            console.note(f"{word}: {', '.join(names[:_MOST])}{', ...' if len(names) > _MOST else ''}")
    console.note(f"Try it: vq workflow test {name}" if saved else f"Store it: --save {name}")
    return exit_codes.OK
