"""What a phase is run with: its folder, its arguments with every reference resolved, and all its files rest on.

Used by media phases and renders alike.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from video_queue.db.claims import Claim
from video_queue.domain.catalogue import fail
from video_queue.domain.media.phases import PHASES, PhaseKind
from video_queue.domain.references import MissingReferenceError, resolve
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase


def phase_folder(work_root: Path, claim: Claim, phase: Phase) -> Path:
    """Where a phase's own files go: `work_root/JOB/INDEX/SEQ-PHASE`."""
    return work_root / str(claim.job_id) / str(claim.index) / f"{claim.phase_seq:02d}-{phase.name}"


def made_from(phase: Phase, workflow: LoadedWorkflow, scope: Mapping[str, Any]) -> dict[str, Any]:
    """All that a phase's files rest on: its kind, its graph, and the arguments of every item.

    Raises:
        VqError: when a reference leads nowhere.
    """
    scopes = [scope]
    if phase.for_each is not None:
        items = resolved(phase.for_each, scope, phase)
        scopes = [{**scope, "item": item_scope(item, number)} for number, item in enumerate(items, start=1)]
    overrides = phase.on_oom.set if phase.on_oom else {}
    given = {"with": phase.with_, "set": phase.set, "files": phase.files, "on_oom": overrides}
    return {
        "uses": phase.uses,
        "graph": workflow.graph_hashes.get(phase.name),
        "for_each": phase.for_each is not None,
        "arguments": [resolved(given, one, phase) for one in scopes],
    }


def is_passed_over(phase: Phase, scope: Mapping[str, Any], claim: Claim) -> bool:
    """Whether its `when` says no, or it is an optional gate that the submission did not ask for."""
    if phase.when is not None and not resolved(phase.when, scope, phase):
        return True
    return phase.kind is PhaseKind.REVIEW and phase.optional and not claim.submission.get("review")


def _arguments(phase: Phase, scope: Mapping[str, Any]) -> BaseModel:
    try:
        return PHASES[phase.uses].params.model_validate(resolved(phase.with_, scope, phase))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise fail("media_failed.step", phase=phase.name, detail=f"{where}: {first['msg']}") from None


def resolved(value: Any, scope: Mapping[str, Any], phase: Phase) -> Any:
    """`value` with its references looked up.

    Raises:
        VqError: media_failed.step, when one leads nowhere.
    """
    try:
        return resolve(value, scope)
    except MissingReferenceError as error:
        raise fail("media_failed.step", phase=phase.name, detail=f"{error} is not there") from None


def item_scope(item: Any, number: int) -> dict[str, Any]:
    """What `item` stands for while item `number` (from 1) of `for_each` runs."""
    return {**item, "index": number} if isinstance(item, dict) else {"value": item, "index": number}


def _make_empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
