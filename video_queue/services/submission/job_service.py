"""The one entry point of jobs: browser, CLI, watch folders and REST all submit here.

`prepare_job` resolves a submission and writes nothing; `enqueue_job` writes it in one transaction.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.comfy.preflight import preflight, previews_only, unchecked
from video_queue.db import documents, enqueue, jobs, prompt_lists, queue_state
from video_queue.db.connection import Connection
from video_queue.db.enqueue import JOB_ID_MARK, NewJob, NewPrompt
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem, ProblemsError, VqError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.submission import Submission, job_references, parse_reference, with_outputs
from video_queue.domain.views import Job, SubmittedJob
from video_queue.media.facts import probe_header
from video_queue.media.facts_cache import FactsCache
from video_queue.media.text.styles import style_names
from video_queue.services.asker import COMMAND_LINE, Asker, PathGuard
from video_queue.services.clock import Clock
from video_queue.services.comfyui import comfy_is_connected
from video_queue.services.estimates import Estimates, rounded
from video_queue.services.submission import prepared_job
from video_queue.services.submission.input_checks import Probe
from video_queue.services.submission.inputs import InputCollection
from video_queue.services.submission.measures import sample_of
from video_queue.services.submission.missing_engines import missing_engines
from video_queue.services.submission.output_folders import (
    make_folder,
    mirror_problems,
    output_folder,
    prepared_folder,
)
from video_queue.services.submission.path_guard import (
    all_file_problems,
    asked_once,
    outside_problems,
    refused_paths,
)
from video_queue.services.submission.prepared_job import PreparedJob
from video_queue.services.submission.preview import JobPreview, future_matrix, sample_of_plans
from video_queue.services.submission.prompt_builder import (
    JobSettings,
    PlannedJob,
    plan_job,
    resolve_settings,
)
from video_queue.services.submission.seeds import drawing_range, no_seed_problem
from video_queue.services.submission.style_checks import style_problems
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.settings import Settings
from video_queue.system.files.folders import mount_of

_SHORT = 100  # prompts that are written in about a millisecond


class JobService:
    """Submitting: prepare, enqueue, preview, and fanning out jobs whose inputs are other jobs' outputs."""

    def __init__(
        self,
        db: QueueDB,
        workflows: WorkflowService,
        estimates: Estimates,
        comfy: ComfyCatalogue,
        settings: Settings,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._db, self._workflows, self._estimates, self._settings = db, workflows, estimates, settings
        self._comfy, self._clock, self._rng = comfy, clock, rng
        # A clip that is submitted again is not opened again.
        self._facts = FactsCache()

    async def submit(self, submission: Submission, asker: Asker = COMMAND_LINE) -> Job:
        """Prepare and enqueue: the Job (a SubmittedJob where there are warnings), `reused` when it was there.

        Raises:
            ProblemsError: all problems with it; nothing was written.
            VqError: `unknown_workflow`.
        """
        prepared = await self.prepare_job(submission, asker)
        job = await self.enqueue_job(prepared, asker)
        return SubmittedJob(**dict(job), warnings=prepared.warnings) if prepared.warnings else job

    async def prepare_job(
        self,
        submission: Submission,
        asker: Asker = COMMAND_LINE,
        workflow: LoadedWorkflow | None = None,
        *,
        pending: Collection[int] = (),
    ) -> PreparedJob:
        """Resolve a submission without writing anything; paths that the asker may not name are problems.

        `workflow` is one that a job has kept; by default it is the file of today. `pending` stand for jobs that will
        be written together with this one.

        Raises:
            ProblemsError: all problems with it.
            VqError: `unknown_workflow`.
        """
        prepared, problems = await self._resolve(submission, asker.guard, workflow, pending)
        if problems:
            raise ProblemsError(problems)
        return prepared

    async def prepare_planned(
        self,
        submission: Submission,
        workflow: LoadedWorkflow,
        planned: PlannedJob,
        *,
        pending: Collection[int] = (),
    ) -> tuple[PreparedJob, list[Problem]]:
        """As `prepare_job` of a submission that was planned elsewhere, with its problems.

        The caller has checked that its files are there and may be named.
        """
        return await self._resolve(submission, None, workflow, pending, planned)

    async def preview(
        self, submission: Submission, asker: Asker = COMMAND_LINE, *, matrix: bool = False
    ) -> JobPreview:
        """What the submission would come to, problems included; its renders as a grid where `matrix` is set.

        Raises:
            VqError: `unknown_workflow`.
        """
        prepared, problems = await self._resolve(submission, asker.guard)
        planned, workflow = prepared.planned, prepared.workflow
        name, snapshot = workflow.definition.name, workflow.snapshot
        seconds, size = await self._db.read(
            self._estimates.of_new_job, name, snapshot, prepared.sample, planned.count
        )
        return JobPreview(
            prompts=planned.count,
            sample=sample_of_plans(planned.prompts),
            estimate={
                "seconds_low": rounded(seconds.low) if seconds else None,
                "seconds_high": rounded(seconds.high) if seconds else None,
                "bytes": round(size) if size is not None else None,
            },
            problems=problems,
            warnings=prepared.warnings,
            matrix=future_matrix(prepared) if matrix and planned.prompts else None,
        )

    async def enqueue_job(self, prepared: PreparedJob, asker: Asker, *, parent_id: int | None = None) -> Job:
        """Write a prepared job and its prompts in one transaction; an equal unfinished job is returned instead."""
        new, prompts = await self.rows_of(prepared, asker, parent_id)
        dedupe = prepared.submission.dedupe and parent_id is None
        return await self._db.transact(
            prepared_job.enqueue_once, new, prompts, dedupe, self._clock.iso(), shared=len(prompts) <= _SHORT
        )

    async def rows_of(
        self, prepared: PreparedJob, asker: Asker, parent_id: int | None = None
    ) -> tuple[NewJob, list[NewPrompt]]:
        """What is written of a prepared job; the output folder that it names is made."""
        return await asyncio.to_thread(_rows_of, prepared, asker, parent_id)

    async def prepare_each(
        self, workflow: LoadedWorkflow, submissions: Sequence[Submission]
    ) -> list[PreparedJob | ProblemsError]:
        """As `prepare_job` for many submissions that differ in inputs and output folders alone; problems in place.

        Their inputs are not opened: the caller has done so. None may name jobs.
        """
        results = await asyncio.to_thread(self._prepare_unopened, workflow, submissions)
        first = next((result for result in results if isinstance(result, PreparedJob)), None)
        if first is not None:
            refused, first.warnings = await self._preflight(workflow, first.planned)
            if refused:
                return [ProblemsError(refused) for _ in submissions]
        return results

    def _prepare_unopened(
        self, workflow: LoadedWorkflow, submissions: Sequence[Submission]
    ) -> list[PreparedJob | ProblemsError]:
        settings, stated = (
            self._settings_of(workflow, submissions[0]),
            prepared_job.stated_work(submissions[0]),
        )
        by_folder = {item.output_dir: item for item in submissions}
        folders = {folder: output_folder(item, self._settings) for folder, item in by_folder.items()}
        results: list[PreparedJob | ProblemsError] = []
        for item in submissions:
            planned = self._planned(workflow, settings, item)
            output_dir, folder_problems = folders[item.output_dir]
            problems = [*planned.problems, *all_file_problems(workflow.definition, planned), *folder_problems]
            key = prepared_job.dedupe_key(stated | {"output_dir": item.output_dir}, workflow, planned)
            prepared = PreparedJob(item, workflow, planned, output_dir, key, (), [])
            results.append(ProblemsError(problems) if problems else prepared)
        return results

    async def enqueue_each(
        self,
        prepared: Sequence[PreparedJob],
        asker: Asker,
        record: Callable[[Connection, Sequence[int]], None],
    ) -> list[int]:
        """Write prepared jobs in one transaction; their numbers.

        `record(conn, numbers)` writes what belongs to them; what it raises undoes all of it.
        """
        mounts = {
            folder: await asyncio.to_thread(prepared_folder, Path(folder))
            for folder in dict.fromkeys(item.output_dir for item in prepared)
            if JOB_ID_MARK not in folder
        }
        rows = []
        stored: set[str] = set()
        for item in prepared:
            new = prepared_job.new_job(
                item,
                asker.name,
                output_mount=mounts.get(item.output_dir),
                with_documents=item.workflow.hash not in stored,
            )
            stored.add(new.workflow_hash)
            rows.append((new, prepared_job.new_prompts(item)))
        dedupe = [item.submission.dedupe for item in prepared]
        return await self._db.transact(prepared_job.enqueue_each, rows, dedupe, record, self._clock.iso())

    async def expand_ready_jobs(self) -> None:
        """Fan out every job whose inputs are other jobs' outputs and that has nothing left to wait for."""
        for job_id in await self._db.read(enqueue.jobs_to_expand):
            await self._expand_job(job_id)

    async def _expand_job(self, job_id: int) -> None:
        """Fan out a job whose inputs are other jobs' outputs, now that those are finished."""
        row = await self._db.read(jobs.get_job_row, job_id)
        if row is None or not row["unexpanded"]:
            return
        submission = Submission.model_validate_json(row["submission"])
        try:
            outputs = await self._db.read(prepared_job.outputs_of, submission)
            workflow = await self._db.read(documents.read_workflow, row["workflow_hash"])
            # What it came after is finished, and may be deleted by now.
            resolved = with_outputs(submission, outputs).model_copy(update={"after": []})
            prepared = await self.prepare_job(resolved, workflow=workflow)
        except VqError as error:
            text = error.info().model_dump_json()
            await self._db.transact(
                prepared_job.fail_unexpanded, job_id, row["submission"], text, self._clock.iso()
            )
            return
        prompts, now = prepared_job.new_prompts(prepared), self._clock.iso()
        await self._db.transact(
            prepared_job.insert_expanded, job_id, row["submission"], prepared, prompts, now
        )

    async def _resolve(
        self,
        submission: Submission,
        guard: PathGuard | None,
        kept: LoadedWorkflow | None = None,
        pending: Collection[int] = (),
        planned: PlannedJob | None = None,
    ) -> tuple[PreparedJob, list[Problem]]:
        prepared, problems = await asyncio.to_thread(self._resolve_files, submission, guard, kept, planned)
        prepared.after, unknown = await self._dependencies(submission, pending)
        refused, prepared.warnings = await self._preflight(prepared.workflow, prepared.planned)
        return prepared, [*problems, *unknown, *refused]

    def _resolve_files(
        self,
        submission: Submission,
        guard: PathGuard | None,
        kept: LoadedWorkflow | None,
        planned: PlannedJob | None,
    ) -> tuple[PreparedJob, list[Problem]]:
        """Everything of a submission that asks the disk, in one turn of a thread."""
        workflow = kept if kept else self._workflows.get(submission.workflow)
        guard = asked_once(guard) if guard else None
        problems = refused_paths(submission, workflow.definition, guard) if guard else []
        if planned is None and not problems:
            planned = self._plan(workflow, submission, guard)
            problems = list(planned.problems)
        elif planned is None:
            planned = PlannedJob({}, None, 0, [], [], InputCollection(), None)
        output_dir, folder_problems = output_folder(submission, self._settings)
        folder_problems = folder_problems or mirror_problems(output_dir, planned.inputs.groups)
        prepared = PreparedJob(
            submission=submission,
            workflow=workflow,
            planned=planned,
            output_dir=output_dir,
            dedupe_key=prepared_job.dedupe_key(prepared_job.stated_work(submission), workflow, planned),
            after=(),
            warnings=[],
            sample=sample_of(planned, workflow, read=self._facts.probe),
        )
        return prepared, [*problems, *folder_problems]

    def _plan(self, workflow: LoadedWorkflow, submission: Submission, guard: PathGuard | None) -> PlannedJob:
        settings = self._settings_of(workflow, submission)
        planned = self._planned(workflow, settings, submission, partial(probe_header, read=self._facts.probe))
        planned.problems += all_file_problems(workflow.definition, planned)
        if guard:
            planned.problems += outside_problems(planned, guard)
        return planned

    def _settings_of(self, workflow: LoadedWorkflow, submission: Submission) -> JobSettings:
        info = self._comfy.load() if workflow.graphs else None
        return resolve_settings(
            workflow.definition, submission, drawn_from=drawing_range(workflow, info or {})
        )

    def _planned(
        self,
        workflow: LoadedWorkflow,
        settings: JobSettings,
        submission: Submission,
        probe: Probe | None = None,
    ) -> PlannedJob:
        limit = self._settings.limits.max_prompts
        planned = plan_job(settings, submission, rng=self._rng, max_prompts=limit, probe=probe)
        if submission.seeds is not None and workflow.definition.seed_parameter is None:
            named = no_seed_problem(workflow)
            planned.problems = [named if item.loc == ("seeds",) else item for item in planned.problems]
        planned.problems += style_problems(
            workflow.definition, planned, style_names(self._settings.caption_styles_dir)
        )
        return planned

    async def _preflight(
        self, workflow: LoadedWorkflow, planned: PlannedJob
    ) -> tuple[list[Problem], list[Problem]]:
        """(what cannot run here and what ComfyUI would refuse, what it may: it is away and was asked some time ago)."""
        missing = await asyncio.to_thread(missing_engines, workflow, planned)
        if not workflow.graphs:
            return missing, []
        offer = await asyncio.to_thread(self._comfy.offer)
        if not offer.info:
            return missing, unchecked(workflow.definition, planned.values_used())
        refused = preflight(workflow, planned.values_used(), offer.info, offer.folders)
        warnings = previews_only(workflow, offer.info)
        connected = comfy_is_connected(await self._db.read(queue_state.read_lanes))
        return ([*missing, *refused], warnings) if connected else (missing, [*refused, *warnings])

    async def _dependencies(
        self, submission: Submission, pending: Collection[int]
    ) -> tuple[tuple[int, ...], list[Problem]]:
        """The jobs this one comes after, by name or because it takes their outputs; problems with unknown ones."""
        named = [(number, ("after",)) for number in submission.after]
        named += [(await self._job_of(text), ("inputs",)) for text in job_references(submission)]
        problems = []
        for number, loc in named:
            if number not in pending and not await self._db.read(jobs.job_exists, number):
                problems.append(problem("unknown_job.id", loc, id=number))
        return tuple(dict.fromkeys(number for number, _ in named)), problems

    async def _job_of(self, reference: str) -> int:
        """The job of `job:12`, `prompt:12.3` or `prompt:345`; 0 if there is none."""
        kind, _, text = reference.partition(":")
        number, index = parse_reference(text)
        if kind == "job" or index is not None:
            return number
        prompt = await self._db.read(prompt_lists.get_prompt, number)
        return prompt.job_id if prompt else 0


def _rows_of(prepared: PreparedJob, asker: Asker, parent_id: int | None) -> tuple[NewJob, list[NewPrompt]]:
    if prepared.submission.output_dir is not None:
        make_folder(Path(prepared.output_dir))
    mount = mount_of(Path(prepared.output_dir))
    new = prepared_job.new_job(prepared, asker.name, parent_id, output_mount=mount)
    return new, prepared_job.new_prompts(prepared)
