"""The lock of a home, tried by real processes, and the announcement of a server."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from video_queue.domain.errors import VqError
from video_queue.system.home.disk import darwin_mounts, linux_mounts, network_file_system, network_kind
from video_queue.system.home.lock import HomeLock
from video_queue.system.home.server_info import (
    ServerInfo,
    process_lives,
    read_server_info,
    remove_server_info,
    write_server_info,
)

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


def test_server_info_is_private_and_round_trips(tmp_path: Path) -> None:
    info = ServerInfo(pid=os.getpid(), url="http://127.0.0.1:8765", started_at="2025-01-01T00:00:00Z")
    write_server_info(tmp_path, info)
    assert read_server_info(tmp_path) == info
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "server.json").stat().st_mode) == 0o600
    remove_server_info(tmp_path, info.pid + 1)
    assert read_server_info(tmp_path) == info
    remove_server_info(tmp_path, info.pid)
    assert read_server_info(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    remove_server_info(tmp_path, info.pid)


def test_server_info_of_a_dead_process_counts_as_none(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write_server_info(tmp_path, ServerInfo(pid=ended.pid, url="http://127.0.0.1:1", started_at="x"))
    assert read_server_info(tmp_path) is None


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"pid": "x", "url": "", "started_at": ""}', "\0"])
def test_server_info_that_is_junk_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.json").write_text(text)
    assert read_server_info(tmp_path) is None
    remove_server_info(tmp_path, 1)


def test_process_lives() -> None:
    assert process_lives(os.getpid())
    assert not any(process_lives(pid) for pid in (0, -1, 2**40))


MOUNTS = r"""
/dev/sda1 / ext4 rw 0 0
nas:/export /mnt/nas nfs4 rw 0 0
//nas/share /mnt/my\040share cifs rw 0 0
me@host:/ /home/me/remote fuse.sshfs rw 0 0
/dev/sdb1 /mnt/nas/local ext4 rw 0 0
portal /run/user/portal fuse.portal rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me", None),
        ("/mnt/nas", "nfs4"),
        ("/mnt/nas/vq", "nfs4"),
        ("/mnt/nasty", None),
        ("/mnt/my share/vq", "cifs"),
        ("/home/me/remote/vq", "fuse.sshfs"),
        ("/mnt/nas/local/vq", None),
        ("/run/user/portal/x", None),
    ],
)
def test_network_kind_goes_by_the_innermost_mount(path: str, kind: str | None) -> None:
    assert network_kind(linux_mounts(MOUNTS), path) == kind


def test_network_kind_on_macos() -> None:
    text = "/dev/disk1s1 on / (apfs, local)\n//me@nas/share on /Volumes/share (1) (smbfs, nodev)\n"
    assert network_kind(darwin_mounts(text), "/Volumes/share (1)/vq") == "smbfs"
    assert network_kind(darwin_mounts(text), "/Users/me") is None


def test_this_disk_is_local(tmp_path: Path) -> None:
    assert network_file_system(tmp_path) is None
