"""What is checked before a watch is written: its folder, its workflow and values, and that outputs cannot come back."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from video_queue.db.watches import WatchRow
from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import Problem, ProblemsError, VqError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.submission import Submission
from video_queue.domain.watch_keys import NOT_FOR_WATCHES
from video_queue.domain.watches import WatchRules
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.asker import PathGuard
from video_queue.services.submission.fanout import plan_fan_out
from video_queue.services.submission.path_guard import refused_paths
from video_queue.services.submission.resolution import resolve_resolution
from video_queue.services.watch.spec import input_kind, own_folders, require_targets_apart, rules_of
from video_queue.settings import Settings
from video_queue.system.files.path_utils import lies_in, normalize_input_path, parts_below, real_path


def watched_folder(text: str, guard: PathGuard | None) -> Path:
    """The folder of a new watch, absolute; it can be listed.

    Raises:
        VqError: `input_missing`, `input_unreadable`, `path_not_allowed`.
    """
    folder = normalize_input_path(text).absolute()
    if guard:
        guard(folder)
    try:
        with os.scandir(folder):
            return folder
    except FileNotFoundError:
        raise fail("input_missing.folder", path=str(folder)) from None
    except NotADirectoryError:
        raise fail("input_missing.not_a_folder", path=str(folder)) from None
    except OSError as error:
        detail = error.strerror or str(error)
        raise fail("input_unreadable.permission", path=str(folder), detail=detail) from error


def require_usable(
    folder: Path,
    submission: Submission,
    rules: WatchRules,
    workflow: LoadedWorkflow,
    guard: PathGuard | None,
) -> None:
    """Refuse a submission that no file could be submitted with.

    Raises:
        ProblemsError: all that is wrong with it.
        VqError: `validation.watch_workflow`.
    """
    input_kind(workflow.definition)
    problems = [
        problem("validation.watch_key", ("submission", name), name=name)
        for name in sorted(NOT_FOR_WATCHES & submission.model_fields_set)
    ]
    problems += _value_problems(submission, workflow.definition)
    if guard:
        problems += refused_paths(submission, workflow.definition, guard)
        problems += list(_refused_targets(folder, rules, guard))
    if problems:
        raise ProblemsError(problems)


def _value_problems(submission: Submission, definition: WorkflowDefinition) -> list[Problem]:
    _, problems = plan_fan_out(definition, submission, rng=random.Random(0))
    problems += resolve_resolution(definition, submission.resolution, submission.flip)[1]
    return [item.model_copy(update={"loc": ("submission", *item.loc)}) for item in problems]


def _refused_targets(folder: Path, rules: WatchRules, guard: PathGuard) -> Iterator[Problem]:
    for name, target in own_folders(folder, rules).items():
        if getattr(rules, name) or not lies_in(target, folder):
            try:
                guard(target)
            except VqError as error:
                yield error.problem((name,))


def refused_outputs(submission: Submission, folders: Iterable[Path]) -> list[Problem]:
    """The problem with an output folder in one of the watched folders, links followed."""
    if not submission.output_dir:
        return []
    path = normalize_input_path(submission.output_dir).absolute()
    return [
        problem(
            "validation.watch_output", ("output_dir",), name="output_dir", path=str(path), folder=str(folder)
        )
        for folder in folders
        if lies_in(path, folder)
    ]


def require_apart(
    folder: Path, output_dir: Path, rules: WatchRules, others: Iterable[WatchRow], settings: Settings
) -> None:
    """Refuse a watch whose outputs or finished files, or those of another, would come to lie in a watched folder.

    Links are followed.

    Raises:
        VqError: `invalid_state.watch_overlap`, `validation.watch_output`, `.watch_folder`, `.watch_target`.
    """
    _require_not_ours(folder, settings)
    require_targets_apart(folder, rules)
    _require_outside("the output folder", output_dir, folder)
    targets = own_folders(folder, rules)
    for other in others:
        watched = Path(other.path)
        if lies_in(folder, watched) or lies_in(watched, folder):
            raise fail("invalid_state.watch_overlap", path=str(folder), id=other.id, other=other.path)
        _require_outside("the output folder", output_dir, watched)
        outputs = Path(other.spec["submission"]["output_dir"])
        _require_outside(f"the output folder of watch {other.id}", outputs, folder)
        for name, target in targets.items():
            _require_disjoint(name, target, watched)
        for name, target in own_folders(watched, rules_of(other)).items():
            _require_disjoint(f"{name} of watch {other.id}", target, folder)


def _require_outside(name: str, path: Path, watched: Path) -> None:
    if lies_in(path, watched):
        raise fail("validation.watch_output", name=name, path=str(path), folder=str(watched))


def _require_disjoint(name: str, target: Path, watched: Path) -> None:
    _require_outside(name, target, watched)
    if lies_in(watched, target):
        raise fail("validation.watch_target", name=name, path=str(target), folder=str(watched))


def _require_not_ours(folder: Path, settings: Settings) -> None:
    """Neither in a folder of outputs or of video_queue itself, nor around one."""
    for ours, name in (
        (settings.output_root, "the folder of outputs"),
        (settings.work_root, "the working files"),
        (settings.home, "the home of video_queue"),
    ):
        if lies_in(folder, ours):
            raise fail("validation.watch_folder", path=str(folder), detail=f"it lies in {ours}, {name}")
        if lies_in(ours, folder) and not _is_hidden_below(ours, folder):
            raise fail("validation.watch_folder", path=str(folder), detail=f"it holds {ours}, {name}")


def _is_hidden_below(path: Path, folder: Path) -> bool:
    """Whether a hidden folder lies between, which no scan enters."""
    return any(part.startswith(".") for part in parts_below(real_path(path), real_path(folder)) or ())
