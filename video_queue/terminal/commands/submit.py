"""`vq submit`: from flags to a job, and on request to its end."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.commands.submitted import PrintId, Run, Timeout, Wait, enqueue
from video_queue.terminal.flags.body import build_submission
from video_queue.terminal.flags.completion import complete_workflow
from video_queue.terminal.flags.options import SubmissionFlags, flag_name, taking_submission_flags, typed
from video_queue.terminal.flags.preset import read_preset
from video_queue.terminal.session import Session, session_of

_Workflow = Annotated[
    str,
    typer.Argument(
        metavar="WORKFLOW",
        help="Name of the workflow (vq workflow ls).",
        autocompletion=complete_workflow,
        show_default=False,
    ),
]
_Batch = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Submit all jobs of this file (YAML, JSON), or none.")
]


@taking_submission_flags
def submit(
    ctx: typer.Context,
    *,
    workflow: _Workflow = "",
    flags: SubmissionFlags,
    batch: _Batch = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be made; write nothing.")
    ] = False,
    wait: Wait = False,
    run: Run = False,
    print_id: PrintId = False,
    timeout: Timeout = None,
) -> int:
    """Put work into the queue.

    \b
    Examples:
      vq submit transcode clip.mp4
      vq submit restyle *.mp4 -p prompt="oil painting" --sweep denoise=0.3,0.5 --seeds 4
      vq submit restyle clip.mp4 --sweep 'prompt=["rain", "snow, at night"]'
      vq submit captions --input-dir ~/talks --recursive --wait
      find . -name '*.mov' | vq submit transcode -
      vq submit restyle --rows shots.csv --dry-run
      vq submit restyle clip.mp4 --preset night -p denoise=0.4
      vq submit --batch night.yaml
    """
    session = session_of(ctx)
    if batch is not None:
        from video_queue.terminal.commands.batches import submit_batch

        _refuse_with_batch(flags, {"--dry-run": dry_run, "--run": run})
        key = flags.idempotency_key
        return submit_batch(session, batch, key, wait=wait, print_id=print_id, timeout=timeout)
    _require_workflow(workflow)
    preset = read_preset(session, flags.workflow, flags.preset)
    definition = cache(lambda: session.client().workflow(flags.workflow))
    submission = _with_moment(build_submission(definition, flags, preset))
    if dry_run:
        return _show_preview(session, submission)
    options: Json = {"wait": wait, "run": run, "print_id": print_id, "timeout": timeout}
    return enqueue(session, lambda client: client.submit(submission), **options)


def _with_moment(submission: Json) -> Json:
    """`22:00` as the next moment at which it is that."""
    if "not_before" not in submission:
        return submission
    from video_queue.terminal.flags.moments import moment_to_come

    return {**submission, "not_before": moment_to_come(submission["not_before"])}


def _refuse_with_batch(flags: SubmissionFlags, more: Mapping[str, bool]) -> None:
    """A file of submissions says all itself; what it would not follow is refused."""
    own = {
        flag_name(name): was_typed for name, was_typed in typed(flags).items() if name != "idempotency_key"
    }
    if words := [name for name, was_typed in {**own, **more}.items() if was_typed]:
        from video_queue.domain.catalogue import fail

        detail = f"--batch does not go with {', '.join(words)}"
        raise fail("validation.usage", detail=detail, command="vq submit")


def _require_workflow(name: str) -> None:
    if not name:
        from video_queue.domain.catalogue import fail

        raise fail("validation.usage", detail="WORKFLOW is missing", command="vq submit")


def _show_preview(session: Session, submission: Json) -> int:
    from video_queue.terminal.show.tables import preview_lines

    preview = session.client().preview(submission)
    console = session.console
    console.answer(preview, preview_lines(preview))
    for warning in preview["warnings"]:
        console.note(f"warning: {warning['message']}")
    if not preview["problems"]:
        return exit_codes.OK
    if not console.as_json:
        from video_queue.domain.errors import Problem, ProblemsError

        console.failure(ProblemsError([Problem.model_validate(problem) for problem in preview["problems"]]))
    return exit_codes.of_error(preview["problems"][0]["code"])
