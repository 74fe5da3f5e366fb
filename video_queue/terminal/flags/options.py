"""The flags that say a submission, each once: its type, its names and its help.

Commands take them as the types of their parameters, so that a flag means the same wherever it is offered.
"""

from pathlib import Path
from typing import Annotated

import typer

from video_queue.terminal.flags.completion import complete_workflow

Workflow = Annotated[
    str,
    typer.Argument(
        metavar="WORKFLOW",
        help="Name of the workflow (vq workflow ls).",
        autocompletion=complete_workflow,
    ),
]
Inputs = Annotated[
    list[str] | None,
    typer.Argument(metavar="INPUT", help="Files, job:ID, prompt:ID, SLOT=FILE; - reads paths from stdin."),
]
Param = Annotated[
    list[str] | None, typer.Option("-p", "--param", metavar="NAME=VALUE", help="A parameter's value.")
]
Preset = Annotated[str | None, typer.Option(metavar="NAME", help="Begin with the values of this preset.")]
Sweep = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUES", help="One prompt for each value: a,b or @FILE or a JSON list."),
]
Rows = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A table (.csv, .jsonl) with a column `input` and parameters."),
]
Seeds = Annotated[
    str | None, typer.Option(metavar="N|LIST|A..B", help="How many seeds, which ones, or from A to B.")
]
InputDir = Annotated[Path | None, typer.Option(metavar="DIR", help="Take the files of this folder.")]
Recursive = Annotated[bool, typer.Option("--recursive", "-r", help="Its subfolders too.")]
Glob = Annotated[str | None, typer.Option(metavar="GLOB", help="Only names that match, such as '*.mp4'.")]
Resolution = Annotated[str | None, typer.Option(metavar="WxH", help="One of the workflow's resolutions.")]
Flip = Annotated[bool, typer.Option("--flip", help="Swap width and height.")]
OutputDir = Annotated[
    Path | None, typer.Option("-o", "--output-dir", metavar="DIR", help="Where the outputs go.")
]
Name = Annotated[str, typer.Option(help="A name for the job.")]
Tag = Annotated[list[str] | None, typer.Option(help="A tag; may be given several times.")]
Note = Annotated[str, typer.Option(help="A note for yourself.")]
Priority = Annotated[int | None, typer.Option(help="Higher goes first; 0 is usual.")]
Front = Annotated[bool, typer.Option("--front", help="Before everything of its priority.")]
Held = Annotated[bool, typer.Option("--held", help="Wait for vq release.")]
NotBefore = Annotated[str | None, typer.Option(metavar="TIME", help="Start at this moment or later.")]
After = Annotated[list[str] | None, typer.Option(metavar="JOB", help="Start when this job is finished.")]
Limit = Annotated[int | None, typer.Option(metavar="N", help="Release only the first N; the rest is held.")]
IfExists = Annotated[str, typer.Option(metavar="version|skip", help="What to do about outputs that exist.")]
RunOrder = Annotated[str, typer.Option(metavar="by_phase|by_prompt", help="What to finish first.")]
Review = Annotated[bool, typer.Option("--review", help="Stop at the optional review phases.")]
Force = Annotated[bool, typer.Option("--force", help="Submit even if the same job is waiting already.")]
NoReuse = Annotated[bool, typer.Option("--no-reuse", help="Run every phase again.")]
IdempotencyKey = Annotated[
    str | None, typer.Option(metavar="KEY", help="The same key always gives the first job.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be made; write nothing.")]
Wait = Annotated[bool, typer.Option("--wait", help="Stay until it is finished (needs a server).")]
Run = Annotated[bool, typer.Option("--run", help="Work on it here if no server runs, until it is finished.")]
PrintId = Annotated[bool, typer.Option("--print-id", help="Print the job's number and nothing else.")]
Timeout = Annotated[
    str | None,
    typer.Option(metavar="SECONDS", help="With --wait: give up waiting after this (exit 124)."),
]
