"""How much of a prompt's time each of its phases takes: progress is weighed by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from video_queue.db import documents, timings
from video_queue.db.connection import Connection
from video_queue.db.timings import Outline, read_sample
from video_queue.domain.states import Lane, PhaseState, PromptState
from video_queue.domain.views import Prompt
from video_queue.services.paces import Paces, families_of, span_of, steps_of

_REMEMBERED = 2000
# What a phase that never ran is taken to need beside the others: a render outweighs what is done around it.
_GUESSED = {Lane.GPU: 10.0, Lane.MEDIA: 1.0}
# A phase that takes no time of its own: its work was done elsewhere.
_FREE = (PhaseState.SKIPPED, PhaseState.REUSED)


class Shares:
    """The shares of all workflows' phases, as their paces say. Part of a read."""

    def __init__(self, paces: Paces) -> None:
        self._paces = paces
        self._seconds: dict[tuple[str, str | None], tuple[int, Mapping[str, float]]] = {}

    def weighed(self, conn: Connection, prompts: Sequence[Prompt]) -> list[Prompt]:
        """The prompts with the share of each phase, and their progress weighed by it."""
        outlines = timings.outlines(conn, sorted({prompt.job_id for prompt in prompts}))
        for prompt in prompts:
            if prompt.job_id in outlines and prompt.phases:
                weigh(prompt, self._phase_seconds(conn, outlines[prompt.job_id]))
        return list(prompts)

    def _phase_seconds(self, conn: Connection, outline: Outline) -> Mapping[str, float]:
        """What each phase of a workflow takes, by its name; guessed by its lane where it never ran."""
        key = (outline.workflow_hash, outline.sample)
        generation = self._paces.refresh(conn, outline.workflow)
        kept = self._seconds.get(key)
        if kept and kept[0] == generation:
            return kept[1]
        first, seconds = read_sample(outline.sample)[0], {}
        families = families_of(first.families)
        steps = steps_of(documents.read_document(conn, outline.workflow_hash) or "{}")
        for seq, step in enumerate(steps[:-1]):
            pace = self._paces.of_phase(conn, outline.workflow, step, families.get(seq))
            span = span_of(pace, step, first.measures, families.get(seq))
            seconds[step.name] = 0.0 if step.is_gate else span.mid if span else _GUESSED[step.lane]
        if len(self._seconds) >= _REMEMBERED:
            self._seconds.clear()
        self._seconds[key] = (generation, seconds)
        return seconds


def weigh(prompt: Prompt, seconds: Mapping[str, float]) -> None:
    """Set each phase's share of a prompt's time, and the prompt's progress by it."""
    phases = prompt.phases
    weights = [0.0 if phase.state in _FREE else seconds.get(phase.name, 0.0) for phase in phases]
    whole = sum(weights)
    for phase, weight in zip(phases, weights, strict=True):
        phase.share = round(weight / whole if whole else 1 / len(phases), 4)
    if prompt.state is not PromptState.SUCCEEDED:
        prompt.progress = min(1.0, sum(phase.share * phase.progress for phase in phases))
