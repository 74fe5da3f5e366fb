"""`vq submit`: from flags to a job, and on request to its end."""

from functools import cache
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
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
    wait: Annotated[bool, typer.Option("--wait", help="Stay until it is finished (needs a server).")] = False,
    run: Annotated[
        bool, typer.Option("--run", help="Work on it here if no server runs, until it is finished.")
    ] = False,
    print_id: Annotated[
        bool, typer.Option("--print-id", help="Print the job's number and nothing else.")
    ] = False,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="SECONDS", help="With --wait: give up waiting after this (exit 124)."),
    ] = None,
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
    return _enqueue(session, submission, wait=wait, run=run, print_id=print_id, timeout=timeout)


def _enqueue(
    session: Session, submission: Json, *, wait: bool, run: bool, print_id: bool, timeout: str | None
) -> int:
    if wait and not run:
        session.require_server()
    client = session.writing_client()
    job = client.submit(submission)
    for warning in job.get("warnings", ()):
        session.console.note(f"warning: {warning['message']}")
    _print_job(session, job, print_id=print_id)
    if not (wait or run):
        return exit_codes.OK
    if run and not client.serves:
        from video_queue.terminal.serving.foreground import work_until_finished

        session.close()
        return work_until_finished(session, job["id"], silent=print_id)
    from video_queue.terminal.show.waiting import wait_for

    return wait_for(session, [str(job["id"])], timeout, silent=print_id)


def _print_job(session: Session, job: Json, *, print_id: bool) -> None:
    console = session.console
    if print_id:
        console.data(str(job["id"]))
        return
    if console.as_json:
        console.emit(job)
        return
    count = sum(job["counts"].values())
    what = "already there" if job["reused"] else f"{count} prompt{'' if count == 1 else 's'}"
    console.data(f"job {job['id']}  {job['name']}  {what}  -> {job['output_dir']}")
    if job["reused"]:
        console.note("The same work was submitted before; --force submits it again.")


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
