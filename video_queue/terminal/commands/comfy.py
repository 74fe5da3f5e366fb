"""`vq comfy`: which ComfyUI there is, its process with its log, and what to do with it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from video_queue.domain.comfy import COMFY_ACTIONS, INSTANCE_ACTIONS
from video_queue.terminal import exit_codes
from video_queue.terminal.flags.completion import choices
from video_queue.terminal.session import session_of

# What only the server does that keeps it, and what is done when that is said.
_OF_SERVER = ("start", "stop", "restart")
_DONE = {"free": "its memory is freed", "refresh": "its models and nodes are read again",
         "drain": "it gets nothing more", "pause": "it gets nothing more, and gives back what it renders",
         "resume": "it renders again"}  # fmt: skip
_PAUSED = {"drain": "drained: it gets nothing more", "pause": "paused"}


def comfy(
    ctx: typer.Context,
    action: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACTION]",
            help="free, refresh, start, stop, restart, drain, pause or resume; none: show it.",
            autocompletion=choices(*COMFY_ACTIONS, *INSTANCE_ACTIONS),
        ),
    ] = None,
    instance: Annotated[
        str | None,
        typer.Option("--instance", "-i", metavar="NAME", help="Which one, where there are several."),
    ] = None,
) -> int:
    """Show ComfyUI, or free its memory, read its models again, start, stop or restart it.

    Only a ComfyUI that vq started (comfy.command) can be stopped or restarted. One that is drained ends what it renders
    and gets nothing more until resume; pause puts that back into the queue too.

    \b
    Examples:
      vq comfy
      vq comfy free
      vq comfy restart
      vq comfy drain --instance second
    """
    session = session_of(ctx)
    if action is None:
        info = session.client().comfy()
        shown = info["instances"] or [info]
        several = len(shown) > 1
        lines = [line for each in shown for line in _lines(each, named=several)]
        session.console.answer(info, lines)
        return exit_codes.OK
    client = session.require_server() if action in _OF_SERVER else session.client()
    info = client.act_on_comfy(action, instance)
    session.console.answer(info, [_DONE.get(action, f"{action} is under way; vq comfy shows it")])
    return exit_codes.OK


def _lines(info: dict[str, Any], *, named: bool) -> list[str]:
    version = f" {info['version']}" if info["version"] else ""
    name = f"{info['instance']}: " if named else ""
    paused = f", {_PAUSED[info['paused']]}" if info["paused"] else ""
    lines = [f"{name}ComfyUI{version}: {info['state']} at {info['url'] or 'the usual addresses'}{paused}"]
    if (process := info["process"]) is None:
        return [*lines, "vq does not start it: comfy.command is not set"]
    state = process["state"] + (f" since {process['since']}" if process["since"] else "")
    pid = f", pid {process['pid']}" if process["pid"] else ""
    adopted = ", started by an earlier vq" if process["adopted"] else ""
    lines.append(
        f"process: {state}{pid}{adopted}" + (f" ({process['message']})" if process["message"] else "")
    )
    return [*lines, *(f"  {line}" for line in process["log"])]
