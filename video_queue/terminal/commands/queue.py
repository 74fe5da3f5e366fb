"""Commands for the whole queue: `pause`, `resume`, `run`, `serve`, `demo`."""

from typing import Annotated, Any

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.flags import values
from video_queue.terminal.session import Session, session_of
from video_queue.terminal.show import tables

_Comfy = Annotated[str | None, typer.Option(metavar="URL", help="Where ComfyUI is.")]


def pause(
    ctx: typer.Context,
    now: Annotated[
        bool, typer.Option("--now", help="Stop what runs and put it back, without penalty.")
    ] = False,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="Go on by itself after 30m, 2h ...")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Go on by itself at 07:30, or at a moment in ISO 8601.")
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(metavar="FROM-TO", help="Pause each day from 08:00-20:00, local time; off ends that."),
    ] = None,
    free_memory: Annotated[
        bool, typer.Option("--free-memory", help="Let ComfyUI free its memory once nothing renders.")
    ] = False,
) -> int:
    """Start nothing more until vq resume.

    \b
    Examples:
      vq pause
      vq pause --now --free-memory
      vq pause --for 30m
      vq pause --until 07:30
      vq pause --schedule 08:00-20:00
    """
    options: dict[str, Any] = {"mode": "now" if now else "after_current", "free_memory": free_memory}
    if schedule is not None:
        options["schedule"] = schedule
    if until is not None:
        from video_queue.terminal.flags.moments import moment_to_come

        options["until"] = moment_to_come(until)
    if for_ is not None:
        from datetime import UTC, datetime, timedelta

        moment = datetime.now(UTC) + timedelta(seconds=values.duration(for_))
        options["until"] = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    session = session_of(ctx)
    return _print_state(session, session.writing_client().pause(options))


def resume(ctx: typer.Context) -> int:
    """Go on after vq pause.

    \b
    Example:
      vq resume
    """
    session = session_of(ctx)
    return _print_state(session, session.writing_client().resume())


def run(ctx: typer.Context, comfy: _Comfy = None) -> int:
    """Work the queue here, without a server, until it is empty.

    \b
    Examples:
      vq submit transcode *.mov && vq run
      vq run --comfy http://127.0.0.1:8188
    """
    from video_queue.terminal.serving.foreground import work_until_empty

    return work_until_empty(session_of(ctx), comfy=comfy)


def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="The address to listen on (127.0.0.1).")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port (8765); 0 takes any free one.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
    paused: Annotated[bool, typer.Option("--paused", help="Start nothing until vq resume.")] = False,
    comfy: _Comfy = None,
    no_watch: Annotated[bool, typer.Option("--no-watch", help="Leave watch folders alone.")] = False,
    lan: Annotated[
        bool, typer.Option("--lan", help="Let your phone in: listen on the network, with a token.")
    ] = False,
) -> int:
    """Serve the browser and the API, and work the queue.

    --lan makes a token, keeps it in vq.toml, and prints the address with a QR code for the phone (again: vq pair).

    \b
    Examples:
      vq serve --open
      vq serve --lan
      vq serve --port 9000 --comfy http://127.0.0.1:8000
      vq --home ~/renders serve
    """
    from video_queue.terminal.serving.serve import serve as serve_home

    if lan and host is None:
        host = "0.0.0.0"  # noqa: S104 - asked for, and only with a token
    flags: dict[str, object] = {"server.host": host, "server.port": port, "comfy.url": comfy}
    return serve_home(
        session_of(ctx), flags, open_browser=open_, paused=paused, watching=not no_watch, lan=lan
    )


def pair(ctx: typer.Context) -> int:
    """Print the server's address and the QR code that lets a phone in.

    \b
    Example:
      vq pair
    """
    from video_queue.terminal.serving.pairing import show_pairing

    session = session_of(ctx)
    show_pairing(session.console, session.require_server().pairing())
    return exit_codes.OK


def demo(
    ctx: typer.Context,
    once: Annotated[
        bool,
        typer.Option("--once", help="Open no browser, print the outputs' paths, and end when they are done."),
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any free one.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    instances: Annotated[
        int, typer.Option(min=1, max=4, help="How many ComfyUIs to simulate, which share the queue.")
    ] = 1,
) -> int:
    """Show what video_queue does, with nothing but itself: clips it makes and a simulated ComfyUI.

    It works in a private home (or --home) and submits three jobs. Files stay where they are printed.

    \b
    Examples:
      vq demo
      vq demo --once
      vq demo --instances 2
    """
    from video_queue.terminal.serving.demo import show_demo

    return show_demo(
        session_of(ctx), port=port, instances=instances, once=once, open_browser=not (once or no_browser)
    )


def _print_state(session: Session, view: dict[str, object]) -> int:
    session.console.answer(view, [tables.queue_state(view)])
    return exit_codes.OK
