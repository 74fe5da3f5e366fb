"""The flags that say a watch, each once: its type, its names, its help and what it is when left out."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from video_queue.domain.watch_keys import NOT_FOR_WATCHES
from video_queue.terminal.flags.body import absolute
from video_queue.terminal.flags.completion import choices
from video_queue.terminal.flags.options import SubmissionFlags, field_names, taking
from video_queue.terminal.flags.values import duration

_Globs = list[str] | None


@dataclass(frozen=True, kw_only=True)
class WatchFlags:
    """What was typed about the watch itself, in the order of --help."""

    existing: Annotated[
        str | None,
        typer.Option(
            metavar="skip|take",
            help="What to do with files that lie there already.",
            autocompletion=choices("skip", "take"),
        ),
    ] = None
    recursive: Annotated[
        bool, typer.Option("--recursive/--no-recursive", "-r/-R", help="The folders below too.")
    ] = False
    include: Annotated[_Globs, typer.Option(metavar="GLOB", help="Only names that match; repeatable.")] = None
    exclude: Annotated[_Globs, typer.Option(metavar="GLOB", help="No names that match; repeatable.")] = None
    unit: Annotated[
        str,
        typer.Option(
            metavar="file|sequence|folder",
            help="What becomes one job.",
            autocompletion=choices("file", "sequence", "folder"),
        ),
    ] = "file"
    after: Annotated[
        str,
        typer.Option(
            "--after",
            metavar="leave|move",
            help="Move files to _done or _failed when their job ends.",
            autocompletion=choices("leave", "move"),
        ),
    ] = "leave"
    done_dir: Annotated[str | None, typer.Option(metavar="DIR", help="Instead of DIR/_done.")] = None
    failed_dir: Annotated[str | None, typer.Option(metavar="DIR", help="Instead of DIR/_failed.")] = None
    stable: Annotated[
        str | None,
        typer.Option("--settle", metavar="TIME", help="How long a file must not have changed (3s)."),
    ] = None
    max_new: Annotated[int | None, typer.Option(metavar="N", help="At most so many new jobs a minute.")] = (
        None
    )
    hours: Annotated[
        str | None, typer.Option(metavar="FROM-TO", help="Take files only then: 22:00-07:00, local time.")
    ] = None
    poll: Annotated[
        bool | None,
        typer.Option("--poll/--no-poll", help="Read the folder again and again (default: on networks)."),
    ] = None

    def fields(self) -> dict[str, Any]:
        """The fields of a watch that the flags say, without what they leave out.

        Raises:
            VqError: `validation.duration`.
        """
        fields: dict[str, Any] = {
            **vars(self),
            "include": self.include or [],
            "exclude": self.exclude or [],
            "done_dir": self.done_dir and absolute(self.done_dir),
            "failed_dir": self.failed_dir and absolute(self.failed_dir),
            "settle_seconds": None if self.stable is None else duration(self.stable),
            "stable": None,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def changes(self, typed: Collection[str]) -> dict[str, Any]:
        """The fields of the flags that were typed; one that was typed as empty, or as 0, is taken away.

        Raises:
            VqError: `validation.duration`.
        """
        rules = {name: getattr(self, name) for name in field_names(WatchFlags) if name in typed}
        empty: dict[str, Any] = {
            name: None for name, value in rules.items() if value in ("", [""], 0) and value is not False
        }
        fields = replace(self, **empty).fields()
        names = ("settle_seconds" if name == "stable" else name for name in rules)
        return {name: fields.get(name) for name in names}


def taking_watch_flags(command: Callable[..., int]) -> Callable[..., int]:
    """The command as Typer reads it: with the flags of a watch for `rules`, and for `flags` those of a submission that
    make sense for each of its files.
    """
    return _taking(command, field_names(WatchFlags))


def taking_watch_changes(command: Callable[..., int]) -> Callable[..., int]:
    """As `taking_watch_flags`, for a watch that is there already."""
    return _taking(command, [name for name in field_names(WatchFlags) if name != "existing"])


def _taking(command: Callable[..., int], rules: list[str]) -> Callable[..., int]:
    names = [
        name for name in field_names(SubmissionFlags) if name not in NOT_FOR_WATCHES | {"limit", "not_before"}
    ]
    return taking(command, flags=(SubmissionFlags, names), rules=(WatchFlags, rules))
