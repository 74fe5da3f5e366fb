"""A prompt's working files: on disk before their phase or item is committed, compared with the record before use.

What is committed may rest on nothing that a power cut can take. Files that are gone or of another size all the same
(a disk that lies, a folder that was cleaned up) are made again, instead of failing every phase after them.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.db import work_files
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.db.work_files import Work
from video_queue.domain.media.phases import PhaseKind
from video_queue.domain.references import references_in
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase, WorkflowDefinition
from video_queue.system.files.durable import sync_files
from video_queue.system.files.path_utils import parts_below
from video_queue.system.processes.cancellation import in_thread
from video_queue.worker.execution.arguments import paths_in
from video_queue.worker.execution.phase_folders import prompt_folder


@dataclass(frozen=True, slots=True)
class FilesLost:
    """Files of a finished phase are gone or changed: the prompt goes back to it, in `lane`.

    `items` are those of `for_each` that are to be made again.
    """

    phase: str
    seq: int
    items: tuple[int, ...]
    lane: str

    def __str__(self) -> str:
        return f"working files of phase {self.phase} are gone or changed: they are made again"


async def keep_files(result: Mapping[str, Any], folder: Path, work_root: Path) -> str:
    """Make the files durable that a result names in `folder`; what they are (see `describe_files`)."""

    def keep(_: threading.Event) -> str:
        files = describe_files(result, lambda path: parts_below(path, folder))
        own = {Path(text) for text, file in zip(paths_in(result), files, strict=True) if file}
        sync_files(own, work_root)
        return json.dumps(files)

    return await in_thread(keep)


def describe_files(result: Any, is_own: Callable[[Path], object]) -> list[list[Any] | None]:
    """`[bytes, null, changed (ns)]` for each path in a result, in order; null for what is no file of its own."""
    return [_described(Path(text), is_own) for text in paths_in(result)]


def _described(path: Path, is_own: Callable[[Path], object]) -> list[Any] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return [stat.st_size, None, stat.st_mtime_ns] if is_own(path) else None


async def find_lost(db: QueueDB, claim: Claim, workflow: LoadedWorkflow, work_root: Path) -> FilesLost | None:
    """The first phase whose files the claim's step needs and that are not what they were; None if all are there.

    None also where the prompt went back too often: the step then says what is wrong.
    """
    phases, seq = workflow.definition.phases, claim.phase_seq
    names = _phases_used(workflow.definition, seq)
    finished = await db.read(work_files.read_finished, claim.prompt_id, names, seq)
    if finished.publishing and seq == len(phases):
        return None  # what is being published is staged already
    own = prompt_folder(work_root, claim.job_id, claim.index)
    lost = await _lost(finished.phases, own)
    place = lost[0].seq if lost else seq
    if place == len(phases):
        return None
    items = (
        finished.items if place == seq else await db.read(work_files.finished_items, claim.prompt_id, place)
    )
    items = await _lost(items, own)
    if not (lost or items) or not await db.read(work_files.may_go_back, claim.prompt_id):
        return None
    return FilesLost(phases[place].name, place, tuple(work.item for work in items), workflow.lanes[place])


async def _lost(finished: list[Work], own: Path) -> list[Work]:
    def lost() -> list[Work]:
        return [work for work in finished if not _is_intact(work, own)]

    return await asyncio.to_thread(lost) if finished else []


def _is_intact(work: Work, own: Path) -> bool:
    """Whether the files that still lie in the prompt's own folder are what they were; others were published."""
    recorded = zip(paths_in(work.result), json.loads(work.files), strict=False)
    return all(
        _has_size(Path(text), entry[0]) for text, entry in recorded if entry and parts_below(Path(text), own)
    )


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # it cannot be asked: reading it says why


def _phases_used(definition: WorkflowDefinition, seq: int) -> set[str]:
    """The phases whose results a phase refers to; for publishing, the output phases. A gate passes on others'."""
    phases = {phase.name: phase for phase in definition.phases}
    names = set(definition.output.phases) if seq == len(phases) else _referred(definition.phases[seq])
    for name in [name for name in names if name in phases and phases[name].kind is PhaseKind.REVIEW]:
        names |= _referred(phases[name])
    return names


def _referred(phase: Phase) -> set[str]:
    references = references_in([phase.with_, phase.set, phase.files, phase.for_each])
    paths = [path for reference in references for path in reference.paths]
    return {path[1] for path in paths if path[0] == "phases" and len(path) > 1}
