"""Reusing what an identical phase of another prompt made, instead of making it again.

Identical means an equal key (see `reuse_key`). Its files are linked or copied into the prompt's own folder, so that
deleting the other job removes nothing from this one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from video_queue.db import phases, renders, reusable
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.db.reusable import Reusable
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import PhaseState
from video_queue.domain.workflow import Phase
from video_queue.system.files.durable import copy_file, hash_file, link_file
from video_queue.system.files.folders import make_empty
from video_queue.worker.execution.arguments import paths_in
from video_queue.worker.execution.outcome import PhaseDone
from video_queue.worker.execution.phase_folders import path_in_phase, phase_folder, prompt_folder
from video_queue.worker.execution.reuse_key import Program, reuse_key
from video_queue.worker.execution.work_files import describe_files, keep_files
from video_queue.worker.prompt_log import PromptLog

# Up to here files are also compared by their contents.
_HASHED_FILES = 64
_HASHED_BYTES = 32 * 1024 * 1024
# The path of a file below the folder of a phase; None for one from elsewhere.
InPhase = Callable[[Path], Path | None]


class PhaseReuse:
    """Finds finished phases of other prompts that this one can reuse, and records what others may reuse of it."""

    def __init__(self, db: QueueDB, work_root: Path) -> None:
        self._db, self._work_root = db, work_root

    async def key(
        self,
        claim: Claim,
        workflow: LoadedWorkflow,
        scope: Mapping[str, Any],
        program: Program,
        ahead: Mapping[int, str] | None = None,
    ) -> str | None:
        """The key of the phase that is due, as `program` runs it; None where it cannot be known, and of `reuse: false`.

        `ahead` are the keys of earlier phases that are not finished yet, by number.
        """
        phase = workflow.definition.phases[claim.phase_seq]
        if not phase.reuse:
            return None
        keys, edited = await self._db.read(reusable.phase_keys, claim.prompt_id)
        if claim.phase_seq in edited:
            return None
        keys |= dict(ahead or {})
        own = prompt_folder(self._work_root, claim.job_id, claim.index)
        return await asyncio.to_thread(reuse_key, phase, workflow, scope, program, own, keys)

    async def find_reusable(
        self,
        claim: Claim,
        workflow: LoadedWorkflow,
        key: str | None,
        log: PromptLog,
    ) -> PhaseDone | None:
        """The phase that is due as another prompt made it, its files now in the phase's folder; None without one."""
        if key is None or not may_reuse(claim):
            return None
        phase = workflow.definition.phases[claim.phase_seq]
        folder = phase_folder(self._work_root, claim, phase)
        # A file that is going to be published shares nothing with another job's: it is copied, never linked.
        may_link = phase.name not in workflow.definition.output.phases
        for match in await self._db.read(reusable.find_phases, key, claim.prompt_id):
            in_phase = self._in_phase(match)
            result = await asyncio.to_thread(_copy_files, match, in_phase, folder, may_link=may_link)
            if result is not None:
                files = await keep_files(result, folder, self._work_root)
                log.line(f"reused from prompt {match.job_id}.{match.index}, which had made the same")
                source = f"{match.job_id}.{match.index}"
                done = PhaseDone(PhaseState.REUSED, result, {}, files=files, reused_from=source)
                return await self.with_record(done, claim, key)
        return None

    async def take_rendered(
        self,
        claim: Claim,
        workflow: LoadedWorkflow,
        key: str | None,
        log: PromptLog,
        now: str,
    ) -> PhaseDone | None:
        """`find_reusable` for a comfy phase, which begins with it; None where this prompt has sent a render of it."""
        if await self._db.read(renders.has_begun, claim.prompt_id, claim.phase_seq):
            return None
        done = await self.find_reusable(claim, workflow, key, log)
        if done is not None:
            name = workflow.definition.phases[claim.phase_seq].name
            place = (claim.prompt_id, claim.attempt, claim.phase_seq, name)
            await self._db.transact(phases.start_phase, *place, now)
        return done

    async def expected_result(self, claim: Claim, phase: Phase, key: str) -> dict[str, Any] | None:
        """The result that `find_reusable` will probably give, nothing copied and no contents compared."""
        folder = phase_folder(self._work_root, claim, phase)
        for match in await self._db.read(reusable.find_phases, key, claim.prompt_id):
            paths = list(paths_in(match.result))
            if await asyncio.to_thread(_all_there, paths):
                return _with_paths(match.result, _moved(paths, self._in_phase(match), folder))
        return None

    def _in_phase(self, match: Reusable) -> InPhase:
        theirs = prompt_folder(self._work_root, match.job_id, match.index)
        return partial(path_in_phase, prompt=theirs, seq=match.seq)

    async def with_record(self, done: PhaseDone, claim: Claim, key: str | None) -> PhaseDone:
        """`done` with what its files are; with the `key` if all are its own, so that others may reuse it."""
        prompt = prompt_folder(self._work_root, claim.job_id, claim.index)
        in_phase = partial(path_in_phase, prompt=prompt, seq=claim.phase_seq)
        own, files = await asyncio.to_thread(_described, done, in_phase, hashed=key is not None)
        return replace(done, reuse_key=key if own else None, files=files)


