"""`vq report`: what ended since a moment and what waits for a decision, as text, JSON or one HTML page.

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
    begin = moment_before(since, datetime.now())  # noqa: DTZ005
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
