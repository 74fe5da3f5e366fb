"""What the ComfyUI of this home would refuse of each workflow with its default values: warnings beside its problems.

A workflow with warnings can still be submitted: other values may be chosen, and ComfyUI may be another one tomorrow.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from video_queue.comfy.node_catalogue import ComfyCatalogue, Offer
from video_queue.comfy.preflight import preflight, previews_only
from video_queue.domain.errors import Problem
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.services.workflows.parameters import default_value
from video_queue.services.workflows.values import RANDOM
from video_queue.services.workflows.workflow_service import WorkflowInfo, WorkflowService


class ComfyChecks:
    """Warnings for workflows, kept until a workflow or what ComfyUI has changes. Blocking; safe in any thread."""

    def __init__(self, workflows: WorkflowService, catalogue: ComfyCatalogue) -> None:
        self._workflows, self._catalogue = workflows, catalogue
        self._lock = threading.Lock()
        self._offer = Offer()
        self._warnings: dict[str, list[Problem]] = {}

    def with_warnings(self, infos: Sequence[WorkflowInfo]) -> list[WorkflowInfo]:
        """The same workflows, those without problems with their warnings; none while no ComfyUI was ever seen."""
        offer = self._catalogue.offer()
        if not offer.info:
            return list(infos)
        with self._lock:
            if offer.info is not self._offer.info:
                self._offer, self._warnings = offer, {}
            return [info if info.problems else self._with_warnings(info) for info in infos]

    def _with_warnings(self, info: WorkflowInfo) -> WorkflowInfo:
        loaded = self._workflows.get(info.name)
        if loaded.hash not in self._warnings:
            self._warnings[loaded.hash] = _warnings(loaded, self._offer)
        return info.model_copy(update={"warnings": self._warnings[loaded.hash]})


def _warnings(loaded: LoadedWorkflow, offer: Offer) -> list[Problem]:
    refused = preflight(loaded, _defaults(loaded), offer.info, offer.folders)
    return [*refused, *previews_only(loaded, offer.info)]


def _defaults(loaded: LoadedWorkflow) -> dict[str, list[Any]]:
    """The default of each parameter that has a plain one."""
    parameters = loaded.definition.parameters
    defaults = {name: default_value(name, parameter) for name, parameter in parameters.items()}
    return {
        name: [value]
        for name, value in defaults.items()
        if value != RANDOM and isinstance(value, str | int | float | bool | None)
    }
