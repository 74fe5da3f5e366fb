"""The files that a phase is about to open, in jobs that requests made: none that a request may not name.

Files of inputs and parameters were judged when the job was submitted. This is about every other way to a path: a text
that a workflow uses as one, a caption that is read from a file.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from video_queue.db import jobs
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.domain.errors import VqError
from video_queue.domain.plan import PromptPlan
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.submission import texts_in
from video_queue.domain.workflow import Phase
from video_queue.settings import Settings
from video_queue.worker.execution.arguments import phase_arguments
from video_queue.worker.execution.inputs import input_paths


class NamedFiles:
    """Judges what phases name by `guard`, which raises VqError for what no request may name; stateless."""

    def __init__(self, db: QueueDB, settings: Settings, guard: Callable[[Path], None]) -> None:
        self._db, self._guard = db, guard
        self._own = tuple(f"{folder}{os.sep}" for folder in (settings.work_root, settings.caption_styles_dir))

    async def require_allowed(
        self, claim: Claim, workflow: LoadedWorkflow, phase: Phase, scope: Mapping[str, Any]
    ) -> None:
        """Refuse a phase of a request's job that would open what no request may name.

        Raises:
            VqError: path_not_allowed.
        """
        others = await asyncio.to_thread(self._others, claim, workflow, phase, scope)
        if others and not await self._db.read(jobs.is_from_command_line, claim.job_id):
            for path in others:
                await asyncio.to_thread(self._guard, path)

    def _others(
        self, claim: Claim, workflow: LoadedWorkflow, phase: Phase, scope: Mapping[str, Any]
    ) -> list[Path]:
        """What is there under the texts of a phase: neither an input, nor vq's own, nor named by the workflow file."""
        try:
            texts = set(_paths(phase_arguments(phase, scope), self._own))
        except VqError:
            return []  # a reference leads nowhere: running the phase says so
        if texts:
            texts -= set(input_paths(PromptPlan.from_json(claim.plan)))
            texts -= {text for text in texts_in(workflow.definition.model_dump()) if Path(text).is_absolute()}
        return [path.absolute() for text in sorted(texts) if os.path.lexists(path := Path(text))]


def _paths(value: Any, own: tuple[str, ...]) -> Iterator[str]:
    """The texts in a value that may be paths of something that is not vq's own."""
    for text in texts_in(value):
        could_be = ("/" in text or os.sep in text or "." in text) and "\0" not in text
        if could_be and not os.path.normpath(text).startswith(own):  # `work/../..` is not vq's own
            yield text
