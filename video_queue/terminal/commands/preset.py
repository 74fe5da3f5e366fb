"""`vq preset`: values that are used again and again, for one workflow or for all that take them."""

from functools import cache
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.flags.body import build_submission
from video_queue.terminal.flags.completion import complete_preset_name, complete_workflow
from video_queue.terminal.flags.options import SubmissionFlags, taking
from video_queue.terminal.session import session_of

app = typer.Typer(help="Presets: values to start a submission with.", no_args_is_help=True)

_KEPT = [
    "param",
    "sweep",
    "seeds",
    "resolution",
    "flip",
    "output_dir",
    "tag",
    "priority",
    "held",
    "if_exists",
    "run_order",
    "note",
    "limit",
    "not_before",
]
_FLAGS = ["workflow", *_KEPT, "review", "no_reuse"]
_Name = Annotated[str, typer.Argument(metavar="NAME", autocompletion=complete_preset_name)]
_Workflow = Annotated[
    str,
    typer.Option(
        "-w",
        "--workflow",
        metavar="WORKFLOW",
        help="Of this workflow alone (default: shared by all).",
        autocompletion=complete_workflow,
    ),
]


@app.command()
def ls(ctx: typer.Context, workflow: _Workflow = "") -> int:
    """List the presets that all workflows share; with -w those of a workflow, and what it takes of the shared ones.

    \b
    Examples:
      vq preset ls
      vq preset ls -w restyle
    """
    session = session_of(ctx)
    client = session.client()
    presets = client.presets(workflow) if workflow else client.shared_presets()
    session.console.answer_list(presets, ("NAME", "FOR", "VALUES", "LEFT OUT"), _row)
    return exit_codes.OK


@app.command()
@lambda command: taking(command, flags=(SubmissionFlags, _FLAGS))
def save(ctx: typer.Context, name: _Name, flags: SubmissionFlags, workflow: _Workflow = "") -> int:
    """Keep values under a name, in place of a preset that has it. Each workflow takes of them what fits it.

    \b
    Examples:
      vq preset save night --tag night --priority -5 -o /renders/night --not-before 22:00
      vq preset save draft -p crf=30 -p preset=ultrafast
      vq preset save look -w restyle -p prompt=rain --seeds 4
      vq submit transcode clip.mp4 --preset night
    """
    session = session_of(ctx)
    definition = cache(lambda: session.client().workflow(workflow) if workflow else {})
    values = build_submission(definition, flags)
    values.pop("workflow", None)
    kept = session.writing_client().keep_preset(workflow, name, values)
    session.console.answer(kept, [f"{name}: {_values(kept)}"])
    return exit_codes.OK


@app.command()
def rm(ctx: typer.Context, name: _Name, workflow: _Workflow = "") -> int:
    """Take a preset away. Jobs that were submitted with it stay as they are.

    \b
    Examples:
      vq preset rm night
      vq preset rm look -w restyle
    """
    session = session_of(ctx)
    session.writing_client().remove_preset(workflow, name)
    session.console.answer({"removed": name}, [f"{name} removed"])
    return exit_codes.OK


def _row(preset: Json) -> list[str]:
    workflow = preset.get("workflow")
    shared = workflow is None or preset["shared"]
    return [
        preset["name"],
        "all" if shared else workflow,
        _values(preset),
        ", ".join(preset.get("left_out", ())),
    ]


def _values(preset: Json) -> str:
    said = {**preset["params"], **preset["sweep"]}
    fields = (
        *("seeds", "resolution", "output_dir", "if_exists", "priority", "reuse"),
        *("run_order", "note", "limit", "not_before"),
    )
    parts = [f"{name}={preset[name]}" for name in fields if preset[name] is not None]
    parts += [name for name in ("flip", "review", "held") if preset[name]]
    parts += [f"tag:{tag}" for tag in preset["tags"]]
    return " ".join([*(f"{name}={value}" for name, value in said.items()), *parts])
