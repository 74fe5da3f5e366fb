"""A process that kills itself at a named point of a prompt's life: `python -m tests.crash.kill_points`.

It reads one request a line (JSON: `point`, `base`, `url`), lives that life in a fork, since loading the libraries
takes longer than the work, and prints the fork's exit status. The product knows nothing of it: the functions named
here are wrapped before the life begins.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.forks import in_fork
from tests.crash.lives import LIVES
from video_queue.comfy.client import TextFrame
from video_queue.media.ffmpeg_binary import locate, version_line
from video_queue.outputs import publisher
from video_queue.worker.execution.outcome import ItemsEdited
from video_queue.worker.publishing import Published
from video_queue.worker.rendering.phase_render import RenderDone
from video_queue.worker.step import PhaseFinished

Args = tuple[Any, ...]


def _any(_args: Args, _result: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Point:
    """Before or after the `nth` call of `target` ("module:name") that `counts`, in a life of `life`.

    `faults` are those of the stand-in for ComfyUI until the process is dead.
    """

    life: str
    target: str
    when: str = "before"
    nth: int = 1
    counts: Callable[[Args, object], bool] = _any
    faults: dict[str, Any] = field(default_factory=dict)


def _step(kind: type) -> Callable[[Args, object], bool]:
    return lambda args, _: isinstance(args[2], kind)


def _frame(type_: str) -> Callable[[Args, object], bool]:
    return lambda args, _: isinstance(args[1], TextFrame) and args[1].type == type_


def _last_frame(args: Args, _: object) -> bool:
    return args[1].type == "executing" and args[1].data.get("node") is None


def _sent(args: Args, _: object) -> bool:
    return args[0].sent is not None


def _some(_: Args, result: object) -> bool:
    return result is not None


_RUNNER, _STEPS = "video_queue.worker.runner:Runner.", "video_queue.worker.steps:StepRunner."
_MEDIA, _CHILDREN = "video_queue.worker.execution.media_phase:", "video_queue.system.processes.children:"
_REMOTE = "video_queue.worker.rendering.remote_prompt:RemotePrompt."
_AHEAD = "video_queue.worker.rendering.send_ahead:SendAhead."
_RENDER, _DB = "video_queue.worker.rendering.phase_render:", "video_queue.db."
_FETCHING, _OUTPUTS = "video_queue.worker.rendering.fetching:", "video_queue.outputs."
_EDITS = "video_queue.worker.execution.gate_edits:"
_JOBS, _MOVES = "video_queue.services.submission.job_service:JobService.", "video_queue.services.watch.moves:"
_CHECKPOINT = "checkpoint:"

POINTS = {
    # a submission
    "job_written_without_its_prompts": Point("copy", f"{_DB}enqueue:_write_prompts"),
    "job_enqueued_and_not_answered": Point("copy", f"{_JOBS}enqueue_job", "after"),
    "prompts_of_a_job_that_waited_written": Point("chain", f"{_DB}enqueue:insert_prompts", "after"),
    "job_that_waited_has_its_prompts": Point("chain", f"{_JOBS}_expand_job", "after"),
    # a claim
    "claim_written": Point("copy", f"{_DB}claims:claim_next_prompt", "after", counts=_some),
    "claim_committed": Point("copy", f"{_RUNNER}execute_prompt"),
    # a media phase
    "phase_started": Point("copy", f"{_MEDIA}MediaPhases._start", "after"),
    "ffmpeg_started_and_not_on_record": Point("copy", f"{_CHILDREN}_start", "after"),
    "ffmpeg_on_record": Point("copy", f"{_CHILDREN}_all_or_first_error"),
    "ffmpeg_ended": Point("copy", f"{_DB}children:delete_child"),
    "files_made_and_not_synced": Point("copy", f"{_MEDIA}keep_files"),
    "files_synced": Point("copy", f"{_MEDIA}keep_files", "after"),
    "phase_result_written": Point("copy", f"{_DB}phases:finish_phase", "after"),
    "phase_result_committed": Point("copy", f"{_STEPS}after_commit", counts=_step(PhaseFinished)),
    # a render
    "render_begun_and_not_sent": Point("render", f"{_REMOTE}_submit"),
    "render_sent_and_not_answered": Point("render", f"{_REMOTE}_on_own_frame", faults={"no_answer": True}),
    "render_answered": Point("render", f"{_REMOTE}_post", "after"),
    "first_frame_received": Point("render", f"{_REMOTE}_on_own_frame"),
    "outputs_frame_received": Point("render", f"{_REMOTE}_on_own_frame", "after", counts=_frame("executed")),
    "last_frame_received": Point("render", f"{_REMOTE}_on_own_frame", "after", counts=_last_frame),
    "outputs_names_written": Point("render", f"{_RENDER}_note_outputs", "after"),
    "outputs_names_committed": Point("render", f"{_RENDER}PhaseRender._fetch"),
    "files_fetched_and_not_synced": Point("render", f"{_FETCHING}keep_files"),
    "item_written": Point("render", f"{_DB}phases:finish_item", "after"),
    "last_item_rendered": Point("render", f"{_STEPS}after_commit", counts=_step(RenderDone)),
    "last_files_fetched": Point("render", f"{_FETCHING}keep_files", "after", nth=2),
    "render_committed": Point("render", f"{_STEPS}after_commit", counts=_step(PhaseFinished)),
    # the next render, sent before it is claimed
    "ids_to_send_under_reserved": Point("each", f"{_DB}renders:reserve_ids", "after"),
    "next_render_sent": Point("each", f"{_AHEAD}send_next", "after", counts=_sent),
    "next_render_sent_and_claimed": Point("each", f"{_AHEAD}on_claim", "after", counts=_sent),
    # a review whose items are split
    "parts_made_and_not_committed": Point("edit", f"{_EDITS}GateStep._edited_list", "after"),
    "items_numbered_and_not_committed": Point("edit", f"{_DB}review_edits:apply", "after"),
    "items_numbered": Point("edit", f"{_STEPS}after_commit", counts=_step(ItemsEdited)),
    "new_item_finished": Point("edit", f"{_DB}phases:finish_item", "after", nth=3),
    "review_asked_again": Point("edit", f"{_DB}reviews:enter_review", "after", nth=2),
    # publishing
    "output_staged_and_not_synced": Point("copy", f"{_OUTPUTS}publisher:sync_and_hash"),
    "output_synced": Point("copy", f"{_OUTPUTS}publisher:sync_and_hash", "after"),
    "set_half_staged": Point("render", f"{_OUTPUTS}publisher:sync_and_hash", "after"),
    "everything_staged": Point("copy", f"{_CHECKPOINT}staged"),
    "intent_written": Point("copy", f"{_DB}publications:store_intent", "after"),
    "intent_committed": Point("copy", f"{_CHECKPOINT}intent"),
    "output_linked": Point("copy", f"{_CHECKPOINT}linked"),
    "output_published": Point("copy", f"{_CHECKPOINT}published"),
    "set_published": Point("render", f"{_CHECKPOINT}published"),
    "manifest_linked": Point("copy", f"{_CHECKPOINT}linked", nth=2),
    "manifest_published": Point("copy", f"{_CHECKPOINT}manifest"),
    "staging_cleared": Point("copy", f"{_CHECKPOINT}cleared"),
    "end_written": Point("copy", "video_queue.worker.step:commit_publication", "after"),
    "end_committed": Point("copy", f"{_STEPS}after_commit", counts=_step(Published)),
    "working_files_removed": Point("copy", "video_queue.worker.steps:remove_files", "after"),
    # a watched folder
    "file_taken_and_not_committed": Point("watch", f"{_DB}watch_files:take_files", "after"),
    "file_taken": Point("watch", "video_queue.services.watch.taking:Taking._enqueue", "after"),
    "move_written_down": Point("watch", f"{_MOVES}Moves._move_away"),
    "file_linked_at_its_target": Point("watch", "video_queue.services.watch.moving:_link", "after"),
    "file_moved": Point("watch", f"{_MOVES}move_unit", "after"),
    "move_recorded_and_not_committed": Point("watch", f"{_MOVES}_write_moved", "after"),
}


def arm(point: Point) -> None:
    """Wrap the point's function in this process: it dies there as by a power cut."""
    if point.target.startswith(_CHECKPOINT):
        _arm_checkpoint(point, point.target.removeprefix(_CHECKPOINT))
        return
    module, _, path = point.target.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, _wrapped(getattr(owner, name), _Trap(point)))


