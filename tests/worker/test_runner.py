"""The worker on real clips: phases, resume points, lanes, every class of failure, cancel and pause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.media_clips import codes_of, make_clip
from tests.worker.conftest import Queue
from tests.worker.gated_ffmpeg import GatedFfmpeg, needs_scripts
from tests.worker.waiting import until, until_event, until_state, until_waiting
from tests.worker.workflows import GATED, ROUND_TRIP, SLOW
from video_queue.domain.actions import ActionOptions
from video_queue.domain.states import JobState, PromptState
from video_queue.domain.views import Job, Prompt
from video_queue.outputs.manifest import ManifestAttempt, manifest_path, read_manifest
from video_queue.services.clock import Clock
from video_queue.wiring import Services


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """30 frames with sound."""
    return make_clip(tmp_path / "clip.mp4", frames=30)


def _attempts(prompt: Prompt) -> list[ManifestAttempt]:
    """The attempts in the manifest of a prompt's output."""
    return read_manifest(manifest_path(Path(prompt.artifacts[0].path))).attempts


def test_a_clip_goes_through_and_comes_back(queue: Queue, clip: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    (job,) = queue.work({"workflow": "round-trip", "inputs": [str(clip)]})
    assert (job.state, job.counts.succeeded) == (JobState.SUCCEEDED, 1)
    (prompt,) = queue.prompts(job.id)
    (output,) = prompt.artifacts
    assert codes_of(Path(output.path)) == list(range(30))
    assert output.name == "clip_again.mp4"
    manifest = json.loads(Path(output.path + ".vq.json").read_text())
    assert manifest["workflow"]["hash"] == job.workflow_hash
    assert manifest["artifacts"][0]["sha256"] == output.sha256
    assert [phase["name"] for phase in manifest["phases"]] == ["frames", "video"]
    # The published file is nobody's hard link, and the phase's result leads to it.
    assert Path(output.path).stat().st_nlink == 1
    assert prompt.phases[1].result is not None
    assert prompt.phases[1].result["file"]["path"] == output.path


def test_one_bad_input_never_stops_a_batch(queue: Queue, tmp_path: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    clips = tmp_path / "clips"
    clips.mkdir()
    make_clip(clips / "a.mp4", frames=5)
    (clips / "b.mp4").write_bytes(b"this is no video")
    make_clip(clips / "c.mp4", frames=5)
    (job,) = queue.work({"workflow": "round-trip", "input_dir": str(clips)})
    assert (job.state, job.counts.succeeded, job.counts.failed) == (JobState.PARTIAL, 2, 1)
    bad = queue.prompts(job.id)[1]
    assert bad.error is not None
    assert (bad.error.code, bad.error.phase) == ("input_unreadable", "frames")
    assert "b.mp4" in bad.error.message


def test_an_input_that_is_gone_fails(queue: Queue, clip: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP)

    job = queue.submit(workflow="round-trip", inputs=[str(clip)])
    clip.unlink()
    queue.work()
    (prompt,) = queue.prompts(job.id)
    assert prompt.error is not None
    assert prompt.error.code == "input_missing"


def test_bad_arguments_fail_with_the_phase(queue: Queue, clip: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP.replace("max: 51", "max: 99"))
    (job,) = queue.work({"workflow": "round-trip", "inputs": [str(clip)], "params": {"crf": 90}})
    (prompt,) = queue.prompts(job.id)
    assert prompt.error is not None
    assert (prompt.error.code, prompt.error.phase) == ("media_failed", "video")
    assert "crf" in prompt.error.message
    # The finished phase stays a resume point.
    assert [phase.state for phase in prompt.phases] == ["succeeded", "failed"]


def test_a_timeout_fails_and_leaves_no_child(queue: Queue, tmp_path: Path) -> None:
    queue.workflow("slow", SLOW.replace("TIMEOUT", "timeout: 0.5"))
    source = make_clip(tmp_path / "long.mp4", frames=300)
    (job,) = queue.work({"workflow": "slow", "inputs": [str(source)]})
    (prompt,) = queue.prompts(job.id)
    assert prompt.error is not None
    assert prompt.error.code == "timeout"
    assert not any((queue.settings.output_root / "slow").rglob("*.mp4"))


def test_an_output_folder_that_is_away_holds_back_only_its_prompts(
    queue: Queue, clip: Path, tmp_path: Path
) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    away, here = tmp_path / "drive" / "out", tmp_path / "here"
    parked = tmp_path / "parked"

    first = queue.submit(workflow="round-trip", inputs=[str(clip)], output_dir=str(away))
    second = {"workflow": "round-trip", "inputs": [str(clip)], "output_dir": str(here)}
    (tmp_path / "drive").rename(parked)
    (tmp_path / "drive").write_text("no folder")  # nothing can be created here while the drive is away

    async def plug_in(services: Services, jobs: list[Job]) -> None:
        await until_state(services, jobs[0].id, JobState.SUCCEEDED)
        assert await until_waiting(services, first.id) == "output_unavailable"
        (tmp_path / "drive").unlink()
        parked.rename(tmp_path / "drive")

    queue.work(second, during=plug_in)
    assert queue.job(first.id).state is JobState.SUCCEEDED
    assert (away / "clip_again.mp4").is_file()
    (prompt,) = queue.prompts(first.id)
    assert prompt.error is None


def test_cancel_while_running(queue: Queue, tmp_path: Path) -> None:
    queue.workflow("slow", SLOW.replace("TIMEOUT", ""))
    source = make_clip(tmp_path / "long.mp4", frames=300)

    async def cancel(services: Services, jobs: list[Job]) -> None:
        await until_event(services, "prompt.progress")
        await services.actions.job_action(jobs[0].id, "cancel", ActionOptions(reason="enough"))

    (job,) = queue.work({"workflow": "slow", "inputs": [str(source)]}, during=cancel)
    (prompt,) = queue.prompts(job.id)
    assert (job.state, prompt.state, prompt.message) == (
        JobState.CANCELLED,
        PromptState.CANCELLED,
        "cancelled: enough",
    )
    assert not any((queue.settings.output_root / "slow").rglob("*.mp4"))


@needs_scripts
def test_pause_now_puts_back_without_penalty(tmp_path: Path, clip: Path) -> None:
    ffmpeg = GatedFfmpeg(tmp_path)
    queue = Queue(tmp_path / "home", ffmpeg=str(ffmpeg.path))
    queue.workflow("round-trip", ROUND_TRIP)

    async def pause(services: Services, jobs: list[Job]) -> None:
        await ffmpeg.until_reached()
        await services.queue.pause("now")

        async def put_back(_event: str | None) -> bool:
            return (await services.lookup.job(jobs[0].id)).counts.queued == 1

        await until(services, put_back)
        assert (await services.lookup.job(jobs[0].id)).state is JobState.RUNNING
        assert (await services.queue.view()).state == "paused"
        ffmpeg.open()
        await services.queue.resume()

    (job,) = queue.work({"workflow": "round-trip", "inputs": [str(clip)]}, during=pause)
    (prompt,) = queue.prompts(job.id)
    assert (job.state, prompt.error) == (JobState.SUCCEEDED, None)
    assert [item.state for item in _attempts(prompt)] == ["interrupted", "succeeded"]


def test_a_prompt_whose_process_died_three_times_is_poison(queue: Queue, clip: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP)

    job = queue.submit(workflow="round-trip", inputs=[str(clip), str(clip)])
    queue.execute("UPDATE prompt SET crashes = 3 WHERE id = 1")
    queue.work()
    first, second = queue.prompts(job.id)
    assert first.error is not None
    assert (first.error.code, second.state) == ("poison", PromptState.SUCCEEDED)
    queue.ask(lambda services: services.actions.prompt_action(first.id, "retry"))
    queue.execute(
        "UPDATE prompt SET state = 'running', claimed = 1, attempt = 2 WHERE id = 1"
    )  # and it crashes
    queue.work()
    attempts = _attempts(queue.prompts(job.id)[0])
    assert [item.state for item in attempts] == ["failed", "crashed", "succeeded"]
    assert (attempts[0].code, attempts[0].error_class, attempts[0].phase) == ("poison", "permanent", "frames")
    assert all(item.started_at and item.worker for item in attempts)


def test_jobs_that_take_another_jobs_outputs(queue: Queue, clip: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    first, second = queue.work(
        {"workflow": "round-trip", "inputs": [str(clip)]},
        {"workflow": "round-trip", "inputs": ["job:1"]},
    )
    assert (first.state, second.state) == (JobState.SUCCEEDED, JobState.SUCCEEDED)
    (prompt,) = queue.prompts(second.id)
    assert prompt.artifacts[0].name == "clip_again_again.mp4"


def test_when_and_an_optional_gate_are_skipped(queue: Queue, clip: Path) -> None:
    queue.workflow("gated", GATED)
    (job,) = queue.work({"workflow": "gated", "inputs": [str(clip)]})
    (prompt,) = queue.prompts(job.id)
    assert [phase.state for phase in prompt.phases] == ["skipped", "succeeded", "skipped"]
    assert job.state is JobState.SUCCEEDED


def test_a_name_may_hold_what_only_the_render_tells_and_the_jobs_name_cut_to_what_a_folder_takes(
    queue: Queue, clip: Path
) -> None:
    name = "{{ input.width }}_{{ phases.video.file.frames }}_{{ prompt.index }}_{{ job.name }}"
    text = ROUND_TRIP[: ROUND_TRIP.index("output:")] + f'output: {{phase: video, name: "{name}"}}\n'
    queue.workflow("round-trip", text)
    (job,) = queue.work({"workflow": "round-trip", "inputs": [str(clip)], "name": "a/" + "é" * 150})
    (prompt,) = queue.prompts(job.id)
    (artifact,) = prompt.artifacts
    assert artifact.name.startswith(f"{artifact.width}_{artifact.frames}_1_a_éé")
    assert 150 < len(artifact.name.encode()) < 210


@pytest.mark.parametrize(
    ("action", "ends"), [("approve", JobState.SUCCEEDED), ("reject", JobState.CANCELLED)]
)
def test_a_gate_waits_for_a_person(queue: Queue, clip: Path, action: str, ends: JobState) -> None:
    queue.workflow("gated", GATED)

    submission = {"workflow": "gated", "inputs": [str(clip)], "review": True}
    (job,) = queue.work(submission)
    (prompt,) = queue.prompts(job.id)
    assert (job.state, prompt.state, prompt.phase) == (JobState.REVIEW, PromptState.REVIEW, "look")
    queue.ask(lambda services: services.actions.prompt_action(prompt.id, action))
    queue.work()
    (prompt,) = queue.prompts(job.id)
    assert queue.job(job.id).state is ends
    assert len(prompt.artifacts) == (1 if action == "approve" else 0)
    if action == "approve":
        assert [item.state for item in _attempts(prompt)] == ["review", "succeeded"]


def test_if_exists_skip_renders_nothing_twice(queue: Queue, clip: Path, tmp_path: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    submission = {"workflow": "round-trip", "inputs": [str(clip)], "output_dir": str(tmp_path / "out")}
    queue.work(submission)
    (again,) = queue.work({**submission, "if_exists": "skip"})
    (prompt,) = queue.prompts(again.id)
    assert (again.state, prompt.skipped) == (JobState.SUCCEEDED, True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "clip_again.mp4",
        "clip_again.mp4.vq.json",
    ]
    (third,) = queue.work(submission)
    assert queue.prompts(third.id)[0].artifacts[0].name == "clip_again_v2.mp4"


class _PutBack(Clock):
    """A clock that is an hour behind the one by which the rows were written."""

    def now(self) -> float:
        return super().now() - 3600.0


def test_a_retry_is_not_put_off_for_an_hour_when_the_clock_is_put_back_by_one(
    queue: Queue, clip: Path
) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    job = queue.submit(workflow="round-trip", inputs=[str(clip)])
    clock = Clock()
    queue.execute(
        f"UPDATE prompt SET not_before = {clock.now() + 5}, waiting_reason = 'retry',"
        f" waiting_since = '{clock.iso()}'"
    )

    async def ends(services: Services, _: list[Job]) -> None:
        await until_state(services, job.id, JobState.SUCCEEDED)

    queue.work(clock=_PutBack(), during=ends)


class _Leaping(Clock):
    """A clock on which ten seconds pass between any two readings."""

    def __init__(self) -> None:
        self._now = 1000.0

    def now(self) -> float:
        self._now += 10.0
        return self._now


def test_what_falls_due_right_after_a_claim_is_not_slept_through(queue: Queue, clip: Path) -> None:
    """No commit announces the end of a pause, so the moment of the claim decides, not that of the question after it."""
    queue.workflow("round-trip", ROUND_TRIP)
    job = queue.submit(workflow="round-trip", inputs=[str(clip)])
    queue.execute("UPDATE prompt SET not_before = 1015")
    queue.work(clock=_Leaping())
    assert queue.job(job.id).state is JobState.SUCCEEDED
