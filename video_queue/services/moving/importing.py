"""Import: the jobs of a queue file written here, all of them in one transaction or none, and none a second time."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from video_queue.db import moving
from video_queue.db.queue_db import QueueDB
from video_queue.domain.batches import PENDING
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import Problem, ProblemsError, VqError
from video_queue.domain.media.captions import CaptionStyle
from video_queue.domain.moving import Imported, ImportedJob, ImportOptions, MovedJob, QueueFile
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.submission import Submission, job_references
from video_queue.services.asker import Asker
from video_queue.services.caption_styles import CaptionStyles
from video_queue.services.clock import Clock
from video_queue.services.moving.archive import Archive, open_archive, place_of
from video_queue.services.moving.checking import absent, files_of, order_problems, value_problems
from video_queue.services.moving.places import Places, roots_among, system_of
from video_queue.services.moving.planning import as_submitted_here, planned_here, with_indexes
from video_queue.services.moving.styles import arriving_styles, font_files, keep_styles, remove_styles
from video_queue.services.moving.workflows import workflows_of
from video_queue.services.moving.writing import MovedRows, write_moved
from video_queue.services.roots import UPLOADS
from video_queue.services.submission.job_service import JobService
from video_queue.services.submission.path_guard import refused_paths
from video_queue.services.submission.prepared_job import PreparedJob
from video_queue.services.submission.style_checks import style_problems
from video_queue.settings import Settings
from video_queue.system.files.durable import sync_files, writing_to
from video_queue.system.files.path_utils import normalize_input_path
from video_queue.system.processes.cancellation import in_thread

_MOST_PROBLEMS = 100


@dataclass(slots=True)
class _Arrival:
    """A queue file on its way in: `new` are its jobs that are not here yet, `here` the numbers of the others; `styles`
    those that are not here yet."""

    archive: Archive
    options: ImportOptions
    asker: Asker
    here: dict[int, int]
    new: list[MovedJob]
    workflows: dict[str, LoadedWorkflow]
    places: Places
    target: Path
    styles: dict[str, CaptionStyle]
    warnings: list[Problem]
    problems: list[Problem] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    prepared: list[PreparedJob] = field(default_factory=list)

    @property
    def queue(self) -> QueueFile:
        """What the file says."""
        return self.archive.queue


class QueueImports:
    """Reads queue files and makes jobs of them."""

    def __init__(
        self, db: QueueDB, jobs: JobService, styles: CaptionStyles, settings: Settings, clock: Clock
    ) -> None:
        self._db, self._jobs, self._styles, self._settings, self._clock = db, jobs, styles, settings, clock

    async def import_queue(self, options: ImportOptions, asker: Asker) -> Imported:
        """Make the jobs of a queue file; in a dry run only say what would come of it, problems included.

        Raises:
            VqError: `validation.queue_file` for what is none, `path_not_allowed`, `disk_full`.
            ProblemsError: inputs that are not here, and everything else that is wrong; nothing was written.
        """
        path = normalize_input_path(options.path).absolute()
        if asker.guard:
            asker.guard(path)
        with ExitStack() as opened:
            archive = await asyncio.to_thread(opened.enter_context, open_archive(path))
            arrival = await self._arrival(archive, options, asker)
            arrival.problems = (await asyncio.to_thread(_problems, arrival, self._settings, self._styles))[
                :_MOST_PROBLEMS
            ]
            if options.dry_run:
                if not arrival.problems:
                    await self._prepare(arrival)
                return _answer(arrival, arrival.here, set())
            _require_none(arrival.problems)
            numbers, new = await self._write(arrival)
            return _answer(arrival, arrival.here | numbers, new)

    async def _arrival(self, archive: Archive, options: ImportOptions, asker: Asker) -> _Arrival:
        queue = archive.queue
        known = await self._db.read(moving.moved_here, [_key(queue, job) for job in queue.jobs])
        here = {job.number: known[_key(queue, job)] for job in queue.jobs if _key(queue, job) in known}
        new = [job for job in queue.jobs if job.number not in here]
        target = self._settings.home / UPLOADS / f"{queue.id}-inputs"
        packed = {folder: str(target / str(number)) for number, folder in enumerate(queue.folders, start=1)}
        maps = {old: str(normalize_input_path(new_).absolute()) for old, new_ in options.maps.items()}
        places = Places.of(system_of(queue.system), packed, maps)
        styles, warnings = await asyncio.to_thread(arriving_styles, queue, places, self._styles)
        return _Arrival(
            archive=archive,
            options=options,
            asker=asker,
            here=here,
            new=new,
            workflows=await workflows_of(self._db, archive, {job.workflow_hash for job in new}, asker.guard),
            places=places,
            target=target,
            styles=styles if new else {},
            warnings=warnings if new else [],
        )

    async def _write(self, arrival: _Arrival) -> tuple[dict[int, int], set[int]]:
        """Extract the packed inputs and write the jobs, as `write_moved` does; after a problem nothing is left."""
        if not arrival.new:
            return {}, set()
        extracted = bool(arrival.queue.files) and not arrival.target.exists()
        kept: list[Path] = []
        try:
            if extracted:
                await in_thread(lambda stop: self._extract(arrival, stop))
            kept = await asyncio.to_thread(keep_styles, arrival.styles, self._styles, arrival.target)
            await self._prepare(arrival)
            _require_none(arrival.problems)
            rows = []
            for job, prepared in zip(arrival.new, arrival.prepared, strict=True):
                new, prompts = await self._jobs.rows_of(prepared, arrival.asker)
                rows.append(MovedRows(job, prepared.submission, new, prompts, _key(arrival.queue, job)))
            return await self._db.transact(write_moved, arrival.queue, rows, self._clock.iso())
        except BaseException:
            await asyncio.to_thread(remove_styles, kept)
            if extracted:
                await asyncio.to_thread(shutil.rmtree, arrival.target, True)
            raise

    async def _prepare(self, arrival: _Arrival) -> None:
        """Resolve every new job; problems are kept with its number."""
        numbers = arrival.here | {job.number: PENDING + at for at, job in enumerate(arrival.new)}
        indexes = {
            job.number: {prompt.index: at for at, prompt in enumerate(job.prompts, start=1)}
            for job in arrival.queue.jobs
        }
        for job in arrival.new:
            definition = arrival.workflows[job.workflow_hash].definition
            submission = as_submitted_here(job, definition, arrival.places, arrival.options)
            try:
                prepared, problems = await self._prepared(
                    job, with_indexes(submission, indexes, numbers), arrival
                )
            except VqError as error:
                problems = error.problems if isinstance(error, ProblemsError) else [error.problem(())]
            else:
                arrival.prepared += [prepared] if prepared else []
            arrival.problems += [
                item.model_copy(update={"loc": ("jobs", job.number, *item.loc)}) for item in problems
            ]

    async def _prepared(
        self, job: MovedJob, submission: Submission, arrival: _Arrival
    ) -> tuple[PreparedJob | None, list[Problem]]:
        """The job with its prompts of there; one that waited for files which exist by now gets its prompts here."""
        workflow = arrival.workflows[job.workflow_hash]
        pending = range(PENDING, PENDING + len(arrival.new))
        if job.prompts or job_references(submission):
            planned = planned_here(job, submission, workflow.definition, arrival.places)
            known = [*await asyncio.to_thread(self._styles.names), *arrival.styles]
            unknown = style_problems(workflow.definition, planned, known)
            prepared, problems = await self._jobs.prepare_planned(
                submission, workflow, planned, pending=pending
            )
            return prepared, [*unknown, *problems]
        if arrival.options.dry_run and (arrival.queue.files or arrival.styles):
            return None, []  # its inputs and styles are still packed
        return await self._jobs.prepare_job(submission, arrival.asker, workflow, pending=pending), []

    def _extract(self, arrival: _Arrival, stop: threading.Event) -> None:
        """The packed inputs, durable, under a name that shows only what is complete."""
        folder, queue = arrival.target.parent, arrival.queue
        partial = folder / f".{arrival.target.name}.partial"
        with writing_to(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if sum(file.bytes for file in queue.files) > shutil.disk_usage(folder).free:
                raise fail("disk_full.write", path=str(folder))
            shutil.rmtree(partial, ignore_errors=True)
            try:
                arrival.archive.extract(partial, stop)
                sync_files([place_of(file, partial) for file in queue.files], folder)
                partial.rename(arrival.target)
            finally:
                shutil.rmtree(partial, ignore_errors=True)


def _problems(arrival: _Arrival, settings: Settings, styles: CaptionStyles) -> list[Problem]:
    """What is wrong with the new jobs before they are prepared: values, and files that are not here."""
    problems = order_problems(arrival.queue.jobs)
    for job in arrival.new:
        problems += value_problems(job, arrival.workflows[job.workflow_hash].definition, settings)
    if problems:
        return problems
    for name in arrival.styles:
        try:
            styles.require_name(name)
        except VqError as error:
            problems.append(error.problem(("styles", name)))
    if problems:
        return problems
    named = files_of(arrival.new, arrival.workflows, arrival.places)
    named.files |= dict.fromkeys(font_files(arrival.styles))
    packed = {str(place_of(file, arrival.target)) for file in arrival.queue.files}
    guard = arrival.asker.guard
    problems, arrival.missing = absent(named, _output_folders(arrival), arrival.places, packed, guard)
    for job in arrival.new if guard and not problems else ():
        definition = arrival.workflows[job.workflow_hash].definition
        submission = as_submitted_here(job, definition, arrival.places, arrival.options)
        problems += refused_paths(submission, definition, guard) if guard else []
    return problems


def _output_folders(arrival: _Arrival) -> list[str]:
    """The output folders that are named, as they are here."""
    if arrival.options.output_dir:
        return [arrival.options.output_dir]
    named = (job.submission.output_dir for job in arrival.new)
    return [arrival.places.here(folder) for folder in named if folder]


def _require_none(problems: list[Problem]) -> None:
    if problems:
        raise ProblemsError(problems)


def _key(queue: QueueFile, job: MovedJob) -> str:
    return f"{queue.id}:{job.number}"


def _answer(arrival: _Arrival, numbers: Mapping[int, int], new: Collection[int]) -> Imported:
    queue = arrival.queue
    jobs = [
        ImportedJob(
            number=job.number,
            id=numbers.get(job.number),
            name=job.name,
            workflow=job.submission.workflow,
            prompts=len(job.prompts),
            held=job.submission.held or arrival.options.held,
            reused=job.number in arrival.here or numbers.get(job.number, 0) not in {0, *new},
        )
        for job in queue.jobs
    ]
    return Imported(
        id=queue.id,
        exported_at=queue.exported_at,
        dry_run=arrival.options.dry_run,
        jobs=jobs,
        files=len(queue.files),
        file_bytes=sum(file.bytes for file in queue.files),
        problems=arrival.problems,
        missing=roots_among(arrival.missing, arrival.places.system),
        styles=list(arrival.styles),
        warnings=[*arrival.warnings, *_warnings(arrival.prepared)],
    )


def _warnings(prepared: Sequence[PreparedJob]) -> list[Problem]:
    """The warnings of all jobs, equal ones once."""
    return list({(item.code, item.message): item for job in prepared for item in job.warnings}.values())
