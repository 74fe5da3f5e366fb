"""`vq verify`: are outputs still what was published."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.flags.completion import complete_id
from video_queue.terminal.session import Session, session_of

# So often progress is printed.
_SECONDS = 1.0


def verify(
    ctx: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="ID|DIR", help="A job (12), a prompt (12.3) or a folder.", autocompletion=complete_id
        ),
    ],
) -> int:
    """Compare outputs with what was published, by size and sha256.

    A folder counts with all below it. Ends with 0 when all is intact, 7 when some is, 1 when nothing is.

    \b
    Examples:
      vq verify 12
      vq verify ~/Videos/video_queue
      vq verify /mnt/backup --json | jq -r '.problems[].path'
    """
    session = session_of(ctx)
    answer = _verify(session, _target(target))
    lines = [f"{item['kind']}: {item['path']}: {item['message']}" for item in answer["problems"]]
    session.console.answer(answer, lines)
    session.console.note(
        f"{answer['intact']} of {answer['files']} outputs are intact; {answer['manifests']} manifests."
    )
    if not answer["problems"]:
        return exit_codes.OK
    return exit_codes.PARTLY if answer["intact"] else exit_codes.FAILED


def _target(text: str) -> Json:
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return {"id": text}
    return {"path": str(Path(text).expanduser().absolute())}


def _verify(session: Session, target: Json) -> Json:
    """All pages in one; what is done so far goes to stderr."""
    client = session.client()
    whole = page = client.verify({**target, "seconds": _SECONDS})
    while page["cursor"] is not None:
        if sys.stderr.isatty():
            session.console.note(f"{whole['manifests']} of {whole['total']} manifests checked")
        page = client.verify({**target, "seconds": _SECONDS, "cursor": page["cursor"]})
        for name in ("manifests", "files", "intact", "problems"):
            whole[name] += page[name]
    whole["cursor"] = None
    return whole
