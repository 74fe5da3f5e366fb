"""What happened in a span of time: the report of the night (docs/notifications.md)."""

from __future__ import annotations

from pydantic import BaseModel

from video_queue.domain.states import JobState, Lane
from video_queue.domain.views import Artifact, Counts


class FinishedJob(BaseModel):
    """A job that ended in the span."""

    id: int
    name: str
    workflow: str
    state: JobState
    counts: Counts
    finished_at: str
    model_loads_saved: int = 0


class Cause(BaseModel):
    """Prompts that failed for the same reason (code and node of their error), with the newest one's words.

    `examples` are 20 of them by name; `ids` are all of them, up to 10,000, as `POST /actions` takes them.
    """

    code: str
    message: str
    hint: str
    prompts: int
    examples: list[str]
    ids: list[str] = []


class Decision(BaseModel):
    """What waits for a person now: a job that is held (`reason` as in Job) or in `review`."""

    job_id: int
    name: str
    reason: str
    prompts: int


class GivenUpFile(BaseModel):
    """A file of a watched folder that was given up in the span; there is no job of it."""

    watch: int
    folder: str
    file: str
    reason: str


class Renders(BaseModel):
    """Prompts that ended in the span; `skipped` succeeded without work since the output was there."""

    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0


class Stretch(BaseModel):
    """A time in which a lane worked: how many renders it worked on, and how many of them failed."""

    start: str
    end: str
    renders: int
    failed: int


class Gap(BaseModel):
    """A time in which a lane stood still.

    `reason`: `idle` (it had nothing to do), `down` (vq was not running), why the queue was paused (`user, schedule,
    disk_full`), or why the lane waited (as in `waiting_for`).
    """

    start: str
    end: str
    reason: str


class Track(BaseModel):
    """A lane from the begin of the span to its end."""

    lane: Lane
    stretches: list[Stretch]
    gaps: list[Gap]


class NewOutputs(BaseModel):
    """What a job made in the span: how many files, up to four of them (numbers of artifacts), the newest first."""

    job_id: int
    name: str
    workflow: str
    files: int
    artifacts: list[int]
    finished_at: str
    seen: bool


class Visit(BaseModel):
    """Use of the page. After two hours without any, since when that was, and how many renders ended meanwhile."""

    away_since: str | None = None
    ended: int = 0


class Report(BaseModel):
    """From `since` to `until` (ISO 8601, UTC). Seconds are those of the phases of prompts that ended in the span.

    `outputs` and `given_up` are the newest 200 files, `new_outputs` the newest 200 jobs with outputs.
    """

    since: str
    until: str
    renders: Renders
    gpu_seconds: float
    media_seconds: float
    jobs: list[FinishedJob]
    failures: list[Cause]
    given_up: list[GivenUpFile]
    decisions: list[Decision]
    waiting: int
    outputs: list[Artifact]
    tracks: list[Track] = []
    new_outputs: list[NewOutputs] = []


_REASONS = {
    "review": "waits for your review",
    "user": "held by you",
    "breaker": "held, its renders kept failing",
    "pilot": "held until you release the rest",
    "dependency": "held, a job it comes after failed",
}


def headline(report: Report) -> str:
    """`239 renders, 3 failed`: what came of the span in a few words."""
    renders = report.renders
    words = [f"{renders.succeeded} {'render' if renders.succeeded == 1 else 'renders'}"]
    words += [
        f"{number} {name}"
        for name, number in (
            ("failed", renders.failed),
            ("cancelled", renders.cancelled),
            ("there already", renders.skipped),
            ("file given up" if len(report.given_up) == 1 else "files given up", len(report.given_up)),
        )
        if number
    ]
    return ", ".join(words)


def work(report: Report) -> str:
    """How long the lanes worked, and what is left to do."""
    left = f"{report.waiting} still to do." if report.waiting else "Nothing is left to do."
    saved = sum(max(0, job.model_loads_saved) for job in report.jobs)
    loads = f", {saved} model load{'' if saved == 1 else 's'} saved" if saved else ""
    return f"GPU {_hours(report.gpu_seconds)}, media {_hours(report.media_seconds)}{loads}. {left}"


_STOPS = {
    "down": "vq was not running",
    "user": "paused by you",
    "schedule": "paused by the schedule",
    "disk_full": "the disk was almost full",
    "comfy_unreachable": "ComfyUI did not answer",
    "comfy_zombie": "ComfyUI had stopped working",
    "comfy_busy": "ComfyUI was busy with other work",
    "output_unavailable": "an output folder was away",
}


def stops(report: Report) -> list[tuple[Lane, Gap, str]]:
    """The gaps in which there was something to do, with the reason in words."""
    return [
        (track.lane, gap, _STOPS.get(gap.reason, gap.reason))
        for track in report.tracks
        for gap in track.gaps
        if gap.reason != "idle"
    ]


def reason_words(decision: Decision) -> str:
    """Why a job waits for a person."""
    return _REASONS.get(decision.reason, decision.reason)


def _hours(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
