"""`vq replay` and `vq restore`: an output once more as it was, or its settings to go on from."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.commands.submitted import PrintId, Run, Timeout, Wait, enqueue
from video_queue.terminal.flags.body import absolute
from video_queue.terminal.session import session_of

_Output = Annotated[
    str,
    typer.Argument(metavar="FILE|ID", help="A manifest (.vq.json), an output, or a prompt (12.3)."),
]


def replay(
    ctx: typer.Context,
    output: _Output,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input", "-i", metavar="PATH", help="Where an input (or its folder) lies now; repeat."
        ),
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option("--output-dir", "-o", metavar="DIR", help="Publish into this folder.")
    ] = None,
    reuse: Annotated[bool, typer.Option("--reuse", help="Take finished phases that are the same.")] = False,
    held: Annotated[bool, typer.Option("--held", help="Hold the job until it is released.")] = False,
    wait: Wait = False,
    run: Run = False,
    print_id: PrintId = False,
    timeout: Timeout = None,
) -> int:
    """Render an output once more: the workflow, the values and the inputs that it was made with.

    The workflow is the one of then, even if its file was changed or deleted. Inputs must be what they were, by size
    and sha256. What is another now (ComfyUI, ffmpeg, a model) is warned of.

    \b
    Examples:
      vq replay clip.mp4.vq.json
      vq replay clip.mp4 --run
      vq replay clip.mp4 --input /mnt/archive/takes -o ~/again
      vq replay 12.3 --wait
    """
    body = _named(output) | {
        "inputs": [absolute(path) for path in inputs or ()],
        "output_dir": absolute(output_dir) if output_dir else None,
        "reuse": reuse,
        "held": held,
    }
    make, session = (lambda client: client.replay(body)), session_of(ctx)
    return enqueue(session, make, wait=wait, run=run, print_id=print_id, timeout=timeout)


def restore(ctx: typer.Context, output: _Output) -> int:
    """Show the settings of an output as the command that submits them again.

    The workflow is the one of today. With --json it is the submission itself. Nothing is submitted.

    \b
    Examples:
      vq restore clip.mp4
      vq restore clip.mp4.vq.json --json | jq .submission.params
      vq restore 12.3
    """
    session = session_of(ctx)
    restored = session.client().restore(_named(output))
    session.console.answer(restored, [shlex.join(_words(restored["submission"]))])
    for warning in restored["warnings"]:
        session.console.note(f"warning: {warning['message']}")
    return exit_codes.OK


def _named(text: str) -> Json:
    if re.fullmatch(r"[0-9]+\.[0-9]+", text) and not Path(text).exists():
        return {"id": text}
    return {"path": absolute(text)}


def _words(submission: Json) -> Iterator[str]:
    """The words of `vq submit` that say the submission."""
    yield from ("vq", "submit", submission["workflow"])
    for item in submission.get("inputs", ()):
        yield from _input_words(item)
    for name, value in submission.get("params", {}).items():
        if value is not None:
            yield from ("-p", f"{name}={_text(value)}")
    for flag in ("resolution", "name", "note", "if_exists"):
        if submission.get(flag):
            yield from (f"--{flag.replace('_', '-')}", submission[flag])
    for tag in submission.get("tags", ()):
        yield from ("--tag", tag)
    yield from (f"--{flag}" for flag in ("flip", "review") if submission.get(flag))


def _input_words(item: Any) -> Iterator[str]:
    if isinstance(item, str):
        yield item
        return
    for slot, paths in item.items():
        yield from (f"{slot}={path}" for path in ([paths] if isinstance(paths, str) else paths))


def _text(value: Any) -> str:
    """A value as `-p` reads it back."""
    import json

    return value if isinstance(value, str) else json.dumps(value)
