"""Actions on many jobs by a filter, their order, and undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip, make_junk
from tests.worker.conftest import Queue
from tests.worker.workflows import ROUND_TRIP
from video_queue.db.job_lists import JobFilter
from video_queue.domain.actions import ActionOptions
from video_queue.domain.errors import VqError
from video_queue.domain.views import ManyDone
from video_queue.wiring import Services

THREE = {"crf": [20, 21, 22]}


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    """A home with a workflow that ends in a file."""
    home = Queue(tmp_path / "home")
    home.workflow("round-trip", ROUND_TRIP)
    make_clip(tmp_path / "clip.mp4", frames=3)
    return home


def submit(queue: Queue, tmp_path: Path, count: int = 1, **more: Any) -> list[int]:
    submission = {"workflow": "round-trip", "inputs": [str(tmp_path / "clip.mp4")], "dedupe": False}
    return [queue.submit(**submission, **more).id for _ in range(count)]


def act(
    queue: Queue, action: str, *ids: int | str, filter_: JobFilter | None = None, **options: Any
) -> ManyDone:
    names = None if filter_ else [str(number) for number in ids]
    return queue.ask(
        lambda services: services.many.act_on(
            action, ids=names, filter_=filter_, options=ActionOptions(**options)
        )
    )


def undo(queue: Queue, number: int | None = None) -> ManyDone:
    return queue.ask(lambda services: services.many.undo(number))


def order(queue: Queue) -> list[int]:
    page = queue.ask(lambda services: services.lookup.jobs(JobFilter(), "queue", 100))
    return [job.id for job in page.items]


def test_what_was_cancelled_by_mistake_stands_as_before_with_its_place_and_its_holds(
    queue: Queue, tmp_path: Path
) -> None:
    first, second, third = submit(queue, tmp_path, 3)
    (held,) = submit(queue, tmp_path, held=True)
    (pilot,) = submit(queue, tmp_path, sweep=THREE, limit=1)
    act(queue, "move", third, to="top")
    before = order(queue)
    done = act(
        queue, "cancel", filter_=JobFilter(state=("queued",), up_to=pilot, without=(second,)), keep_work=True
    )
    assert (done.done, done.refused) == (4, [])
    assert order(queue) == [second]
    assert undo(queue, done.undo).done == 4
    assert order(queue) == before
    assert queue.job(held).held_reason == "user"
    assert [prompt.held_reason for prompt in queue.prompts(pilot)] == [None, "pilot", "pilot"]
    with pytest.raises(VqError, match="nothing to undo"):
        undo(queue, done.undo)
    assert queue.job(first).state == "queued"


def test_a_release_is_undone_with_the_rest_of_the_pilot(queue: Queue, tmp_path: Path) -> None:
    (pilot,) = submit(queue, tmp_path, sweep=THREE, limit=1)
    (held,) = submit(queue, tmp_path, held=True)
    done = act(queue, "release", pilot, held)
    assert [prompt.held_reason for prompt in queue.prompts(pilot)] == [None, None, None]
    assert undo(queue).done == done.done == 2
    assert [prompt.held_reason for prompt in queue.prompts(pilot)] == [None, "pilot", "pilot"]
    assert queue.job(held).held_reason == "user"


def test_what_is_named_twice_is_done_once_and_undone(queue: Queue, tmp_path: Path) -> None:
    (job,) = submit(queue, tmp_path, sweep=THREE)
    done = act(queue, "hold", f"{job}.2", job, job, f"0{job}", f"{job}.2")
    assert queue.job(job).held_reason == "user"
    undo(queue, done.undo)
    assert queue.job(job).held_reason is None
    assert [prompt.held_reason for prompt in queue.prompts(job)] == [None, None, None]


def test_a_render_that_was_cancelled_alone_comes_back_alone(queue: Queue, tmp_path: Path) -> None:
    (job,) = submit(queue, tmp_path, sweep=THREE, held=True)
    act(queue, "cancel", f"{job}.1", keep_work=True)
    done = act(queue, "cancel", f"{job}.2", f"{job}.9", keep_work=True)
    assert (done.done, [item.id for item in done.refused]) == (1, [f"{job}.9"])
    undo(queue)
    assert [prompt.state for prompt in queue.prompts(job)] == ["cancelled", "queued", "queued"]


def test_jobs_that_move_stay_together_and_go_back_though_places_were_numbered_anew(
    queue: Queue, tmp_path: Path
) -> None:
    ids = submit(queue, tmp_path, 6)
    (high,) = submit(queue, tmp_path, priority=1)
    assert order(queue) == [high, *ids]

    async def narrow(services: Services) -> None:
        """Halve the gap behind the first until places are numbered from 1."""
        for _ in range(15):
            for moving in ([ids[4], ids[5]], [ids[2]]):
                options = ActionOptions(after=ids[0])
                await services.many.act_on("move", ids=[str(number) for number in moving], options=options)

    queue.ask(narrow)
    a, b, c, d, e, f = ids
    assert order(queue) == [high, a, c, e, f, b, d]
    done = act(queue, "move", d, b, high, before=c)
    assert [(item.id, item.code) for item in done.refused] == [(str(high), "invalid_state")]
    assert order(queue) == [high, a, d, b, c, e, f]
    undo(queue)
    assert order(queue) == [high, a, c, e, f, b, d]
    act(queue, "move", filter_=JobFilter(without=(c, e, high)), to="bottom")
    assert order(queue) == [high, c, e, a, f, b, d]
    act(queue, "move", d, a, to=2)
    assert order(queue) == [high, c, d, a, e, f, b]


def test_all_of_one_cause_are_tried_again_and_no_others(queue: Queue, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    make_junk(folder / "junk.mp4")
    make_clip(folder / "gone.mp4", frames=3)
    bad = queue.submit(workflow="round-trip", input_dir=str(folder))
    (folder / "gone.mp4").unlink()
    queue.work()
    codes = {prompt.error.code for prompt in queue.prompts(bad.id) if prompt.error}
    assert len(codes) == 2
    causes = queue.ask(lambda services: services.many.causes(JobFilter()))
    assert {cause.code: (cause.prompts, cause.jobs) for cause in causes} == dict.fromkeys(codes, (1, 1))
    missing = "input_missing"
    assert act(queue, "retry", filter_=JobFilter(cause=missing)).done == 1
    assert sorted(prompt.state for prompt in queue.prompts(bad.id)) == ["failed", "queued"]
    done = act(queue, "retry", bad.id, cause=missing)
    assert [item.code for item in done.refused] == ["invalid_state"]
    assert act(queue, "retry", filter_=JobFilter(cause=missing)).done == 0
