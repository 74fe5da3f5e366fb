"""`vq style`: how captions look."""

from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.session import session_of

app = typer.Typer(help="Caption styles: how captions look.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME")]
_Values = Annotated[
    list[str] | None,
    typer.Option(
        "-p", "--param", metavar="KEY=VALUE", help="One of its values; vq style show plain lists them."
    ),
]


@app.command()
def ls(ctx: typer.Context) -> int:
    """List the styles of vq and your own, with what they change.

    \b
    Examples:
      vq style ls
    """
    session = session_of(ctx)
    session.console.answer_list(session.client().caption_styles(), ("NAME", "OWN", "VALUES"), _row)
    return exit_codes.OK


@app.command()
def show(ctx: typer.Context, name: _Name) -> int:
    """Show every value of a style.

    \b
    Examples:
      vq style show karaoke
    """
    session = session_of(ctx)
    style = session.client().caption_style(name)
    values = style["style"] or {"problem": style["problem"]}
    session.console.answer(style, [f"{key}: {_shown(value)}" for key, value in values.items()])
    return exit_codes.OK


@app.command()
def save(
    ctx: typer.Context,
    name: _Name,
    values: _Values = None,
    like: Annotated[
        str, typer.Option("--like", metavar="STYLE", help="Begin with the values of this style.")
    ] = "plain",
) -> int:
    """Keep a style of your own, in place of one that has its name.

    \b
    Examples:
      vq style save loud -p size=9 -p bold=true -p "colour=#ffee00"
      vq style save brand --like boxed -p font=/fonts/Brand-Bold.ttf
      vq submit captions talk.mp4 -p subtitles=talk.srt -p style=loud
    """
    session = session_of(ctx)
    style = dict(session.client().caption_style(like)["style"] or {})
    for text in values or ():
        key, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text} is not KEY=VALUE", param_hint="-p")
        style[key.strip()] = value
    kept = session.writing_client().keep_caption_style(name, style)
    session.console.answer(kept, [f"{name}: {_changes(kept)}"])
    return exit_codes.OK


@app.command()
def rm(ctx: typer.Context, name: _Name) -> int:
    """Take a style of your own away. Jobs that wait for it will fail.

    \b
    Examples:
      vq style rm loud
    """
    session = session_of(ctx)
    session.writing_client().remove_caption_style(name)
    session.console.answer({"removed": name}, [f"{name} removed"])
    return exit_codes.OK


def _row(style: Json) -> list[str]:
    return [style["name"], "yes" if style["own"] else "", _changes(style)]


def _changes(style: Json) -> str:
    """What it has otherwise than plain, or what is wrong with it."""
    if not style["style"]:
        return str(style["problem"])
    from video_queue.domain.media.captions import CaptionStyle

    plain = CaptionStyle().model_dump()
    return " ".join(
        f"{key}={_shown(value)}" for key, value in style["style"].items() if value != plain.get(key)
    )


def _shown(value: object) -> str:
    """A value as `-p` takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
