"""What a phase is run with: its items, and its arguments with every reference resolved.

Used by media phases and renders alike.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from video_queue.db.claims import Claim
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.media.phases import PHASES, PhaseKind
from video_queue.domain.references import MissingReferenceError, resolve
from video_queue.domain.workflow import Phase


def is_skipped(phase: Phase, scope: Mapping[str, Any], claim: Claim) -> bool:
    """Whether its `when` says no, or it is an optional gate that the submission did not ask for."""
    if phase.when is not None and not resolved(phase.when, scope, phase):
        return True
    return phase.kind is PhaseKind.REVIEW and phase.optional and not claim.submission.get("review")


def phase_params(phase: Phase, scope: Mapping[str, Any]) -> BaseModel:
    """The parameters of a phase's kind, checked.

    Raises:
        VqError: media_failed.step, naming the parameter.
    """
    try:
        return PHASES[phase.uses].params.model_validate(resolved(phase.with_, scope, phase))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _failed(phase, f"{where}: {first['msg']}") from None


def for_each_items(phase: Phase, scope: Mapping[str, Any]) -> list[Any]:
    """What a `for_each` phase runs over.

    Raises:
        VqError: media_failed.step, when it is not a list.
    """
    items = resolved(phase.for_each, scope, phase)
    if not isinstance(items, list):
        raise _failed(phase, f"for_each {phase.for_each} is not a list")
    return items


def item_scope(item: Any, number: int) -> dict[str, Any]:
    """What `item` stands for while item `number` (from 1) of `for_each` runs."""
    return {**item, "index": number} if isinstance(item, dict) else {"value": item, "index": number}


def phase_arguments(phase: Phase, scope: Mapping[str, Any]) -> list[Any]:
    """`with`, `set` and `files` of a phase with every reference looked up: once, or once for each item.

    Raises:
        VqError: media_failed.step, when a reference leads nowhere.
    """
    scopes = [scope]
    if phase.for_each is not None:
        items = for_each_items(phase, scope)
        scopes = [{**scope, "item": item_scope(item, number)} for number, item in enumerate(items, start=1)]
    arguments = {"with": phase.with_, "set": phase.set, "files": phase.files}
    return [resolved(arguments, inner, phase) for inner in scopes]


def paths_in(value: Any) -> Iterator[str]:
    """Every absolute path in a value, in order."""
    if isinstance(value, str):
        if os.path.isabs(value):  # noqa: PTH117 - called for every text of long lists
            yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from paths_in(inner)


def resolved(value: Any, scope: Mapping[str, Any], phase: Phase) -> Any:
    """`value` with its references looked up.

    Raises:
        VqError: media_failed.step, when one leads nowhere.
    """
    try:
        return resolve(value, scope)
    except MissingReferenceError as error:
        raise _failed(phase, f"{error} is not there") from None


def _failed(phase: Phase, detail: str) -> VqError:
    return fail("media_failed.step", phase=phase.name, detail=detail)
