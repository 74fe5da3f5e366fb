"""Commands that change what is in the queue: cancel, retry, rerun, hold, release, move, rm, archive, edit.

Each takes several ids. What is refused is said for every id; the others are done all the same (exit 7).
"""

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client import references
from video_queue.terminal.client.client import Client, Json
from video_queue.terminal.flags import values
from video_queue.terminal.flags.completion import (
    choices,
    complete_id,
    complete_parameter,
    complete_phase,
    complete_tag,
)
from video_queue.terminal.session import Session, session_of
from video_queue.terminal.show.counts import note_kept, print_counts

_Ids = Annotated[
    list[str],
    typer.Argument(
        metavar="ID",
        help="Jobs (12), prompts (12.3), a batch (batch:3), or words of vq ls (state:failed tag:night).",
        autocompletion=complete_id,
    ),
]
_Jobs = Annotated[
    list[str],
    typer.Argument(metavar="ID", help="Jobs, or words of vq ls (state:failed).", autocompletion=complete_id),
]


def _new_value(text: str) -> Any:
    """The flag `-p`, with its help."""
    return typer.Option("-p", "--param", metavar="NAME=VALUE", help=text, autocompletion=complete_parameter)


_NewValues = Annotated[list[str] | None, _new_value("A new value.")]


def cancel(
    ctx: typer.Context,
    ids: _Ids,
    reason: Annotated[str | None, typer.Option(help="Why, for the record.")] = None,
    keep_work: Annotated[
        bool, typer.Option("--keep-work", help="Keep working files: a retry goes on where it stopped.")
    ] = False,
) -> int:
    """Cancel jobs or prompts; what runs is stopped, and working files go.

    \b
    Examples:
      vq cancel 12
      vq cancel 12 --keep-work
      vq cancel 12.3 12.4 --reason "wrong clip"
      vq cancel batch:3
      vq cancel state:queued tag:night
    """
    options: dict[str, Any] = {"reason": reason} if reason else {}
    return _act(ctx, ids, "cancel", options | ({"keep_work": True} if keep_work else {}))


def retry(
    ctx: typer.Context,
    ids: _Ids,
    from_phase: Annotated[
        str | None,
        typer.Option(metavar="PHASE", help="Begin again with this phase.", autocompletion=complete_phase),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Not only what failed: the cancelled, and with --from-phase all.")
    ] = False,
    param: _NewValues = None,
) -> int:
    """Run again what failed, in place: finished phases are kept, up to the first that a new value changes.

    \b
    Examples:
      vq retry 12
      vq retry 12 -p denoise=0.4
      vq retry 12.3 --from-phase encode
      vq retry cause:out_of_memory
    """
    options: dict[str, Any] = {"failed_only": False} if all_ else {}
    if param:
        options["params"] = values.assignments("-p", param)
    return _act(ctx, ids, "retry", options | ({"from_phase": from_phase} if from_phase else {}))


def rerun(
    ctx: typer.Context,
    ids: _Jobs,
    param: _NewValues = None,
    seeds: Annotated[str | None, typer.Option(metavar="N|LIST|A..B", help="Other seeds.")] = None,
    new_seed: Annotated[bool, typer.Option("--new-seed", help="Draw a new seed.")] = False,
) -> int:
    """Submit jobs again, as new jobs that are linked to the old ones.

    \b
    Examples:
      vq rerun 12 --new-seed
      vq rerun 12 -p denoise=0.4
    """
    options: dict[str, Any] = {"new_seed": True} if new_seed else {}
    if param:
        options["params"] = values.assignments("-p", param)
    if seeds is not None:
        options["seeds"] = values.seeds(seeds)
    return _act(ctx, _jobs(ids), "rerun", options)


def hold(ctx: typer.Context, ids: _Ids) -> int:
    """Keep jobs or prompts from starting until they are released.

    \b
    Example:
      vq hold 12
    """
    return _act(ctx, ids, "hold", {})


def release(ctx: typer.Context, ids: _Ids) -> int:
    """Let held jobs or prompts start.

    \b
    Example:
      vq release 12
    """
    return _act(ctx, ids, "release", {})


