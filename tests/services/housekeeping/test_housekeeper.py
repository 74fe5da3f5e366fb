"""Housekeeping on a real home: what nothing needs goes, everything else stays."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.actions import ActionOptions
from video_queue.domain.cleaning import Cleaning, LeftoverKind
from video_queue.services.clock import Clock
from video_queue.wiring import Services

_DAY = 86400.0
_TWO_PHASES = """
inputs: {kind: video}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
  - {name: video, uses: media.encode, with: {frames: "{{ phases.frames.images }}", fps: 8}}
output: {phase: video}
"""


class _Later(Clock):
    """A clock that runs so many days ahead."""

    def __init__(self, days: float) -> None:
        self._days = days

    def now(self) -> float:
        return super().now() + self._days * _DAY


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    """A queue with one finished render of two phases."""
    queue = Queue(tmp_path / "home")
    queue.workflow("two", _TWO_PHASES)
    [job] = queue.work({"workflow": "two", "inputs": [str(make_clip(tmp_path / "a.mp4", 4))]})
    assert job.state == "succeeded"
    return queue


def _clean(queue: Queue, days_later: float = 0, **options: Any) -> Cleaning:
    async def clean(services: Services) -> Cleaning:
        services.housekeeper._clock = _Later(days_later)
        return await services.housekeeper.clean(**options)

    cleaning: Cleaning = queue.ask(clean)
    return cleaning


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _kinds(cleaning: Cleaning) -> set[str]:
    return {item.kind for item in cleaning.items}


def test_after_a_week_the_working_files_go_and_the_output_stays(queue: Queue) -> None:
    outputs = _files(queue.settings.output_root)
    assert _clean(queue, 6.9).items == []
    assert _files(queue.settings.work_root)
    listed = _clean(queue, 7.1, dry_run=True)
    assert (_kinds(listed), listed.bytes > 0) == ({"work"}, True)
    assert _files(queue.settings.work_root)
    assert _clean(queue, 7.1).bytes == listed.bytes
    assert _files(queue.settings.work_root) == []
    assert _files(queue.settings.output_root) == outputs


def test_a_render_whose_working_files_went_is_made_again(queue: Queue) -> None:
    _clean(queue, days=0)
    queue.ask(lambda services: services.actions.job_action(1, "rerun"))
    queue.work()
    assert queue.job(2).state == "succeeded"


def test_logs_stay_longer_and_uploads_only_while_a_job_names_them(queue: Queue) -> None:
    uploads = queue.home / "uploads"
    for name in ("t1", "t2"):
        (uploads / name).mkdir(parents=True)
    named = make_clip(uploads / "t1" / "b.mp4", 4)
    (uploads / "t2" / "c.mp4").write_bytes(b"x")
    queue.submit(workflow="two", inputs=[str(named)], held=True)
    assert _kinds(_clean(queue, 29)) == {"work"}
    cleaning = _clean(queue, 31)
    assert [(item.kind, Path(item.path).name) for item in cleaning.items] == [("uploads", "t2")]
    assert _kinds(_clean(queue, 91)) == {"logs"}
    assert named.exists()


def test_what_an_unfinished_prompt_needs_is_never_a_leftover(queue: Queue, tmp_path: Path) -> None:
    queue.submit(workflow="two", inputs=[str(tmp_path / "a.mp4")], held=True)
    mine = queue.settings.work_root / "2" / "1"
    mine.mkdir(parents=True)
    (mine / "frame.png").write_bytes(b"x")
    _clean(queue, 1000, days=0)
    assert _files(queue.settings.work_root) == ["2/1/frame.png"]


def test_what_belongs_to_no_job_goes_and_strange_names_stay(queue: Queue, tmp_path: Path) -> None:
    root = queue.settings.work_root
    for name in ("99/1/x", ".trash-1/x", "notes/x", "1/.trash-2/x"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(b"x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "film.mp4").write_bytes(b"x")
    (root / "98").symlink_to(tmp_path / "elsewhere")
    _clean(queue, kinds=[LeftoverKind.WORK])
    assert sorted(path.name for path in root.iterdir()) == ["1", "98", "notes"]
    assert (tmp_path / "elsewhere" / "film.mp4").exists()


def test_the_oldest_thumbnails_go_above_their_limit(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home", **{"keep.thumbnails_gb": 2e-6})
    folder = queue.settings.cache_dir / "thumbnails"
    folder.mkdir(parents=True)
    for number in range(4):
        (folder / f"{number}.webp").write_bytes(b"x" * 1000)
        os.utime(folder / f"{number}.webp", (number, number))
    _clean(queue)
    assert _files(folder) == ["2.webp", "3.webp"]


def test_a_full_disk_frees_what_succeeded_and_keeps_what_failed(queue: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "b.mp4", 4)
    queue.submit(workflow="two", inputs=[str(clip)])
    clip.unlink()
    queue.work()
    assert queue.job(2).state == "failed"
    kept = queue.settings.work_root / "2" / "1" / "frame.png"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(b"x")
    huge = shutil.disk_usage(tmp_path).total / 1024**3
    full = Queue(queue.home, min_free_gb=huge)
    cleaning: Cleaning = full.ask(lambda services: services.housekeeper.make_room())
    assert [Path(item.path).relative_to(queue.settings.work_root) for item in cleaning.items] == [Path("1/1")]
    assert _files(queue.settings.work_root) == ["2/1/frame.png"]


def test_while_there_is_room_nothing_is_freed(queue: Queue) -> None:
    cleaning: Cleaning = queue.ask(lambda services: services.housekeeper.make_room())
    assert cleaning.items == []
    assert _files(queue.settings.work_root)


def test_an_upload_stays_that_a_job_preset_or_style_names_wherever_the_home_lies(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "höme")
    queue.workflow("two", _TWO_PHASES)
    for name in ("t1", "t2", "t3", "t4"):
        (queue.home / "uploads" / name).mkdir(parents=True)
    clip = make_clip(queue.home / "uploads" / "t1" / "a.mp4", 4)
    queue.submit(workflow="two", inputs=[str(clip)], held=True)
    preset = queue.settings.presets_dir / "two" / "mine.json"
    preset.parent.mkdir(parents=True)
    preset.write_text('{"look": "uploads/t2/look.cube"}')
    queue.settings.caption_styles_dir.mkdir()
    (queue.settings.caption_styles_dir / "mine.yaml").write_text("font: uploads/t4/own.ttf")
    cleaning = _clean(queue, 31, kinds=[LeftoverKind.UPLOADS])
    assert [Path(item.path).name for item in cleaning.items] == ["t3"]


def test_a_prompt_that_is_retried_while_files_are_cleaned_keeps_its_own(queue: Queue) -> None:
    async def retry_meanwhile(services: Services) -> bool:
        listed = await services.housekeeper.clean(days=0, kinds=[LeftoverKind.WORK], dry_run=True)
        await services.queue.pause()
        await services.actions.job_action(1, "retry", ActionOptions(from_phase="video"))
        return any([await services.housekeeper._remove(item) for item in listed.items])

    assert queue.ask(retry_meanwhile) is False
    assert _files(queue.settings.work_root)


_GATED = """
inputs: {kind: video}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
  - {name: look, uses: review, with: {items: "{{ phases.frames.images }}"}}
