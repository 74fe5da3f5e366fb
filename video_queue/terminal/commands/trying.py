"""`vq workflow test` and `edit`: a workflow tried on one input, and its file in the artist's editor."""

import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.flags.completion import complete_workflow
from video_queue.terminal.session import Session, session_of

_Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name.", autocompletion=complete_workflow)]


def try_once(
    ctx: typer.Context,
    name: _Name,
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT...", help="None: a small sample is made.")
    ] = None,
) -> int:
    """Run a workflow once with its defaults, wait, and print what it made.

    Of a workflow with named inputs the files are taken in their order. Works here when no server runs.

    \b
    Examples:
      vq workflow test portrait
      vq workflow test restyle clip.mp4
    """
    session = session_of(ctx)
    definition = session.client().workflow(name)
    submission = {
        "workflow": name,
        "inputs": _inputs(session, definition.get("inputs") or {}, inputs or []),
        "name": "Test",
        "tags": ["test"],
        "dedupe": False,
        "reuse": False,
    }
    client = session.writing_client()
    job = client.submit(submission)
    code = _finish(session, job["id"], works_elsewhere=client.serves)
    for artifact in session.client().outputs(str(job["id"])):
        session.console.answer(artifact, [artifact["path"]])
    return code


def edit(ctx: typer.Context, name: _Name) -> int:
    """Open a workflow file in your editor ($VISUAL, $EDITOR); it is checked before it is taken.

    One that ships with video_queue is copied to your own first, which then win.

    \b
    Example:
      vq workflow edit transcode
    """
    from video_queue.terminal.editor import edit_copy

    session = session_of(ctx)
    workflow = session.client().workflow(name)
    source, folder = Path(workflow["source"]), session.settings().workflows_dir
    folder.mkdir(parents=True, exist_ok=True)
    path = source if source.parent == folder else folder / source.name
    copy = folder / f".edited-{path.name}"
    changed = edit_copy(copy, source.read_bytes(), lambda: _require_sound(copy, source, workflow["name"]))
    if changed:
        _copy_graphs(workflow, source.parent, folder)
        copy.replace(path)
    words = "changed" if changed else "unchanged"
    shown = path if changed else source
    session.console.answer({"path": str(shown), "changed": changed}, [f"{shown} {words}"])
    return exit_codes.OK


def _inputs(session: Session, kinds: Json, named: list[str]) -> list[Any]:
    """What is submitted: the named files, or samples."""
    from video_queue.terminal.samples import sample_inputs

    if not named:
        return sample_inputs(session.settings(), kinds)
    paths = [str(Path(text).expanduser().absolute()) for text in named]
    if isinstance(kinds.get("kind"), str):
        return paths
    return [dict(zip(kinds, paths, strict=False))]


def _finish(session: Session, job_id: int, *, works_elsewhere: bool) -> int:
    if works_elsewhere:
        from video_queue.terminal.show.waiting import wait_for

        return wait_for(session, [str(job_id)], None, silent=True)
    from video_queue.terminal.serving.foreground import work_until_finished

    session.close()
    return work_until_finished(session, job_id, silent=True)


def _copy_graphs(workflow: Json, source: Path, folder: Path) -> None:
    """A shipped workflow's graphs beside one's own copy of it; those that lie there already stay."""
    for phase in workflow.get("phases", []):
        name = phase.get("graph")
        if name and not (folder / name).exists():
            shutil.copyfile(source / name, folder / name)


def _require_sound(copy: Path, source: Path, name: str) -> None:
    """Raises ValueError with every problem of the edited file, read where its graphs lie beside it."""
    import tempfile

    from video_queue.services.workflows.workflow_files import read_workflow_file

    with tempfile.TemporaryDirectory(prefix="vq-") as place:
        for path in source.parent.glob("*.json"):
            shutil.copyfile(path, Path(place) / path.name)
        file = read_workflow_file(Path(shutil.copyfile(copy, Path(place) / source.name)))
    problems = [item.message for item in file.problems]
    if file.name != name:
        problems.append(f"the name stays {name}; vq workflow import makes another workflow")
    if problems:
        raise ValueError("; ".join(problems))