def move(
    ctx: typer.Context,
    ids: _Jobs,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="top|bottom|N", help="The place, from 1.", autocompletion=choices("top", "bottom")
        ),
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="JOB", help="Before this job.", autocompletion=complete_id)
    ] = None,
    after: Annotated[
        str | None, typer.Option(metavar="JOB", help="After this job.", autocompletion=complete_id)
    ] = None,
) -> int:
    """Change the order of waiting jobs of one priority.

    \b
    Examples:
      vq move 12 top
      vq move 12 --to 3
      vq move 12 --before 9
    """
    if ids[-1] in ("top", "bottom") and to is None:
        *ids, to = ids
    places = {"to": to, "before": before, "after": after}
    options: dict[str, Any] = {key: value for key, value in places.items() if value is not None}
    if len(options) != 1 or not ids:
        from video_queue.domain.catalogue import fail

        detail = "say where with one of --to, --before and --after"
        raise fail("validation.usage", detail=detail, command="vq move")
    if to is not None and to.isdigit():
        options["to"] = int(to)
    for key in ("before", "after"):
        if key in options:
            options[key] = int(references.job_only(options[key]))
    return _act(ctx, _jobs(ids), "move", options)


def rm(
    ctx: typer.Context,
    ids: _Jobs,
    outputs: Annotated[bool, typer.Option("--outputs", help="Delete the published files too.")] = False,
) -> int:
    """Delete finished jobs from the list; their outputs stay.

    \b
    Examples:
      vq rm 12 13
      vq rm 12 --outputs
    """
    return _act(ctx, _jobs(ids), "delete", {"outputs": outputs})


def archive(
    ctx: typer.Context,
    ids: _Jobs,
    undo: Annotated[bool, typer.Option("--undo", help="Put archived jobs back into the list.")] = False,
) -> int:
    """Put finished jobs out of sight; vq ls --archived lists them.

    \b
    Examples:
      vq archive 12 13
      vq archive 12 --undo
    """
    return _act(ctx, _jobs(ids), "unarchive" if undo else "archive", {})


def undo(
    ctx: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help="Which (default: the newest).")
    ] = None,
) -> int:
    """Undo the newest cancel, hold, release, move or archive: everything it was done to stands as before.

    \b
    Examples:
      vq cancel state:queued tag:night
      vq undo
    """
    session = session_of(ctx)
    return print_counts(session, "back as before", session.writing_client().undo(number))


def edit(
    ctx: typer.Context,
    ids: _Ids,
    name: Annotated[str | None, typer.Option(help="A new name (jobs).")] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(help="The tags from now on; '' takes all away.", autocompletion=complete_tag),
    ] = None,
    note: Annotated[str | None, typer.Option(help="A new note.")] = None,
    rating: Annotated[int | None, typer.Option(min=0, max=5, help="Stars, 0 to 5.")] = None,
    priority: Annotated[int | None, typer.Option(help="Higher goes first (jobs).")] = None,
    param: Annotated[list[str] | None, _new_value("A new value for what has not begun.")] = None,
) -> int:
    """Change name, tags, note, rating or priority, and values of prompts that have not begun.

    With an ID and nothing else its values open in your editor ($VISUAL, $EDITOR).

    \b
    Examples:
      vq edit 12
      vq edit 12 --name "shot 4" --tag hero --tag night
      vq edit 12 --priority 5
      vq edit 12.3 --rating 4
      vq edit 12 -p denoise=0.4
    """
    fields = {"name": name, "note": note, "rating": rating, "priority": priority}
    changes: dict[str, Any] = {key: value for key, value in fields.items() if value is not None}
    if tag is not None:
        changes["tags"] = [part.strip() for text in tag for part in text.split(",") if part.strip()]
    if param:
        changes["params"] = values.assignments("-p", param)
    if not changes:
        return _edit_in_editor(ctx, ids)
    return _change(ctx, ids, changes)


def _change(ctx: typer.Context, ids: list[str], changes: dict[str, Any]) -> int:
    answers: list[Json] = []

    def do(client: Client, reference: str) -> Json:
        answers.append(client.edit(reference, changes))
        return answers[-1]

    code = _each(ctx, ids, "changed", do)
    refused = [item["code"] for answer in answers for item in answer.get("refused", ())]
    changed = sum(answer.get("changed", 1) for answer in answers)
    return exit_codes.of_actions(changed, refused) if refused and code == exit_codes.OK else code


