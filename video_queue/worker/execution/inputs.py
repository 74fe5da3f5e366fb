"""A prompt's input files as they were when it first used them: contents and media facts, kept in its row.

Manifest and `if_exists: skip` speak of these. A file that has other contents later is marked as changed, for good.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from video_queue.db.claims import Claim
from video_queue.db.prompt_inputs import StoredInputs, store_inputs
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.media.phases import PHASES
from video_queue.domain.plan import PromptPlan
from video_queue.domain.workflow import Phase
from video_queue.media.facts_cache import FactsCache
from video_queue.media.reading import StoppedError
from video_queue.media.unreadable import input_error
from video_queue.system.files.answers import answers
from video_queue.system.files.durable import hash_file
from video_queue.system.files.path_utils import Mark, mark_of
from video_queue.system.files.sequences import run_images
from video_queue.system.processes.cancellation import in_thread
from video_queue.worker.execution.arguments import paths_in, phase_arguments

_MEASURES = ("width", "height", "fps", "frames", "duration")


@dataclass(frozen=True, slots=True)
class KnownInput:
    """One input file at its first use. The measures are null where they make no sense or were not taken."""

    path: str
    mark: Mark
    sha256: str
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    frames: int | None = None
    duration: float | None = None
    changed: bool = False

    def manifest_entry(self) -> dict[str, Any]:
        """The input as a manifest describes it."""
        return {
            "path": self.path, "bytes": self.mark[0], "sha256": self.sha256, "changed_since": self.changed
        }  # fmt: skip


async def read_inputs(
    db: QueueDB, facts: FactsCache, claim: Claim, stored: StoredInputs | None, *, count_frames: bool
) -> list[KnownInput]:
    """A prompt's inputs, taken now if nothing was made from the `stored` ones in an earlier attempt.

    Raises:
        VqError: input_missing, input_unreadable; only when they are taken.
    """
    await _require_answers(claim)
    known = await in_thread(partial(_known_inputs, claim, stored, facts, count_frames))
    files = json.dumps([asdict(file) for file in known])
    if stored is None or files != stored.files:
        await db.transact(store_inputs, claim.prompt_id, claim.attempt, files)
    return known


async def peek_inputs(
    facts: FactsCache, claim: Claim, stored: StoredInputs | None, *, count_frames: bool
) -> list[KnownInput]:
    """As `read_inputs`, of a prompt that is not claimed: nothing is kept, and what is new is not read in full."""
    await _require_answers(claim)
    return await in_thread(partial(_known_inputs, claim, stored, facts, count_frames, take=_peeked))


async def _require_answers(claim: Claim) -> None:
    """Before a thread that may never come back is sent into a folder of the inputs.

    Raises:
        VqError: output_unavailable.input.
    """
    plan = PromptPlan.from_json(claim.plan)
    paths = [str(Path(plan.sequence.folder) / plan.sequence.label)] if plan.sequence else plan.paths
    for folder, path in {Path(path).parent: path for path in paths}.items():
        if not await answers(folder):
            raise fail("output_unavailable.input", input=path, detail="its drive or share does not answer")


def input_paths(plan: PromptPlan) -> list[str]:
    """Every input file of a prompt, in order.

    Raises:
        OSError: if a run of pictures has gaps and its folder cannot be read.
    """
    if plan.sequence:
        return [image["path"] for image in run_images(plan.sequence)]
    return plan.paths


def require_inputs(phase: Phase, scope: Mapping[str, Any]) -> None:
    """Require the inputs that the phase's references lead to; the others may be gone.

    Raises:
        VqError: input_missing.gone, input_unreadable; output_unavailable while their drive or share is away.
    """
    if PHASES[phase.uses].moves_inputs:
        return
    try:
        named = set(paths_in(phase_arguments(phase, scope)))
    except VqError:
        return  # a reference leads nowhere: running the phase says so
    for path in paths_in(scope["inputs"]):
        if path in named:
            _require_input(path)


def _require_input(path: str) -> None:
    try:
        mark_of(path)
    except OSError as error:
        raise _explained(path, error) from error


def _explained(path: str, error: OSError) -> VqError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return fail("input_missing.gone", path=path)
    return input_error(Path(path), error)


def _known_inputs(
    claim: Claim,
    stored: StoredInputs | None,
    facts: FactsCache,
    count_frames: bool,
    stop: threading.Event,
    take: Callable[[str], KnownInput] | None = None,
) -> list[KnownInput]:
    if stored is not None and (stored.used or stored.attempt == claim.attempt):
        return [_checked(_parsed(file)) for file in json.loads(stored.files)]
    plan = PromptPlan.from_json(claim.plan)
    probe = partial(facts.probe, count_frames=count_frames and not plan.sequence)
    known: list[KnownInput] = []
    for path in input_paths(plan):
        if stop.is_set():
            raise StoppedError
        file = (take or _taken)(path)
        if not (known and plan.sequence):  # of a run of pictures only the first is probed
            media = probe(Path(path))
            file = replace(file, **{name: getattr(media, name) for name in _MEASURES})
        known.append(file)
    return known


def _taken(path: str) -> KnownInput:
    try:
        mark = mark_of(path)
        return KnownInput(path, mark, _sha256(path, mark))
    except OSError as error:
        raise _explained(path, error) from error


def _peeked(path: str) -> KnownInput:
    try:
        return KnownInput(path, mark_of(path), "")
    except OSError as error:
        raise _explained(path, error) from error


def _checked(file: KnownInput) -> KnownInput:
    """The file with `changed` set where its contents are others now. One that is gone was what it was."""
    if file.changed:
        return file
    try:
        mark = mark_of(file.path)
        if mark == file.mark:
            return file
        same = _sha256(file.path, mark) == file.sha256
    except OSError:
        return file
    return replace(file, mark=mark) if same else replace(file, changed=True)


@lru_cache(maxsize=1024)
def _sha256(path: str, _mark: Mark) -> str:
    return hash_file(Path(path))


def _parsed(file: dict[str, Any]) -> KnownInput:
    return KnownInput(**{**file, "mark": tuple(file["mark"])})