def may_reuse(claim: Claim) -> bool:
    """Whether a prompt's phases may be reused from others at all."""
    return not claim.fresh and bool(claim.submission.get("reuse", True))


def _described(done: PhaseDone, in_phase: InPhase, *, hashed: bool) -> tuple[bool, str]:
    """Whether all files of a result are the prompt's own, and what they are as JSON, hashed on demand if so."""
    files = describe_files(done.result, in_phase) if done.files is None else json.loads(done.files)
    own = [file for file in files if file]
    all_own = len(own) == len(files)
    if all_own and hashed:
        _add_hashes(own, done.result)
    return all_own, json.dumps(files)


def _add_hashes(own: list[list[Any]], result: Mapping[str, Any]) -> None:
    """Complete the descriptions of a few small files by their sha256."""
    if len(own) <= _HASHED_FILES and sum(size for size, *_ in own) <= _HASHED_BYTES:
        for file, text in zip(own, paths_in(result), strict=True):
            file[1] = hash_file(Path(text))


def _copy_files(match: Reusable, in_phase: InPhase, folder: Path, *, may_link: bool) -> dict[str, Any] | None:
    """The result with all its files in `folder`, which is emptied first; None when a file is not what it was."""
    entries: list[list[Any]] = json.loads(match.files)
    paths = list(paths_in(match.result))
    if len(entries) != len(paths):
        return None
    moved, files = _moved(paths, in_phase, folder), dict(zip(paths, entries, strict=True))
    try:
        make_empty(folder)
        for text, entry in files.items():
            source = Path(text)
            in_place = in_phase(source) is not None
            if not (_is_intact(source, *entry) if in_place else _is_published(source, match.published)):
                return None
            _link_or_copy(source, Path(moved[text]), may_link=may_link and in_place)
    except OSError:
        return None
    return _with_paths(match.result, moved)


def _moved(paths: Iterable[str], in_phase: InPhase, folder: Path) -> dict[str, str]:
    """Where the files of a result are to lie in `folder`: named as in their phase, or by number if published."""
    moved: dict[str, str] = {}
    for number, text in enumerate(paths, start=1):
        source = Path(text)
        moved.setdefault(text, str(folder / (in_phase(source) or f"{number:06d}{source.suffix}")))
    return moved


def _all_there(paths: Iterable[str]) -> bool:
    return all(Path(path).is_file() for path in paths)


def _is_published(path: Path, published: Mapping[str, tuple[int, str | None]]) -> bool:
    """Whether a file that was published (and moved there) is still what was published."""
    size, sha256 = published.get(str(path), (-1, None))
    return _is_intact(path, size, sha256)


def _is_intact(path: Path, size: int, sha256: str | None, changed: int | None = None) -> bool:
    """Whether a file is what it was: by its contents where those are on record, else by its size and time."""
    stat = path.stat()
    if stat.st_size != size:
        return False
    return changed in (None, stat.st_mtime_ns) if sha256 is None else hash_file(path) == sha256


def _link_or_copy(source: Path, target: Path, *, may_link: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not (may_link and link_file(source, target)):
        copy_file(source, target)


def _with_paths(result: Mapping[str, Any], moved: Mapping[str, str]) -> dict[str, Any]:
    return {key: _replaced(value, moved) for key, value in result.items()}


def _replaced(value: Any, moved: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return moved.get(value, value)
    if isinstance(value, Mapping):
        return {key: _replaced(inner, moved) for key, inner in value.items()}
    return [_replaced(inner, moved) for inner in value] if isinstance(value, list) else value