output: {phase: frames}
"""


@pytest.mark.parametrize("keep_work", [True, False])
def test_a_cancelled_render_goes_on_at_its_phase_only_if_its_working_files_were_kept(
    tmp_path: Path, keep_work: bool
) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("gated", _GATED)
    queue.work({"workflow": "gated", "inputs": [str(make_clip(tmp_path / "a.mp4", 4))], "review": True})
    frames = queue.prompts(1)[0].phases[0]
    files = _files(queue.settings.work_root)
    options = ActionOptions(keep_work=keep_work)
    queue.ask(lambda services: services.actions.job_action(1, "cancel", options))
    cleaning: Cleaning = queue.ask(lambda services: services.housekeeper.drop_cancelled())
    assert (cleaning.items == []) is keep_work
    assert _files(queue.settings.work_root) == (files if keep_work else [])
    queue.ask(lambda services: services.actions.job_action(1, "retry"))
    queue.work()
    [prompt] = queue.prompts(1)
    assert (prompt.state, prompt.phases[0].started_at == frames.started_at) == ("review", keep_work)
    # What is made again lies in the folder of the new attempt.
    expected = files if keep_work else [file.replace("frames.a1/", "frames.a2/") for file in files]
    assert _files(queue.settings.work_root) == expected
    assert queue.ask(lambda services: services.housekeeper.drop_cancelled()).items == []