def _edit_in_editor(ctx: typer.Context, ids: list[str]) -> int:
    """The values of one job or prompt as YAML; where a person can type. A refused edit is kept."""
    session = session_of(ctx)
    if len(ids) != 1 or session.console.as_json or not sys.stdin.isatty():
        from video_queue.domain.catalogue import fail

        raise fail("validation.usage", detail="nothing to change was given", command="vq edit")
    from video_queue.terminal.editor import edit_text
    from video_queue.terminal.flags import edited

    reference, client = references.checked(ids[0]), session.client()
    if references.is_prompt(reference):
        fields = edited.editable_prompt(client.prompt(reference))
    else:
        fields = edited.editable_job(client.job(reference), next(client.prompts(reference), None))
    codes = [exit_codes.OK]

    def apply(text: str) -> None:
        if changes := edited.changes_in(text, fields):
            codes.append(_change(ctx, [reference], changes))

    if not edit_text(f"{reference}.yaml", edited.document(reference, fields), apply):
        session.console.note("Nothing was changed.")
    return codes[-1]


_DONE = {
    "cancel": "cancelled",
    "retry": "queued again",
    "rerun": "submitted again",
    "hold": "held",
    "release": "released",
    "move": "moved",
    "delete": "deleted",
    "archive": "archived",
    "unarchive": "back in the list",
}


def _jobs(ids: list[str]) -> list[str]:
    """Ids that are jobs, one batch, or words of a filter."""
    is_batch = len(ids) == 1 and references.batch_number(ids[0])
    return ids if is_batch or _are_words(ids) else [references.job_only(text) for text in ids]


def _are_words(ids: list[str]) -> bool:
    """Whether they are words of a list's filter: each has a key, so that no misspelt id selects anything."""
    return all(":" in text for text in ids)


def _act(ctx: typer.Context, ids: list[str], action: str, options: dict[str, Any]) -> int:
    if len(ids) == 1 and (batch := references.batch_number(ids[0])):
        from video_queue.terminal.commands.batches import act_on_batch

        return act_on_batch(session_of(ctx), batch, action, _DONE[action], options)
    session = session_of(ctx)
    if _are_words(ids):
        from video_queue.domain.filter_words import filter_query

        answer = session.writing_client().act_on_filter(action, filter_query(ids), options)
        return print_counts(session, _DONE[action], answer)
    if action == "move" and len(ids) > 1:  # as one block
        answer = session.writing_client().act_on(action, [references.checked(text) for text in ids], options)
        return print_counts(session, _DONE[action], answer)
    return _each(ctx, ids, _DONE[action], lambda client, reference: client.act(reference, action, options))


def _each(ctx: typer.Context, ids: list[str], done: str, do: Callable[[Client, str], Json]) -> int:
    """Do it to every id; a single refusal is the command's failure, of several each is printed and counted."""
    session = session_of(ctx)
    checked = list(dict.fromkeys(map(references.checked, ids)))
    client = session.writing_client()
    if len(checked) == 1:
        _print_subject(session, checked[0], done, do(client, checked[0]))
        return exit_codes.OK
    from video_queue.domain.errors import VqError

    refused: list[str] = []
    for reference in checked:
        try:
            _print_subject(session, reference, done, do(client, reference))
        except VqError as error:
            refused.append(error.code)
            session.console.failure(error)
    return exit_codes.of_actions(len(checked) - len(refused), refused)


def _print_subject(session: Session, reference: str, done: str, subject: Json) -> None:
    if session.console.as_json:
        session.console.emit(subject)
        return
    if "refused" in subject:
        session.console.data(f"{reference} {done}: {subject['changed']} prompt(s)")
        for item in subject["refused"]:
            session.console.note(f"{item['message']} ({item['code']})")
        return
    number = subject.get("id")
    is_new_job = not references.is_prompt(reference) and number is not None and str(number) != reference
    session.console.data(f"{reference} {done}" + (f" as job {number}" if is_new_job else ""))
    note_kept(session, subject)
