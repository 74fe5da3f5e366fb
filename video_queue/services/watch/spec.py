"""One watch, ready to be scanned: its folder, its rules and how its workflow takes inputs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from video_queue.db.watches import WatchRow
from video_queue.domain.catalogue import fail
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.submission import Submission
from video_queue.domain.watches import Rule, Watch, WatchRules, WatchState, WatchTotals, WatchUnit
from video_queue.domain.workflow import InputKind, WorkflowDefinition
from video_queue.services.watch.names import NameRules
from video_queue.services.watch.siblings import Siblings
from video_queue.services.watch.sidecars import Refused, Sidecars
from video_queue.system.files.path_utils import lies_in, normalize_input_path
from video_queue.system.files.safe_join import safe_join
from video_queue.system.files.sequences import sequences_with
from video_queue.system.processes.open_files import can_ask

DONE_NAME, FAILED_NAME = "_done", "_failed"
_SEQUENCE_SECONDS = 60.0


@dataclass(frozen=True)
class WatchSpec:
    """A watch with its workflow."""

    row: WatchRow
    rules: WatchRules
    workflow: LoadedWorkflow
    refused: Refused

    @cached_property
    def folder(self) -> Path:
        """The watched folder."""
        return Path(self.row.path)

    def whole(self, path: str) -> str:
        """The whole path of a unit, as a text."""
        return os.path.join(self.row.path, *path.split("/"))  # noqa: PTH118 - called for every file

    @cached_property
    def kind(self) -> InputKind:
        """The kind of files that are considered."""
        return input_kind(self.workflow.definition)

    @cached_property
    def names(self) -> NameRules:
        """The rules about names."""
        return NameRules(self.kind, self.rules.include, self.rules.exclude)

    def refusal(self, path: str) -> tuple[Rule, str] | None:
        """The rule that leaves a unit of this name out and the reason; None where none does."""
        if self.rules.unit is WatchUnit.FOLDER:
            return None
        if "/" in path and not self.rules.recursive:
            return "deep", "it lies in a folder below, and the watch is not recursive"
        return self.names.refusal(path)

    def sidecars(self, siblings: Siblings | None = None) -> Sidecars:
        """The settings beside its files; they may name what a request may, whoever added the watch."""
        return Sidecars(self.folder, self.submission, siblings, self.refused)

    @cached_property
    def stable(self) -> float:
        """How long a file must have kept its size and time, in seconds."""
        return stable_seconds(self.rules)

    @property
    def submission(self) -> dict[str, Any]:
        """The submission without inputs, as it was given."""
        return dict(self.row.spec["submission"])

    def inputs_of(self, path: str, submission: Submission) -> Submission:
        """The submission for one unit; its folder below the watched one is mirrored below the output folder."""
        whole = self.whole(path)
        parent = path.rpartition("/")[0]
        changes: dict[str, Any] = {"inputs": self._inputs(whole)}
        if self.rules.unit is WatchUnit.FOLDER and self.kind is not InputKind.SEQUENCE:
            changes = {"input_dir": whole, "recursive": True}
            parent = path
        if submission.output_dir and parent:
            changes["output_dir"] = str(safe_join(Path(submission.output_dir), parent, may_link=True))
        return submission.model_copy(update=changes)

    def outside(self, members: Sequence[str]) -> str | None:
        """Why a unit is not taken: a link brings in a file that no request may name. None where none does."""
        for member in members:
            if _has_link(member, self.row.path) and not lies_in(Path(member), self.folder):
                named = Submission(workflow=self.workflow.definition.name, inputs=[member])
                if problems := self.refused(named):
                    return f"a link leads out of the watched folder: {problems[0].message}"
        return None

    def _inputs(self, whole: str) -> list[Any]:
        if self.rules.unit is WatchUnit.SEQUENCE:
            whole = first_picture(whole)
        slots = self.workflow.definition.slots
        return [{next(iter(slots)): whole}] if slots else [whole]


def _has_link(path: str, folder: str) -> bool:
    """Whether a file below `folder`, or a folder between, is a link. Asked for every file that is taken."""
    while len(path) > len(folder):
        if os.path.islink(path):  # noqa: PTH114 - a Path for each would cost more than the question
            return True
        path = os.path.dirname(path)  # noqa: PTH120 - as above
    return False


def first_picture(run: str) -> str:
    """A picture of the run `FOLDER/frame_####.png`, which stands for it as an input.

    Raises:
        VqError: `input_missing` when there is none any more.
    """
    folder, _, name = run.rpartition("/")
    prefix, _, rest = name.partition("#")
    tail = rest.lstrip("#")
    try:
        pictures = sorted(entry.name for entry in os.scandir(folder) if entry.name.startswith(prefix))
    except OSError:
        pictures = []
    for picture in pictures:
        if picture.endswith(tail) and sequences_with(Path(folder, picture)):
            return f"{folder}/{picture}"
    raise fail("input_missing.no_runs", path=folder)


def input_kind(definition: WorkflowDefinition) -> InputKind:
    """The kind of files that a workflow takes one at a time.

    Raises:
        VqError: `validation.watch_workflow` for a workflow that takes none, or several together.
    """
    inputs = definition.inputs
    specs = list(inputs.values()) if isinstance(inputs, dict) else [inputs]
    if len(specs) != 1 or specs[0].kind is InputKind.NONE or specs[0].per_prompt not in (1, "all"):
        raise fail("validation.watch_workflow", workflow=definition.name)
    return specs[0].kind


def stable_seconds(rules: WatchRules) -> float:
    """3 s where the platform says which files are open for writing, else 10 s; pictures of a run come slowly: 60 s."""
    if rules.settle_seconds is not None:
        return rules.settle_seconds
    if rules.unit is WatchUnit.SEQUENCE:
        return _SEQUENCE_SECONDS
    return 3.0 if can_ask() else 10.0


def with_targets(folder: Path, rules: WatchRules) -> WatchRules:
    """The rules with absolute folders for finished files; relative ones lie in the watched folder.

    Raises:
        VqError: `input_unreadable` for a text that no file system can hold.
    """
    named = {name: getattr(rules, name) for name in ("done_dir", "failed_dir")}
    update = {
        name: os.path.abspath(folder / normalize_input_path(text)) if text else None  # noqa: PTH100 - links stay
        for name, text in named.items()
    }
    return rules.model_copy(update=update)


def done_folder(folder: str | Path, rules: WatchRules) -> Path:
    """Where files go whose jobs succeeded (`after: move`)."""
    return Path(folder, rules.done_dir or DONE_NAME)


def failed_folder(folder: str | Path, rules: WatchRules) -> Path:
    """Where files go whose jobs failed, and those that cannot be read."""
    return Path(folder, rules.failed_dir or FAILED_NAME)


def own_folders(folder: str | Path, rules: WatchRules) -> dict[str, Path]:
    """Where finished files are moved, by the field that names it: folders that no scan enters."""
    return {"done_dir": done_folder(folder, rules), "failed_dir": failed_folder(folder, rules)}


def require_targets_apart(folder: Path, rules: WatchRules) -> None:
    """Refuse folders for finished files from which they would come back, links followed.

    Raises:
        VqError: `validation.watch_target`.
    """
    for name, target in own_folders(folder, rules).items():
        if lies_in(folder, target):
            raise fail("validation.watch_target", name=name, path=str(target), folder=str(folder))


def rules_of(row: WatchRow) -> WatchRules:
    """The rules of a stored watch."""
    return WatchRules.model_validate(
        {name: value for name, value in row.spec.items() if name in WatchRules.model_fields}
    )


def watch_view(row: WatchRow, counts: dict[str, int], totals: WatchTotals) -> Watch:
    """A Watch from its row."""
    rules = rules_of(row)
    moves = rules.after == "move"
    return Watch(
        **rules.model_dump(exclude={"settle_seconds", "done_dir", "failed_dir"}),
        id=row.id,
        path=row.path,
        submission=row.spec["submission"],
        settle_seconds=stable_seconds(rules),
        existing=row.spec["existing"],
        done_dir=str(done_folder(row.path, rules)) if moves else None,
        failed_dir=str(failed_folder(row.path, rules)) if moves else None,
        enabled=row.enabled,
        state=row.state if row.enabled else WatchState.PAUSED,
        reason=row.reason,
        counts=counts,
        totals=totals,
        created_at=row.created_at,
        scanned_at=row.scanned_at,
    )
