"""`vq submit`: from flags to a job, and on request to its end."""

from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.commands.completion import complete_workflow
from video_queue.terminal.flags.body import build_submission
from video_queue.terminal.session import Session, session_of


def submit(
    ctx: typer.Context,
    workflow: Annotated[
        str,
        typer.Argument(
            metavar="WORKFLOW",
            help="Name of the workflow (vq workflow ls).",
            autocompletion=complete_workflow,
        ),
    ],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT", help="Files, job:ID, prompt:ID, SLOT=FILE; - reads paths from stdin."
        ),
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option("-p", "--param", metavar="NAME=VALUE", help="A parameter's value.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="Begin with the values of this preset.")
    ] = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUES", help="One prompt for each value: a,b or @FILE or a JSON list."),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A table (.csv, .jsonl) with a column `input` and parameters."),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(metavar="N|LIST|A..B", help="How many seeds, which ones, or from A to B.")
    ] = None,
    input_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Take the files of this folder.")
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Its subfolders too.")] = False,
    glob: Annotated[
        str | None, typer.Option(metavar="GLOB", help="Only names that match, such as '*.mp4'.")
    ] = None,
    resolution: Annotated[
        str | None, typer.Option(metavar="WxH", help="One of the workflow's resolutions.")
    ] = None,
    flip: Annotated[bool, typer.Option("--flip", help="Swap width and height.")] = False,
    output_dir: Annotated[
        Path | None, typer.Option("-o", "--output-dir", metavar="DIR", help="Where the outputs go.")
    ] = None,
    name: Annotated[str, typer.Option(help="A name for the job.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given several times.")] = None,
    note: Annotated[str, typer.Option(help="A note for yourself.")] = "",
    priority: Annotated[int | None, typer.Option(help="Higher goes first; 0 is usual.")] = None,
    front: Annotated[bool, typer.Option("--front", help="Before everything of its priority.")] = False,
    held: Annotated[bool, typer.Option("--held", help="Wait for vq release.")] = False,
    not_before: Annotated[
        str | None, typer.Option(metavar="TIME", help="Start at this moment or later.")
    ] = None,
    after: Annotated[
        list[str] | None, typer.Option(metavar="JOB", help="Start when this job is finished.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Release only the first N; the rest is held.")
    ] = None,
    if_exists: Annotated[
        str, typer.Option(metavar="version|skip", help="What to do about outputs that exist.")
    ] = "",
    run_order: Annotated[str, typer.Option(metavar="by_phase|by_prompt", help="What to finish first.")] = "",
    review: Annotated[bool, typer.Option("--review", help="Stop at the optional review phases.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Submit even if the same job is waiting already.")
    ] = False,
    no_reuse: Annotated[bool, typer.Option("--no-reuse", help="Run every phase again.")] = False,
    idempotency_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The same key always gives the first job.")
    ] = None,
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
    submission = build_submission(
        cache(lambda: session.client().workflow(workflow)),
        workflow=workflow,
        inputs=inputs or (),
        params=param or (),
        sweep=sweep or (),
        rows=rows,
        seeds=seeds,
        input_dir=input_dir,
        output_dir=output_dir,
        tags=tag or (),
        after=after or (),
        preset=session.client().preset(workflow, preset) if preset else None,
        recursive=recursive,
        glob=glob,
        resolution=resolution,
        flip=flip,
        name=name,
        note=note,
        priority=priority,
        front=front,
        held=held,
        not_before=not_before,
        limit=limit,
        if_exists=if_exists,
        run_order=run_order,
        review=review,
        idempotency_key=idempotency_key,
    )
    submission |= {key: False for key, is_off in (("dedupe", force), ("reuse", no_reuse)) if is_off}
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
    if console.as_json:
        console.emit(preview)
    else:
        for line in preview_lines(preview):
            console.data(line)
    for warning in preview["warnings"]:
        console.note(f"warning: {warning['message']}")
    if not preview["problems"]:
        return exit_codes.OK
    if not console.as_json:
        from video_queue.domain.errors import Problem, ProblemsError

        console.failure(ProblemsError([Problem.model_validate(problem) for problem in preview["problems"]]))
    return exit_codes.of_error(preview["problems"][0]["code"])
