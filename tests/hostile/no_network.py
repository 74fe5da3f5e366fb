"""`vq` in a network of its own, in which there is nothing but this machine.

`unshare -rn python -m tests.hostile.no_network WORDS` runs it with these words. Linux only.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from fcntl import ioctl

_SET_FLAGS, _UP = 0x8914, 0x1  # SIOCSIFFLAGS and IFF_UP, see netdevice(7)


def main(words: list[str]) -> None:
    """Switch the loopback device on, show that there is no other, and become `vq`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))
    devices = [name for _, name in socket.if_nameindex()]
    if devices != ["lo"]:
        raise SystemExit(f"there are other networks: {devices}")
    os.execv(sys.executable, [sys.executable, "-m", "video_queue", *words])


if __name__ == "__main__":
    main(sys.argv[1:])
