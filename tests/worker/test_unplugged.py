"""An output folder on a drive that was unplugged: nothing is written below its empty mount point."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.waiting import until_waiting
from tests.worker.workflows import GATED
from video_queue.domain.views import Job
from video_queue.wiring import Services


class Drive:
    """A folder with a RAM disk mounted on it; where that is not allowed, jobs are only told that it was one."""

    def __init__(self, folder: Path, queue: Queue) -> None:
        self.folder, self._queue = folder, queue
        folder.mkdir()
        self.is_real = self._mount()

    def _mount(self) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(self.folder)]
        try:
            return subprocess.run(command, check=False, capture_output=True).returncode == 0
        except FileNotFoundError:
            return False

    def unplug(self) -> None:
        """Take the drive away; its empty mount point stays."""
        if self.is_real:
            subprocess.run(["umount", str(self.folder)], check=True)
        else:
            self._queue.execute(f"UPDATE job SET output_mount = '{self.folder}'")

    def plug_in(self) -> None:
        """Bring it back."""
        if self.is_real:
            assert self._mount()
        else:
            self._queue.execute("UPDATE job SET output_mount = NULL")


@pytest.fixture
def drive(queue: Queue, tmp_path: Path) -> Iterator[Drive]:
    drive = Drive(tmp_path / "drive", queue)
    yield drive
    if drive.is_real:
        subprocess.run(["umount", str(drive.folder)], check=False, capture_output=True)


def test_an_output_waits_for_its_unplugged_drive_and_is_not_hidden_below_it(
    queue: Queue, drive: Drive, tmp_path: Path
) -> None:
    queue.workflow("gated", GATED)
    clip = make_clip(tmp_path / "clip.mp4", frames=6)
    submission = {"workflow": "gated", "inputs": [str(clip)], "review": True, "output_dir": str(drive.folder)}
    (job,) = queue.work(submission)
    (prompt,) = queue.prompts(job.id)
    drive.unplug()
    queue.ask(lambda services: services.actions.prompt_action(prompt.id, "approve"))

    async def wait_and_pause(services: Services, _jobs: list[Job]) -> None:
        assert await until_waiting(services, job.id) == "output_unavailable"
        assert list(drive.folder.iterdir()) == []
        await services.actions.job_action(job.id, "hold")

    queue.work(during=wait_and_pause)
    drive.plug_in()
    queue.ask(lambda services: services.actions.job_action(job.id, "release"))
    queue.work()
    (prompt,) = queue.prompts(job.id)
    assert prompt.state == "succeeded", prompt.error
    assert Path(prompt.artifacts[0].path).parent == drive.folder
    assert Path(prompt.artifacts[0].path).is_file()
