"""What of a queue is exported: its rows as a queue file, the inputs to pack, and what stays out of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

import video_queue
from video_queue.db import artifacts, job_lists, jobs, moving, prompt_lists
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter
from video_queue.db.moving import HeldHere, WaitingJob
from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import Problem, ProblemsError
from video_queue.domain.moving import MovedBatch, MovedJob, MovedPrompt, QueueFile
from video_queue.domain.plan import PromptPlan
from video_queue.domain.snapshot import from_snapshot
from video_queue.domain.states import HeldReason
from video_queue.domain.submission import Submission, job_references, parse_reference, with_outputs
from video_queue.services.asker import PathGuard
from video_queue.services.moving.archive import ToPack
from video_queue.services.moving.places import THIS_SYSTEM, NamedFiles, roots_of
from video_queue.services.moving.styles import font_files, styles_named
from video_queue.system.files.safe_join import PORTABLE, refusal_of

_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Selection:
    """Which open jobs: those of these numbers, or that match the filter, or all."""

    ids: list[int] | None = None
    filter_: JobFilter | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What is to be written: the queue file without packed files, and the documents. `warnings`: what stays out."""

    waiting: list[WaitingJob]
    queue: QueueFile
    documents: dict[str, str]
    warnings: list[Problem]
    held: HeldHere


def read_contents(
    conn: Connection, id_: str, selection: Selection, now: str, *, hold: bool = False
) -> Contents:
    """What waits of the selected jobs; with `hold` it is held in the same transaction.

    Raises:
        VqError: `unknown_job`, `invalid_state.export_none`, `invalid_state.export_finished`.
        ProblemsError: jobs that come after others which are not exported.
    """
    waiting = moving.read_waiting(conn, _numbers(conn, selection))
    begun = [job for job in waiting if job.has_begun]
    waiting = [job for job in waiting if job.prompts or job.row["unexpanded"]]
    waiting, staying = _without_staying(conn, waiting)
    if staying and selection.ids is not None:
        raise ProblemsError(staying[:_MOST_PROBLEMS])
    if not waiting:
        raise fail("invalid_state.export_none")
    chosen = {job.number: {prompt["idx"] for prompt in job.prompts} for job in waiting}
    batches = {job.row["batch"] for job in waiting} - {None}
    queue = QueueFile(
        id=id_,
        exported_at=now,
        exported_by=f"video_queue {video_queue.__version__}",
        system="windows" if THIS_SYSTEM == "windows" else "posix",
        jobs=[_moved(conn, job, chosen) for job in waiting],
        batches=[
            MovedBatch(number=number, name=name) for number, name in moving.batch_names(conn, batches).items()
        ],
    )
    documents = moving.documents_of(conn, {job.row["workflow_hash"] for job in waiting})
    warnings = [*staying, *_warnings(conn, begun, chosen)]
    held = moving.hold(conn, waiting, now) if hold else HeldHere()
    return Contents(waiting, queue, documents, warnings, held)


def _numbers(conn: Connection, selection: Selection) -> set[int]:
    """The open jobs that are meant; a number that is none is refused."""
    open_numbers = set(moving.open_jobs(conn))
    if selection.ids is None:
        if selection.filter_ is None:
            return open_numbers
        return open_numbers & set(job_lists.matching_jobs(conn, selection.filter_))
    for number in selection.ids:
        if number not in open_numbers:
            job = jobs.get_job(conn, number)
            if job is None:
                raise fail("unknown_job.id", id=number)
            raise fail("invalid_state.export_finished", id=number, state=job.state.value)
    return set(selection.ids)


def _without_staying(conn: Connection, waiting: list[WaitingJob]) -> tuple[list[WaitingJob], list[Problem]]:
    """(jobs that can go, problems with those that come after open jobs which stay); without them others stay, too."""
    problems: list[Problem] = []
    while True:
        numbers = {job.number for job in waiting}
        staying = {job.number: after for job in waiting if (after := _stays_after(conn, job, numbers))}
        if not staying:
            return waiting, problems
        waiting = [job for job in waiting if job.number not in staying]
        problems += [
            problem("invalid_state.export_after", ("ids",), id=number, after=after)
            for number, after in staying.items()
        ]


def _stays_after(conn: Connection, job: WaitingJob, chosen: Collection[int]) -> int | None:
    """An open job that this one comes after and that is not exported."""
    wanted = list(job.after)
    for text in job_references(_submission(job)) if job.row["unexpanded"] else ():
        number, _ = _target_of(conn, text)
        other = jobs.get_job(conn, number)
        wanted += [number] if other is not None and other.finished_at is None else []
    return next((number for number in wanted if number not in chosen), None)


def _moved(conn: Connection, job: WaitingJob, chosen: Mapping[int, Collection[int]]) -> MovedJob:
    row = job.row
    submission = _submission(job)
    submission = with_outputs(submission, _outputs_of(conn, submission, chosen if row["unexpanded"] else {}))
    held = row["held_reason"] is not None
    return MovedJob(
        number=job.number,
        name=row["name"],
        workflow_hash=row["workflow_hash"],
        submission=submission.model_copy(
            update={
                "after": [number for number in job.after if number in chosen],
                "priority": row["priority"],
                "front": False,
                "held": held,
                "not_before": submission.not_before if row["not_before"] else None,
                "tags": json.loads(row["tags"]),
                "note": row["note"],
            }
        ),
        params=json.loads(row["params"]),
        resolution=row["resolution"],
        run_order=row["run_order"],
        rating=row["rating"],
        whole=row["dedupe_key"] is not None and len(job.prompts) == _total(row),
        unexpanded=bool(row["unexpanded"]),
        batch=row["batch"],
        prompts=[_moved_prompt(prompt) for prompt in job.prompts],
    )


