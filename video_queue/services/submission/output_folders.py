"""The folder of a job's outputs: where it is, and made once the job is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from video_queue.db.enqueue import JOB_ID_MARK
from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import Problem, VqError
from video_queue.domain.plan import InputGroup
from video_queue.domain.submission import Submission
from video_queue.outputs.naming import folder_below
from video_queue.settings import Settings
from video_queue.system.files.folders import mount_of
from video_queue.system.files.names import safe_file_name
from video_queue.system.files.path_utils import normalize_input_path


def output_folder(submission: Submission, settings: Settings) -> tuple[str, list[Problem]]:
    """The job's output folder, absolute; the default one holds the job's number once that is known."""
    if submission.output_dir is None:
        name = f"_{safe_file_name(submission.name)}" if submission.name else ""
        return str(settings.output_root / submission.workflow / f"{JOB_ID_MARK}{name}"), []
    try:
        folder = normalize_input_path(submission.output_dir).absolute()
    except VqError as error:
        return "", [error.problem(("output_dir",))]
    if folder.exists() and not folder.is_dir():
        return "", [problem("input_missing.not_a_folder", ("output_dir",), path=folder)]
    return str(folder), []


def mirror_problems(output_dir: str, groups: Iterable[InputGroup]) -> list[Problem]:
    """The problems with folders of inputs that cannot be mirrored below the output folder."""
    problems = []
    for reldir in dict.fromkeys(group.reldir for group in groups):
        try:
            folder_below(Path(output_dir), reldir)
        except VqError as error:
            problems.append(error.problem(("output_dir",)))
    return problems


def prepared_folder(folder: Path) -> str:
    """Create the folder; the mount point that holds it."""
    make_folder(folder)
    return mount_of(folder)


def make_folder(folder: Path) -> None:
    """Create the folder that a submission names; from then on one that is missing is a disk that is away."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise fail("output_unavailable.folder", path=folder, detail=error.strerror or str(error)) from error
