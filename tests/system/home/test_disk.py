"""Disks across a network are recognised, by the mounts of each platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from video_queue.system.home.disk import darwin_mounts, linux_mounts, network_file_system, network_kind

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
