"""Commands for single prompts: skip what waits; approve, reject and review what waits for a person.

Of skip, approve and reject a job means all of its own.
"""

from typing import Annotated, Any

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client import references
from video_queue.terminal.flags import review_decisions
from video_queue.terminal.flags.completion import complete_id
from video_queue.terminal.session import Session, session_of
from video_queue.terminal.show.counts import print_counts

_Ids = Annotated[
    list[str], typer.Argument(metavar="ID", help="Jobs (12) or prompts (12.3).", autocompletion=complete_id)
]
_DONE = {"skip": "skipped", "approve": "approved", "reject": "rejected"}


def skip(ctx: typer.Context, ids: _Ids) -> int:
    """Leave out prompts that are waiting; a job means all of its waiting prompts.

    \b
    Examples:
      vq skip 12.3
      vq skip 12
    """
    return _act_on_prompts(ctx, ids, "skip", "queued", {})


def approve(
    ctx: typer.Context, ids: _Ids, note: Annotated[str | None, typer.Option(help="Why.")] = None
) -> int:
    """Let prompts that wait for review go on; a job means all of its prompts in review.

    \b
    Examples:
      vq approve 12.3
      vq approve 12 --note "good light"
    """
    return _act_on_prompts(ctx, ids, "approve", "review", {"note": note} if note else {})


def reject(
    ctx: typer.Context, ids: _Ids, note: Annotated[str | None, typer.Option(help="Why.")] = None
) -> int:
    """End prompts that wait for review; a job means all of its prompts in review.

    \b
    Example:
      vq reject 12.3 --note "blurred"
    """
    return _act_on_prompts(ctx, ids, "reject", "review", {"note": note} if note else {})


def review(
    ctx: typer.Context,
    prompt: Annotated[
        str, typer.Argument(metavar="ID", help="A prompt in review (12.3).", autocompletion=complete_id)
    ],
    approve: Annotated[str | None, typer.Option(metavar="ITEMS", help="Items that go on: 1,3-5.")] = None,
    reject: Annotated[str | None, typer.Option(metavar="ITEMS", help="Items that do not.")] = None,
    split: Annotated[
        list[str] | None, typer.Option(metavar="ITEM@FRAME", help="Split an item before a frame.")
    ] = None,
    merge: Annotated[
        list[str] | None, typer.Option(metavar="ITEM+ITEM", help="Join items that follow each other.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option(metavar="ITEM=TEXT", help="Correct what is said, and approve it.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="Why.")] = None,
) -> int:
    """List what waits for review in a prompt, or decide on its items; it goes on when all are decided.

    \b
    Examples:
      vq review 12.3
      vq review 12.3 --approve 1,3-5 --reject 2
      vq review 12.3 --split 4@120 --merge 6+7
      vq review 12.3 --text 3="Hello, all of you."
    """
    session = session_of(ctx)
    reference = references.checked(prompt)
    decisions = review_decisions.parse(approve, reject, split, merge, text)
    if not decisions:
        subject = session.client().prompt(reference)
    else:
        options = {"decisions": decisions} | ({"note": note} if note else {})
        subject = session.writing_client().act(reference, "review", options)
    if session.console.as_json:
        session.console.emit(subject)
    else:
        for line in review_decisions.lines(subject):
            session.console.data(line)
    return exit_codes.OK


def _act_on_prompts(
    ctx: typer.Context, ids: list[str], action: str, state: str, options: dict[str, Any]
) -> int:
    """An action that is for prompts: a job stands for all of its prompts in the fitting state."""
    session = session_of(ctx)
    client = session.writing_client()
    chosen: list[str] = []
    for reference in map(references.checked, ids):
        if references.is_prompt(reference):
            chosen.append(reference)
        else:
            chosen += [f"{reference}.{prompt['index']}" for prompt in client.prompts(reference, state)]
    if not chosen:
        return _nothing(session)
    return print_counts(session, _DONE[action], client.act_on(action, chosen, options))


def _nothing(session: Session) -> int:
    if session.console.as_json:
        session.console.emit({"done": 0, "refused": []})
    session.console.note("Nothing is waiting there.")
    return exit_codes.OK
