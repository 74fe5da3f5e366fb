"""The flags that say a submission, each once: its type, its names, its help and what it is when left out."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from video_queue.terminal.flags.completion import (
    choices,
    complete_id,
    complete_parameter,
    complete_preset,
    complete_resolution,
    complete_tag,
    complete_workflow,
)


@dataclass(frozen=True, kw_only=True)
class SubmissionFlags:
    """What was typed, in the order of --help. See `flags.body` for the submission that it says."""

    workflow: Annotated[
        str,
        typer.Argument(
            metavar="WORKFLOW",
            help="Name of the workflow (vq workflow ls).",
            autocompletion=complete_workflow,
        ),
    ]
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT", help="Files, job:ID, prompt:ID, SLOT=FILE; - reads paths from stdin."
        ),
    ] = None
    param: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--param",
            metavar="NAME=VALUE",
            help="A parameter's value.",
            autocompletion=complete_parameter,
        ),
    ] = None
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Begin with the values of this preset.", autocompletion=complete_preset
        ),
    ] = None
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES",
            help="One prompt for each value: a,b or @FILE or a JSON list.",
            autocompletion=complete_parameter,
        ),
    ] = None
    rows: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A table (.csv, .jsonl) with a column `input` and parameters."),
    ] = None
    seeds: Annotated[
        str | None, typer.Option(metavar="N|LIST|A..B", help="How many seeds, which ones, or from A to B.")
    ] = None
    input_dir: Annotated[Path | None, typer.Option(metavar="DIR", help="Take the files of this folder.")] = (
        None
    )
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Its subfolders too.")] = False
    glob: Annotated[
        str | None, typer.Option(metavar="GLOB", help="Only names that match, such as '*.mp4'.")
    ] = None
    resolution: Annotated[
        str | None,
        typer.Option(
            metavar="WxH", help="One of the workflow's resolutions.", autocompletion=complete_resolution
        ),
    ] = None
    flip: Annotated[bool, typer.Option("--flip", help="Swap width and height.")] = False
    output_dir: Annotated[
        Path | None, typer.Option("-o", "--output-dir", metavar="DIR", help="Where the outputs go.")
    ] = None
    name: Annotated[str, typer.Option(help="A name for the job.")] = ""
    tag: Annotated[
        list[str] | None, typer.Option(help="A tag; may be given several times.", autocompletion=complete_tag)
    ] = None
    note: Annotated[str, typer.Option(help="A note for yourself.")] = ""
    priority: Annotated[int | None, typer.Option(help="Higher goes first; 0 is usual.")] = None
    front: Annotated[bool, typer.Option("--front", help="Before everything of its priority.")] = False
    held: Annotated[bool, typer.Option("--held", help="Wait for vq release.")] = False
    not_before: Annotated[
        str | None, typer.Option(metavar="TIME", help="Start at this moment (22:00: the next one) or later.")
    ] = None
    after: Annotated[
        list[str] | None,
        typer.Option(metavar="JOB", help="Start when this job is finished.", autocompletion=complete_id),
    ] = None
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Release only the first N; the rest is held.")
    ] = None
    if_exists: Annotated[
        str,
        typer.Option(
            metavar="version|skip",
            help="What to do about outputs that exist.",
            autocompletion=choices("version", "skip"),
        ),
    ] = ""
    run_order: Annotated[
        str,
        typer.Option(
            metavar="by_phase|by_prompt",
            help="What to finish first.",
            autocompletion=choices("by_phase", "by_prompt"),
        ),
    ] = ""
    review: Annotated[bool, typer.Option("--review", help="Stop at the optional review phases.")] = False
    force: Annotated[
        bool, typer.Option("--force", help="Submit even if the same job is waiting already.")
    ] = False
    no_reuse: Annotated[bool, typer.Option("--no-reuse", help="Run every phase again.")] = False
    idempotency_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The same key always gives the first job.")
    ] = None


def typed(flags: SubmissionFlags) -> dict[str, bool]:
    """Whether each field was typed; one that was given its default counts as not."""
    return {field.name: bool(getattr(flags, field.name)) for field in fields(flags)}


def flag_name(field: str) -> str:
    """How a field is typed: `WORKFLOW`, `INPUT`, `--output-dir`."""
    named = {"workflow": "WORKFLOW", "inputs": "INPUT"}
    return named.get(field, f"--{field.replace('_', '-')}")


def field_names(flags: type) -> list[str]:
    """The names of a class of flags, in the order of --help."""
    return [field.name for field in fields(flags)]


def taking_submission_flags(command: Callable[..., int]) -> Callable[..., int]:
    """The command as Typer reads it: the fields of SubmissionFlags stand where it has the parameter `flags`."""
    return taking(command, flags=(SubmissionFlags, field_names(SubmissionFlags)))


def taking(command: Callable[..., int], **groups: tuple[type, list[str]]) -> Callable[..., int]:
    """The command as Typer reads it: where it has a parameter of `groups`, these fields of that class stand.

    A flag that the command has itself is its own, and the class gets it too.
    """
    own = inspect.signature(command).parameters
    parameters: list[inspect.Parameter] = []
    for parameter in own.values():
        if parameter.name in groups:
            flags, names = groups[parameter.name]
            signature = inspect.signature(flags).parameters
            parameters += [signature[name] for name in names if name not in own]
        else:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def run(**words: Any) -> int:
        values = {
            group: flags(**{name: words[name] if name in own else words.pop(name) for name in names})
            for group, (flags, names) in groups.items()
        }
        return command(**values, **words)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run
