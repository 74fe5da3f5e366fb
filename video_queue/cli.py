"""The `vq` command tree, and its end: every failure becomes a message on stderr and the documented exit code.

Only the branch that the words name is loaded, so that a command costs what it needs and no more.
"""

import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

import video_queue
from video_queue.system.processes.loading import load_less
from video_queue.terminal import exit_codes
from video_queue.terminal.console import Console
from video_queue.terminal.session import Session, session_of

_COMMANDS = "video_queue.terminal.commands"
# name: module and function, in the order of --help
COMMANDS = {
    "submit": ("submit", "submit"),
    "ls": ("lists", "ls"),
    "show": ("lists", "show_"),
    "log": ("lists", "log"),
    "outputs": ("lists", "outputs"),
    "open": ("open", "open_"),
    "diff": ("compare", "diff"),
    "verify": ("provenance", "verify"),
    "replay": ("replaying", "replay"),
    "restore": ("replaying", "restore"),
    "status": ("lists", "status"),
    "report": ("report", "report"),
    "tonight": ("report", "tonight"),
    "inbox": ("inbox", "inbox"),
    "follow": ("wait", "follow"),
    "wait": ("wait", "wait"),
    "cancel": ("change", "cancel"),
    "retry": ("change", "retry"),
    "rerun": ("change", "rerun"),
    "hold": ("change", "hold"),
    "release": ("change", "release"),
    "move": ("change", "move"),
    "rm": ("change", "rm"),
    "archive": ("change", "archive"),
    "undo": ("change", "undo"),
    "edit": ("change", "edit"),
    "skip": ("review", "skip"),
    "approve": ("review", "approve"),
    "reject": ("review", "reject"),
    "review": ("review", "review"),
    "pause": ("queue", "pause"),
    "resume": ("queue", "resume"),
    "serve": ("queue", "serve"),
    "pair": ("queue", "pair"),
    "demo": ("queue", "demo"),
    "run": ("queue", "run"),
    "comfy": ("comfy", "comfy"),
    "doctor": ("home", "doctor"),
    "clean": ("home", "clean"),
    "config": ("home", "config"),
}
GROUPS = {
    "queue": ("moving", "app"),
    "watch": ("watch", "app"),
    "workflow": ("workflow", "app"),
    "preset": ("preset", "app"),
    "style": ("style", "app"),
    "roots": ("roots", "app"),
    "db": ("database", "app"),
    "service": ("service", "app"),
}
_FLAGS = frozenset({"--json", "-q", "--quiet", "--no-color"})
_VALUED = frozenset({"--home", "--server"})


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run `vq` with these words (default: the process's) and end the process with its exit code."""
    load_less()
    for stream in (sys.stdout, sys.stderr):
        # File names that are not valid Unicode come out as they went in.
        if isinstance(stream, io.TextIOWrapper):
            exact = os.name == "posix" and stream.encoding.lower() == "utf-8"
            stream.reconfigure(errors="surrogateescape" if exact else "backslashreplace")
    code = run(list(sys.argv[1:] if arguments is None else arguments))
    gc.freeze()  # the end: without it Python visits every object once more, 10 ms of a short command
    sys.exit(code)


def run(words: list[str]) -> int:
    """The exit code of `vq` with these words."""
    options, rest = split_options(words)
    if not rest:
        rest = ["--help"]
    elif len(rest) == 1 and rest[0] in GROUPS:
        rest = [*rest, "--help"]
    if rest[0].endswith("-completion"):
        from video_queue.terminal.bash_completion import use_own_script

        use_own_script()
    session = Session(console=Console(as_json="--json" in options))
    command = typer.main.get_command(tree(rest[0]))
    try:
        code = command.main([*options, *rest], prog_name="vq", standalone_mode=False, obj=session)
        return code if isinstance(code, int) else exit_codes.OK
    except typer.TyperException as error:
        return _usage(session.console, error)
    except typer.Abort:
        return exit_codes.INTERRUPTED
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the end of the program: every failure is printed, none is lost
        return _failure(session.console, error)
    finally:
        session.close()


def split_options(words: list[str]) -> tuple[list[str], list[str]]:
    """The global options, wherever they were typed, and the other words. After `--` nothing is an option."""
    options: list[str] = []
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            rest += [word, *left]
        elif word in _FLAGS or word.partition("=")[0] in _VALUED:
            options.append(word)
            if word in _VALUED and (value := next(left, None)) is not None:
                options.append(value)
        else:
            rest.append(word)
    return options, rest


def tree(name: str) -> typer.Typer:
    """The command tree: the whole of it, or only the branch that `name` names."""
    app = typer.Typer(
        name="vq",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(vq)
    known = name in COMMANDS or name in GROUPS
    for command, (module, function) in COMMANDS.items():
        if command == name or not known:
            app.command(command)(getattr(importlib.import_module(f"{_COMMANDS}.{module}"), function))
    for group, (module, attribute) in GROUPS.items():
        if group == name or not known:
            app.add_typer(getattr(importlib.import_module(f"{_COMMANDS}.{module}"), attribute), name=group)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"video_queue {video_queue.__version__}")
        raise typer.Exit


def vq(
    ctx: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The data folder (or VQ_HOME; default: the platform's)."),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The server to talk to (default: the home's own, if it runs)."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No chatter on stderr.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (or NO_COLOR).")] = False,
    version: Annotated[  # noqa: ARG001 - its callback has answered
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """A durable render queue: ComfyUI graphs and ffmpeg steps, phase by phase.

    The options below may also come after a command.

    \b
    First steps:
      vq serve --open                      the browser, and a worker for the queue
      vq workflow ls                       what can be submitted
      vq submit transcode clip.mp4         put work into the queue
      vq follow                            watch it

    \b
    Exit codes: 0 ok, 1 failed or cancelled, 2 usage or validation, 3 not found, 4 refused,
    5 server or ComfyUI unreachable, 6 conflict, 7 partly done, 124 --timeout, 130 interrupted.
    """
    if ctx.resilient_parsing:
        return
    session = session_of(ctx)
    session.home, session.server = home, server
    session.console = Console(as_json=json, quiet=quiet, color=not no_color)


def _usage(console: Console, error: typer.TyperException) -> int:
    """A word that the command does not understand."""
    ctx = getattr(error, "ctx", None)
    where = ctx.command_path if ctx is not None else "vq"
    console.error("validation", error.format_message(), f"See {where} --help.", {})
    return exit_codes.USAGE


def _failure(console: Console, error: Exception) -> int:
    from video_queue.domain.catalogue import fail
    from video_queue.domain.errors import VqError
    from video_queue.system.files.passing_errors import is_full

    if isinstance(error, OSError) and is_full(error):
        error = fail("disk_full.write", path=error.filename or "the home folder")
    if isinstance(error, VqError):
        console.failure(error)
        return exit_codes.of_error(error.code)
    import traceback

    traceback.print_exception(error)
    console.failure(fail("internal.bug", detail=f"{type(error).__name__}: {error}"))
    return exit_codes.FAILED


if __name__ == "__main__":
    main()
