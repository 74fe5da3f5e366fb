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
from video_queue.domain.watches import NOT_FOR_WATCHES, WatchRules
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.asker import PathGuard
from video_queue.services.submission.fanout import plan_fan_out
from video_queue.services.submission.path_guard import refused_paths
from video_queue.services.submission.resolution import resolve_resolution
from video_queue.services.watch.spec import input_kind
from video_queue.settings import Settings
from video_queue.system.files.path_utils import normalize_input_path


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
    submission: Submission, rules: WatchRules, workflow: LoadedWorkflow, guard: PathGuard | None
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
        problems += list(_refused_targets(rules, guard))
    if problems:
        raise ProblemsError(problems)


def _value_problems(submission: Submission, definition: WorkflowDefinition) -> list[Problem]:
    _, problems = plan_fan_out(definition, submission, rng=random.Random(0))
    problems += resolve_resolution(definition, submission.resolution, submission.flip)[1]
    return [item.model_copy(update={"loc": ("submission", *item.loc)}) for item in problems]


def _refused_targets(rules: WatchRules, guard: PathGuard) -> Iterator[Problem]:
    for name in ("done_dir", "failed_dir"):
        text = getattr(rules, name)
        if text and os.path.isabs(text):  # noqa: PTH117 - a relative one lies in the watched folder
            try:
                guard(Path(text))
            except VqError as error:
                yield error.problem((name,))


def require_apart(
    folder: Path, output_dir: Path, rules: WatchRules, others: Iterable[WatchRow], settings: Settings
) -> None:
    """Refuse a watch whose outputs, or those of another, would lie in a watched folder; links are followed.

    Raises:
        VqError: `invalid_state.watch_overlap`, `validation.watch_output`, `validation.watch_folder`.
    """
    _require_not_ours(folder, settings)
    others = list(others)
    for other in others:
        if _nested(folder, Path(other.path)):
            raise fail("invalid_state.watch_overlap", path=str(folder), id=other.id, other=other.path)
    for watched in (folder, *(Path(other.path) for other in others)):
        _require_outside("the output folder", output_dir, watched)
    for name in ("done_dir", "failed_dir"):
        target = Path(folder, getattr(rules, name) or "_done")
        for other in others:
            _require_outside(name, target, Path(other.path))
    for other in others:
        _require_outside(
            f"the output folder of watch {other.id}", Path(other.spec["submission"]["output_dir"]), folder
        )


def _require_outside(name: str, path: Path, watched: Path) -> None:
    if _is_below(path, watched):
        raise fail("validation.watch_output", name=name, path=str(path), folder=str(watched))


def _require_not_ours(folder: Path, settings: Settings) -> None:
    """Neither in a folder of outputs or of video_queue itself, nor around one."""
    for ours, name in (
        (settings.output_root, "the folder of outputs"),
        (settings.work_root, "the working files"),
        (settings.home, "the home of video_queue"),
    ):
        if _is_below(folder, ours):
            raise fail("validation.watch_folder", path=str(folder), detail=f"it lies in {ours}, {name}")
        if _is_below(ours, folder) and not _is_hidden_below(ours, folder):
            raise fail("validation.watch_folder", path=str(folder), detail=f"it holds {ours}, {name}")


def _is_hidden_below(path: Path, folder: Path) -> bool:
    """Whether a hidden folder lies between, which no scan enters."""
    return any(part.startswith(".") for part in _real(path).relative_to(_real(folder)).parts)


def _nested(first: Path, second: Path) -> bool:
    return _is_below(first, second) or _is_below(second, first)


def _is_below(path: Path, folder: Path) -> bool:
    """Whether `path` is `folder` or lies in it."""
    return _real(path).is_relative_to(_real(folder))


def _real(path: Path) -> Path:
    """With links followed as far as the path exists, and one case where the platform knows none."""
    return Path(os.path.normcase(os.path.realpath(path)))
