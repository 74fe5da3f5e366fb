"""`vq submit`: from flags to a job, and on request to its end."""

from functools import cache
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.commands.submitted import PrintId, Run, Timeout, Wait, enqueue
from video_queue.terminal.flags.body import build_submission
from video_queue.terminal.flags.options import SubmissionFlags, taking_submission_flags
from video_queue.terminal.session import Session, session_of


@taking_submission_flags
def submit(
    ctx: typer.Context,
    flags: SubmissionFlags,
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
    """
    session = session_of(ctx)
    preset = session.client().preset(flags.workflow, flags.preset) if flags.preset else None
    definition = cache(lambda: session.client().workflow(flags.workflow))
    submission = build_submission(definition, flags, preset)
    if dry_run:
        return _show_preview(session, submission)
    return enqueue(
        session,
        lambda client: client.submit(submission),
        wait=wait,
        run=run,
        print_id=print_id,
        timeout=timeout,
    )


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
