"""Deleting jobs: what goes with them, and what stays because it is not theirs or not what they published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.db import events, jobs
from video_queue.domain.actions import ActionOptions
from video_queue.domain.errors import VqError
from video_queue.domain.states import JobState
from video_queue.domain.views import Job
from video_queue.outputs.manifest import manifest_path
from video_queue.wiring import Services

COPY = """
inputs: {kind: video}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}"}}
output: {phase: copy, name: "{{ input.stem }}"}
"""
FRAMES = """
inputs: {kind: video}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
output: {phase: frames, name: "{{ input.stem }}"}
"""


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    queue = Queue(tmp_path / "home")
    queue.workflow("copy", COPY)
    queue.workflow("frames", FRAMES)
    return queue


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4", frames=6)


def finished(queue: Queue, clip: Path, workflow: str = "copy", **more: Any) -> tuple[Job, list[Path]]:
    """A job that succeeded, and its outputs."""
    folder = clip.parent / "out"
    folder.mkdir(exist_ok=True)
    values = {"workflow": workflow, "inputs": [str(clip)], "dedupe": False, "output_dir": str(folder)}
    (job,) = queue.work(values | more)
    assert job.state == JobState.SUCCEEDED
    return job, [Path(artifact.path) for artifact in queue.prompts(job.id)[0].artifacts]


def delete(queue: Queue, job_id: int, *, outputs: bool = True) -> dict[str, str]:
    """Delete a job; the outputs that stayed, and why."""
    options = ActionOptions(outputs=outputs)
    job: Job = queue.ask(lambda services: services.actions.job_action(job_id, "delete", options))
    return {Path(kept.path).name: kept.reason for kept in job.kept_outputs}


def test_a_job_is_deleted_with_what_it_published(queue: Queue, clip: Path) -> None:
    job, (output,) = finished(queue, clip)
    assert delete(queue, job.id) == {}
    assert list(output.parent.iterdir()) == []
    assert clip.is_file()


def test_a_set_is_deleted_as_a_whole(queue: Queue, clip: Path) -> None:
    job, frames = finished(queue, clip, "frames")
    assert delete(queue, job.id) == {}
    assert (len(frames), list(frames[0].parent.parent.iterdir())) == (6, [])


def test_outputs_stay_unless_they_are_to_go(queue: Queue, clip: Path) -> None:
    job, (output,) = finished(queue, clip)
    assert delete(queue, job.id, outputs=False) == {}
    assert output.is_file()
    assert manifest_path(output).is_file()


def test_a_skipped_job_does_not_take_the_file_of_the_job_that_made_it(queue: Queue, clip: Path) -> None:
    first, (output,) = finished(queue, clip)
    second, paths = finished(queue, clip, if_exists="skip")
    assert paths == [output]
    assert delete(queue, second.id) == {output.name: "an earlier render published it"}
    assert output.is_file()
    assert manifest_path(output).is_file()
    assert delete(queue, first.id) == {}


def test_a_file_that_another_job_shows_stays(queue: Queue, clip: Path) -> None:
    first, (output,) = finished(queue, clip)
    second, _ = finished(queue, clip, if_exists="skip")
    assert delete(queue, first.id) == {output.name: f"job {second.id} shows it too"}
    assert output.is_file()


def test_a_file_that_the_artist_put_there_stays(queue: Queue, clip: Path) -> None:
    job, (output,) = finished(queue, clip)
    output.unlink()
    output.write_bytes(b"my own grade")
    assert list(delete(queue, job.id)) == [output.name]
    assert output.read_bytes() == b"my own grade"
    assert manifest_path(output).is_file()


def test_a_link_that_the_artist_put_there_stays(queue: Queue, clip: Path) -> None:
    job, (output,) = finished(queue, clip)
    moved = output.rename(output.parent / "archive.mp4")
    output.symlink_to(moved)
    assert delete(queue, job.id) == {output.name: "it is a link"}
    assert output.is_symlink()
    assert moved.is_file()


@pytest.mark.parametrize("text", [None, "{}", '{"prompt": {"id": 99}, "job": {"id": 1}}'])
def test_a_file_without_the_manifest_of_its_render_stays(queue: Queue, clip: Path, text: str | None) -> None:
    job, (output,) = finished(queue, clip)
    manifest_path(output).unlink()
    if text is not None:
        manifest_path(output).write_text(text)
    assert list(delete(queue, job.id)) == [output.name]
    assert output.is_file()


def test_of_a_set_only_the_changed_frame_and_what_is_foreign_stay(queue: Queue, clip: Path) -> None:
    job, frames = finished(queue, clip, "frames")
    frames[2].write_bytes(b"retouched")
    notes = frames[0].parent / "notes.txt"
    notes.touch()
    assert list(delete(queue, job.id)) == [frames[2].name]
    assert sorted(frames[0].parent.iterdir()) == sorted([frames[2], notes])
    assert manifest_path(frames[0].parent).is_file()


def test_a_file_that_is_gone_is_not_named(queue: Queue, clip: Path) -> None:
    job, (output,) = finished(queue, clip)
    output.unlink()
    assert delete(queue, job.id) == {}
    assert not manifest_path(output).exists()


def test_what_lies_on_a_drive_that_is_away_stays_and_is_named(queue: Queue, clip: Path) -> None:
    job, (output,) = finished(queue, clip)
    away = output.parent.rename(clip.parent / "unplugged")
    assert delete(queue, job.id) == {output.name: "its folder is not there"}
    assert (away / output.name).is_file()


def test_many_jobs_at_once_name_what_stayed(queue: Queue, clip: Path) -> None:
    first, (output,) = finished(queue, clip)
    second, (changed,) = finished(queue, clip)
    changed.write_bytes(b"changed")

    async def delete_both(services: Services) -> list[str]:
        ids = [str(first.id), str(second.id)]
        done = await services.many.act_on("delete", ids=ids, options=ActionOptions(outputs=True))
        return [kept.path for kept in done.kept_outputs]

    assert queue.ask(delete_both) == [str(changed)]
    assert not output.exists()


def test_a_job_that_was_retried_meanwhile_is_not_deleted(queue: Queue, clip: Path) -> None:
    """Whether it is finished is asked again in the transaction that deletes it."""
    job = queue.submit(workflow="copy", inputs=[str(clip)])
    with pytest.raises(VqError) as caught:
        queue.ask(lambda services: services.db.transact(jobs.delete_job, job.id, services.clock.iso()))
    assert caught.value.code == "invalid_state"
    assert queue.job(job.id).state == JobState.QUEUED


def test_logs_events_and_working_files_go_with_the_job(queue: Queue, clip: Path) -> None:
    first, _ = finished(queue, clip)
    second, _ = finished(queue, clip)
    settings = queue.settings
    folders = [root / str(first.id) for root in (settings.logs_dir / "prompts", settings.work_root)]
    assert all(folder.is_dir() for folder in folders)
    delete(queue, first.id, outputs=False)
    assert not any(folder.exists() for folder in folders)
    assert (settings.logs_dir / "prompts" / str(second.id)).is_dir()
    kept = queue.ask(lambda services: services.db.read(events.list_events, 0, 1000))
    assert [event.type for event in kept if event.job_id == first.id] == ["job.deleted"]
    assert [event.type for event in kept if event.job_id == second.id][-1] == "job.finished"
