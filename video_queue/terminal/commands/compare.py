"""`vq diff`: in what two jobs or prompts differ."""

import json
from typing import Annotated, Any

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client import references
from video_queue.terminal.flags.completion import complete_id
from video_queue.terminal.session import session_of

_Id = Annotated[
    str, typer.Argument(metavar="ID", help="A job (12) or a prompt (12.3).", autocompletion=complete_id)
]
_LONGEST = 60


def diff(ctx: typer.Context, a: _Id, b: _Id) -> int:
    """Say in what two jobs or prompts differ: workflow, parameters, inputs, resolution, models.

    \b
    Examples:
      vq diff 12 13
      vq diff 12.3 12.4
      vq diff 12 13 --json | jq '.differences[] | select(.subject == "parameter")'
    """
    session = session_of(ctx)
    comparison = session.client().compare(*map(references.checked, (a, b)))
    console = session.console
    if console.as_json:
        console.emit(comparison)
        return exit_codes.OK
    rows = [
        [item["subject"], item["name"], _text(item["a"]), _text(item["b"])]
        for item in comparison["differences"]
    ]
    console.table(("WHAT", "NAME", comparison["a"], comparison["b"]), rows)
    if comparison["same"]:
        console.note(f"{comparison['a']} and {comparison['b']} were given the same.")
    return exit_codes.OK


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
