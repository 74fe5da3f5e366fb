"""What one step of a prompt did, as plain data, and how it is written.

The Runner commits a step together with the claim of the next prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from video_queue.db import gpu_need, phases, renders, review_edits, reviews, timings, work_files
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.domain.states import Lane
from video_queue.worker.execution.outcome import (
    ItemsEdited,
    PhaseDone,
    PhaseSkipped,
    RenderNeeded,
    ReviewEntered,
)
from video_queue.worker.execution.work_files import FilesLost
from video_queue.worker.publishing import Published, commit_publication
from video_queue.worker.rendering.phase_render import RenderDone


@dataclass(frozen=True, slots=True)
class PhaseFinished:
    """A phase is done: the resume point. The prompt waits for its next step in the first of `lanes_left`."""

    phase: str
    lanes_left: Sequence[Lane]
    done: PhaseDone

    def __str__(self) -> str:
        return f"phase {self.phase} {self.done.state.value} after {self.done.seconds:.2f} s"


Step = (
    FilesLost
    | PhaseFinished
    | PhaseSkipped
    | RenderNeeded
    | ReviewEntered
    | ItemsEdited
    | RenderDone
    | Published
)


def commit_step(conn: Connection, claim: Claim, step: Step, now: str) -> None:
    """Write what a step did; part of the caller's transaction.

    Raises:
        StaleAttemptError: the attempt is not current any more.
    """
    prompt, attempt, seq = claim.prompt_id, claim.attempt, claim.phase_seq
    match step:
        case PhaseFinished():
            _commit_phase(conn, claim, step, now)
        case FilesLost():
            work_files.go_back(conn, prompt, attempt, step.seq, step.items, step.lane, now)
        case PhaseSkipped(phase, lanes, measures):
            gpu, ahead = Lane.GPU in lanes, phases.finished_ahead(conn, prompt, seq)
            phases.skip_phase(
                conn,
                prompt,
                attempt,
                seq,
                phase,
                lanes[ahead],
                now,
                measures=measures,
                gpu_left=gpu,
                ahead=ahead,
            )
        case RenderNeeded():
            gpu_need.require_render(conn, prompt, attempt, now)
        case ReviewEntered(phase, gate):
            reviews.enter_review(conn, prompt, attempt, seq, phase, gate, now)
        case ItemsEdited():
            review_edits.apply(conn, prompt, attempt, seq, step.edit, now)
        case RenderDone():
            renders.note_outputs(conn, step.unit.render, step.unit.outputs, last=True)
        case Published():
            commit_publication(conn, prompt, attempt, step.phase, step.publication, now)
            if step.seconds is not None:
                timings.record_publishing(conn, prompt, step.seconds)


def _commit_phase(conn: Connection, claim: Claim, step: PhaseFinished, now: str) -> None:
    done, ahead = step.done, phases.finished_ahead(conn, claim.prompt_id, claim.phase_seq)
    phases.finish_phase(
        conn,
        claim.prompt_id,
        claim.attempt,
        claim.phase_seq,
        done.state,
        done.result,
        done.arguments,
        done.seconds,
        step.lanes_left[ahead],
        now,
        reuse_key=done.reuse_key,
        files=done.files,
        reused_from=done.reused_from,
        gpu_left=Lane.GPU in step.lanes_left,
        ahead=ahead,
    )
