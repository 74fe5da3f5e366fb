"""`vq open`: what a job or prompt published, in the program that the desktop has for it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client import references
from video_queue.terminal.client.client import Client, Json
from video_queue.terminal.flags.completion import complete_id
from video_queue.terminal.session import Session, session_of

_SHOWN = ("video", "image", "audio")


def open_(
    ctx: typer.Context,
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="A job (12) or a prompt (12.3).", autocompletion=complete_id)
    ],
    folder: Annotated[bool, typer.Option("--folder", help="Open the folder in the file manager.")] = False,
) -> int:
    """Open the output of a job or prompt; of a job with several the folder. Without a desktop the path is printed.

    \b
    Examples:
      vq open 12.3
      vq open 12 --folder
    """
    session = session_of(ctx)
    reference, client = references.checked(id_), session.client()
    files = _outputs(client, reference)
    if not files:
        from video_queue.domain.catalogue import fail

        raise fail("not_found.outputs", id=reference)
    as_file = len(files) == 1 and not folder and files[0]["kind"] in _SHOWN
    path = Path(
        files[0]["path"] if as_file else os.path.commonpath(Path(file["path"]).parent for file in files)
    )
    opened = _open(session, path, as_file=as_file)
    session.console.answer({"path": str(path), "opened": opened}, [str(path)])
    return exit_codes.OK


def _outputs(client: Client, reference: str) -> list[Json]:
    if references.is_prompt(reference):
        return [file for file in client.prompt(reference)["artifacts"] if file["role"] == "output"]
    return list(client.outputs(reference))


def _open(session: Session, path: Path, *, as_file: bool) -> bool:
    """Whether something was started; why not is a note."""
    from video_queue.domain.errors import VqError
    from video_queue.system.files.reveal import has_desktop, open_media, reveal

    if not has_desktop():
        return False
    try:
        open_media(path) if as_file else reveal(path)
    except VqError as error:
        session.console.note(error.message)
        return False
    return True
