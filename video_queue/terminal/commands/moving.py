"""`vq queue`: what waits as one file, to be worked on by another machine."""

from pathlib import Path
from typing import Annotated, Any

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.session import Session, session_of

app = typer.Typer(help="Move what waits to another machine.", rich_markup_mode=None, add_completion=False)

_File = Annotated[Path, typer.Argument(metavar="FILE.zip")]


@app.command("export")
def export_(
    ctx: typer.Context,
    file: _File,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID|WORD]...", help="Jobs by number, or by the words of vq ls; none: all."),
    ] = None,
    with_inputs: Annotated[bool, typer.Option("--with-inputs", help="Pack the input files, too.")] = False,
    hold: Annotated[
        bool, typer.Option("--hold", help="Then hold here what is in the file (vq release goes on here).")
    ] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Then cancel here what is in the file.")] = False,
) -> int:
    """Write what waits into a file: workflows, values, order, batches, tags and notes.

    Renders that have begun stay here and end here. Watched folders stay here, too. With --hold or --cancel nothing of
    the file starts here any more; without, both machines work on it.

    \b
    Examples:
      vq queue export night.zip --hold
      vq queue export night.zip 12 13 --with-inputs --cancel
      vq queue export night.zip tag:night workflow:restyle
    """
    if hold and cancel:
        raise typer.BadParameter("Use --hold or --cancel, not both.", ctx=ctx)
    path = file if file.suffix else file.with_suffix(".zip")
    body: Json = {
        "path": str(path.absolute()),
        "with_inputs": with_inputs,
        "then": "hold" if hold else "cancel" if cancel else "nothing",
        **_selection(words or []),
    }
    session = session_of(ctx)
    client = session.writing_client() if hold or cancel else session.client()
    answer = client.export_queue(body)
    parts = [_many(len(answer["jobs"]), "job"), _many(answer["prompts"], "render")]
    parts += [_many(answer["files"], "input file")] if answer["files"] else []
    session.console.answer(answer, [f"{answer['path']}: {', '.join(parts)}, {answer['bytes'] / 1e6:.1f} MB"])
    _note_all(session, answer["warnings"])
    if not session.console.as_json and answer["then"] == "nothing":
        session.console.note("They wait here as well: --hold or --cancel keeps this machine from them.")
    return exit_codes.OK


@app.command("import")
def import_(
    ctx: typer.Context,
    file: _File,
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OLD=NEW", help="A folder of there and where it is here; repeat."),
    ] = None,
    output_dir: Annotated[
        Path | None,
        typer.Option("--output-dir", "-o", metavar="DIR", help="Publish all of it into this folder."),
    ] = None,
    held: Annotated[bool, typer.Option("--held", help="Hold the jobs until they are released.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would come, and what is missing; write nothing.")
    ] = False,
) -> int:
    """Make the jobs of a queue file here: all of them, or none where inputs are missing.

    The workflows come with it. The same file imported twice makes nothing twice.

    \b
    Examples:
      vq queue import night.zip --dry-run
      vq queue import night.zip --map /Volumes/footage=/mnt/footage --held
      vq queue import night.zip --map 'D:\\footage=/mnt/footage'
    """
    body: Json = {
        "path": str(file.absolute()),
        "maps": dict(_map(text) for text in maps or ()),
        "output_dir": str(output_dir.absolute()) if output_dir else None,
        "held": held,
        "dry_run": dry_run,
    }
    session = session_of(ctx)
    client = session.client() if dry_run else session.writing_client()
    answer = client.import_queue(body)
    session.console.answer(answer, [_line(job) for job in answer["jobs"]])
    _note_all(session, answer["warnings"])
    for item in answer["problems"] if not session.console.as_json else ():
        session.console.note(f"problem: {item['message']}")
    return exit_codes.USAGE if answer["problems"] else exit_codes.OK


def _selection(words: list[str]) -> dict[str, Any]:
    """Numbers, or the words of `vq ls`."""
    if not words:
        return {}
    if all(word.isdecimal() for word in words):
        return {"ids": [int(word) for word in words]}
    if any(word.isdecimal() for word in words):
        raise typer.BadParameter("Name jobs by their numbers, or by the words of vq ls: not by both.")
    from video_queue.domain.filter_words import filter_query

    return {"filter": filter_query(words)}


def _map(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        from video_queue.domain.catalogue import fail

        raise fail("validation.map", text=text)
    return old, str(Path(new).expanduser().absolute())


def _line(job: Json) -> str:
    name = f"job {job['id']}" if job["id"] else f"job {job['number']} of the file"
    renders = f", {_many(job['prompts'], 'render')}" if job["prompts"] else ""
    ends = [", held"] if job["held"] else []
    ends += [", already here"] if job["reused"] else []
    return f"{name}: {job['name']} ({job['workflow']}{renders}){''.join(ends)}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _note_all(session: Session, warnings: list[Json]) -> None:
    for warning in warnings if not session.console.as_json else ():
        session.console.note(f"note: {warning['message']}")