def _arm_checkpoint(point: Point, step: str) -> None:
    trap = _Trap(point)

    def checkpoint(name: str) -> None:
        if name == step:
            trap.reached((), None)

    publish = functools.partial(publisher.publish, checkpoint=checkpoint)
    importlib.import_module("video_queue.worker.publishing").__dict__["publish"] = publish


@dataclass(slots=True)
class _Trap:
    point: Point
    calls: int = 0

    def reached(self, args: Args, result: object) -> None:
        self.calls += self.point.counts(args, result)
        if self.calls == self.point.nth:
            os.kill(os.getpid(), signal.SIGKILL)


def _wrapped(original: Callable[..., Any], trap: _Trap) -> Callable[..., Any]:
    before = trap.point.when == "before"

    @functools.wraps(original)
    async def wait(*args: Any, **kwargs: Any) -> Any:
        if before:
            trap.reached(args, None)
        result = await original(*args, **kwargs)
        if not before:
            trap.reached(args, result)
        return result

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        if before:
            trap.reached(args, None)
        result = original(*args, **kwargs)
        if not before:
            trap.reached(args, result)
        return result

    return wait if inspect.iscoroutinefunction(original) else call


def live_and_die(name: str, base: Path, url: str) -> None:
    """A life that ends at a point, where it comes there."""
    arm(POINTS[name])
    LIVES[POINTS[name].life](base, url)


def main() -> None:
    """Live and die as often as asked."""
    importlib.import_module("video_queue.media.phases")
    version_line(locate(None))
    for line in sys.stdin:
        request = json.loads(line)
        print(in_fork(live_and_die, request["point"], Path(request["base"]), request["url"]), flush=True)


if __name__ == "__main__":
    main()
