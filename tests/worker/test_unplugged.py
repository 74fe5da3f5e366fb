"""An output folder on a drive that was unplugged: nothing is written below its empty mount point."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.ram_disk import RamDisk
from tests.worker.conftest import Queue
from tests.worker.waiting import until_waiting
from tests.worker.workflows import GATED
from video_queue.domain.views import Job
from video_queue.wiring import Services


class Drive:
    """A folder with a RAM disk mounted on it; where that is not allowed, jobs are only told that it was one."""

    def __init__(self, folder: Path, queue: Queue) -> None:
        self.folder, self._queue = folder, queue
        self.disk = RamDisk(folder)

    def unplug(self) -> None:
        """Take the drive away; its empty mount point stays."""
        if self.disk.is_real:
            assert self.disk.unmount()
        else:
            self._queue.execute(f"UPDATE job SET output_mount = '{self.folder}'")

    def plug_in(self) -> None:
        """Bring it back."""
        if self.disk.is_real:
            assert self.disk.mount()
        else:
            self._queue.execute("UPDATE job SET output_mount = NULL")


@pytest.fixture
def drive(queue: Queue, tmp_path: Path) -> Iterator[Drive]:
    drive = Drive(tmp_path / "drive", queue)
    yield drive
    drive.disk.unmount()


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
