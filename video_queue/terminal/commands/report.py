"""`vq report`: what ended since a moment and what waits for a decision, as text, JSON or one HTML page; `vq tonight`:
what comes next.

The moment is typed in the machine's own time and sent in UTC.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.flags.text_file import write_named
from video_queue.terminal.session import session_of
from video_queue.terminal.show.tables import moment

_EXAMPLES = 5
_GB = 1024**3
_MODELS = {
    "unused": "none is needed",
    "present": "all that are named are there",
    "missing": "something that is named is missing",
    "unknown": "not known until ComfyUI answers",
}


def report(
    ctx: typer.Context,
    since: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="12h, 2d, today, yesterday, 22:00 (the last one) or 2026-01-31T22:00."
        ),
    ] = "12h",
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one HTML page with thumbnails instead.")
    ] = None,
) -> int:
    """Tell what ended since a moment: finished, failed by cause, GPU hours, what waits for you.

    \b
    Examples:
      vq report
      vq report --since yesterday
      vq report --since 22:00 --html night.html
      vq report --since 2d --json | jq .renders
    """
    from video_queue.domain.moments import local_as_utc, moment_before

    session = session_of(ctx)
    # Without a zone it is the machine's time on any day, whatever summer time does.
    begin = moment_before(since, datetime.now())  # noqa: DTZ005 - the machine's time, as people mean it
    query = {"since": local_as_utc(begin).isoformat()}
    if html is not None:
        write_named(html, session.client().report_page(query).encode())
        session.console.data(str(html.absolute()))
        return exit_codes.OK
    answer = session.client().report(query)
    session.console.answer(answer, _lines(answer))
    return exit_codes.OK


def _lines(answer: Json) -> Iterator[str]:
    from video_queue.domain.report import Report, headline, reason_words, stops, work

    report = Report.model_validate(answer)
    yield f"{headline(report)} since {moment(report.since)}"
    yield work(report)
    for lane, gap, words in stops(report):
        yield f"stood still: {lane} {moment(gap.start)} to {moment(gap.end)}: {words}"
    for decision in report.decisions:
        yield f"needs you: {decision.job_id}  {decision.name}: {reason_words(decision)} ({decision.prompts})"
    for cause in report.failures:
        names = ", ".join(cause.examples[:_EXAMPLES]) + (" ..." if cause.prompts > _EXAMPLES else "")
        yield f"failed: {cause.prompts} x {cause.message} ({names})"
    for file in report.given_up:
        yield f"given up: {file.folder}/{file.file}: {file.reason}"
    for job in report.jobs:
        yield f"job {job.id}  {job.name}  {job.state}  {moment(job.finished_at)}"


def tonight(ctx: typer.Context) -> int:
    """Tell when all that waits is done, whether the disk suffices, what stands in the way, what comes then.

    \b
    Examples:
      vq tonight
      vq tonight --json | jq .obstacles
    """
    session = session_of(ctx)
    answer = session.client().tonight()
    session.console.answer(answer, _tonight_lines(answer))
    return exit_codes.OK


def _tonight_lines(answer: Json) -> Iterator[str]:
    from video_queue.domain.tonight import Tonight

    plan = Tonight.model_validate(answer)
    done = f"done about {moment(plan.done_at)[:-3]}" if plan.done_at else "when it is done is not known"
    yield f"{plan.waiting} renders to do, {done}" if plan.waiting else "nothing waits to be done"
    for disk in plan.disks:
        free = (
            "away"
            if disk.free is None
            else f"{disk.needed / _GB:.1f} GB needed, {disk.free / _GB:.1f} GB free"
        )
        yield f"disk {disk.path}: {free}"
    yield f"models: {_MODELS[plan.models]}"
    for item in plan.obstacles:
        yield f"in the way: {item.text}. {item.hint}".rstrip()
    then = plan.when_done
    yield f"then: {then.action}; told: {', '.join(['inbox', *then.channels])}"