def _moved_prompt(row: Mapping[str, Any]) -> MovedPrompt:
    return MovedPrompt(
        index=row["idx"],
        plan=PromptPlan.from_json(row["plan"]),
        seed=row["seed"],
        held=HeldReason(row["held_reason"]) if row["held_reason"] else None,
        tags=json.loads(row["tags"]),
        note=row["note"],
        rating=row["rating"],
    )


def _submission(job: WaitingJob) -> Submission:
    return Submission.model_validate_json(job.row["submission"])


def _total(row: Mapping[str, Any]) -> int:
    return sum(row[state] for state in ("queued", "running", "review", "succeeded", "failed", "cancelled"))


def _target_of(conn: Connection, text: str) -> tuple[int, int | None]:
    """(job, index) that `job:12`, `prompt:12.3` or `prompt:345` names; job 0 where there is none."""
    kind, _, name = text.partition(":")
    number, index = parse_reference(name)
    if kind == "job" or index is not None:
        return number, index
    prompt = prompt_lists.get_prompt(conn, number)
    return (prompt.job_id, prompt.index) if prompt else (0, None)


def _outputs_of(
    conn: Connection, submission: Submission, chosen: Mapping[int, Collection[int]]
) -> dict[str, list[str]]:
    """What stands for each `job:` and `prompt:`: files that were published, before what is still to come."""
    outputs = {}
    for text in job_references(submission):
        number, index = _target_of(conn, text)
        if index is None:
            files = artifacts.latest_outputs_of_job(conn, number)
            outputs[text] = [*files, text] if number in chosen else files
        elif index in chosen.get(number, ()):
            outputs[text] = [f"prompt:{number}.{index}"]
        else:
            prompt = prompt_lists.find_prompt(conn, number, index)
            outputs[text] = artifacts.latest_outputs_of_prompt(conn, prompt or 0)
    return outputs


def _warnings(
    conn: Connection, begun: Sequence[WaitingJob], chosen: Mapping[int, Collection[int]]
) -> list[Problem]:
    warnings = [
        problem("validation.export_begun", ("jobs", job.number), id=job.number, count=_active(job))
        for job in begun
    ]
    for number, after in moving.dependents(conn, chosen.keys()):
        warnings.append(problem("validation.export_dependent", ("jobs", number), id=number, after=after))
    if count := moving.count_watched(conn, chosen.keys()):
        warnings.append(problem("validation.export_watched", ("jobs",), count=count))
    return warnings


def _active(job: WaitingJob) -> int:
    return int(job.row["running"] + job.row["review"])


# --- what lies in files


def with_styles(contents: Contents, folder: Path) -> Contents:
    """With those of the artist's own caption styles, in `folder`, that the jobs name."""
    definitions = {
        job.workflow_hash: from_snapshot(contents.documents[job.workflow_hash], {}).definition
        for job in contents.queue.jobs
    }
    styles, problems = styles_named(contents.queue.jobs, definitions, folder)
    contents.warnings.extend(problems)
    return replace(contents, queue=contents.queue.model_copy(update={"styles": styles}))


def packed(contents: Contents, guard: PathGuard | None) -> tuple[QueueFile, list[ToPack]]:
    """The queue file with the folders of its inputs, and each input with its name in the archive.

    Raises:
        ProblemsError: inputs that are not there, or that the caller may not read.
    """
    named = NamedFiles()
    for job in contents.queue.jobs:
        text = contents.documents[job.workflow_hash]
        definition = from_snapshot(text, {}).definition
        plans = [prompt.plan for prompt in job.prompts]
        named.add(definition, [job.params], plans)
        if job.unexpanded:
            named.add_submission(job.submission, definition)
    named.files |= dict.fromkeys(font_files(contents.queue.styles))
    paths = [*named.files, *named.runs]
    for path in paths if guard else ():
        if guard:
            guard(Path(path))
    missing = [path for path in paths if not Path(path).is_file()]
    if missing:
        raise ProblemsError(
            [problem("input_missing.file", ("inputs",), path=path) for path in missing[:_MOST_PROBLEMS]]
        )
    for folder in named.folders:
        contents.warnings.append(problem("validation.export_folder", ("params",), path=folder))
    # The folder of a submission comes whole, so that it is one there.
    inside = [job.submission.input_dir for job in contents.queue.jobs if job.submission.input_dir]
    roots = roots_of(paths, inside)
    numbers = {root: number for number, root in enumerate(roots, start=1)}
    to_pack = {path: _archive_name(PurePath(path), numbers) for path in paths}
    _require_portable(to_pack)
    queue = contents.queue.model_copy(update={"folders": roots})
    return queue, [(name, Path(path)) for path, name in to_pack.items()]


def _require_portable(to_pack: Mapping[str, str]) -> None:
    """Refuse to pack files that could not be extracted on every system."""
    problems = [
        problem("validation.export_input_name", ("inputs",), path=path, detail=detail)
        for path, name in to_pack.items()
        if (detail := next(filter(None, (refusal_of(part, PORTABLE) for part in name.split("/"))), None))
    ]
    if problems:
        raise ProblemsError(problems[:_MOST_PROBLEMS])


def _archive_name(path: PurePath, numbers: Mapping[str, int]) -> str:
    root = next(str(folder) for folder in path.parents if str(folder) in numbers)
    return f"inputs/{numbers[root]}/{path.relative_to(root).as_posix()}"
