"""The lock of a home, tried by real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ram_disk import RamDisk
from video_queue.domain.errors import VqError
from video_queue.system.home.lock import HomeLock

HOLD = """
import sys
from pathlib import Path
from video_queue.system.home.lock import HomeLock
lock = HomeLock.acquire(Path(sys.argv[1]), 10)
print("held", flush=True)
sys.stdin.read()
lock.release()
"""
Holder = subprocess.Popen[str]


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    """Another process that holds the lock of `tmp_path` until its stdin is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_second_process_is_refused_with_the_holders_pid(tmp_path: Path, holder: Holder) -> None:
    with pytest.raises(VqError) as caught:
        HomeLock.acquire(tmp_path, 0.1)
    assert caught.value.code == "locked"
    assert str(holder.pid) in caught.value.message
    assert str(tmp_path) in caught.value.message


def test_lock_ends_with_a_killed_process(tmp_path: Path, holder: Holder) -> None:
    holder.kill()
    holder.wait()
    assert (tmp_path / "vq.lock").read_text() == str(holder.pid)  # the file says so still; the lock is gone
    lock = HomeLock.acquire(tmp_path)
    assert (tmp_path / "vq.lock").read_text() == str(os.getpid())
    lock.release()


def test_acquire_waits_for_the_other_to_let_go(tmp_path: Path, holder: Holder) -> None:
    assert holder.stdin is not None
    holder.stdin.close()
    HomeLock.acquire(tmp_path, 30).release()


def test_lock_is_not_given_twice_to_one_process(tmp_path: Path) -> None:
    lock = HomeLock.acquire(tmp_path)
    with pytest.raises(VqError):
        HomeLock.acquire(tmp_path)
    lock.release()
    lock.release()
    HomeLock.acquire(tmp_path).release()
    assert (tmp_path / "vq.lock").read_text() == ""


def test_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = HomeLock.acquire(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ):
        lock.release()
        HomeLock.acquire(tmp_path).release()


def test_asking_whether_the_lock_is_held_takes_it_from_nobody(tmp_path: Path, holder: Holder) -> None:
    assert HomeLock.is_held(tmp_path)
    holder.kill()
    holder.wait()
    assert not HomeLock.is_held(tmp_path)
    HomeLock.acquire(tmp_path).release()
    assert not HomeLock.is_held(tmp_path / "no home")


def test_a_full_disk_keeps_nobody_from_the_lock(tmp_path: Path) -> None:
    disk = RamDisk(tmp_path / "disk", megabytes=1)
    try:
        HomeLock.acquire(disk.folder).release()
        if disk.is_real:
            disk.fill()
        lock = HomeLock.acquire(disk.folder)
        assert HomeLock.is_held(disk.folder)
        lock.release()
        assert not HomeLock.is_held(disk.folder)
    finally:
        disk.unmount()
