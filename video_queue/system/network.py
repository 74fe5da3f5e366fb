"""This machine on its network."""

from __future__ import annotations

import socket

# Kept for documentation (RFC 5737): nobody has it, so the way to it is the way out of this machine.
_ELSEWHERE = ("192.0.2.1", 9)


def own_address() -> str | None:
    """The address under which others of the network reach this machine; None where there is no network.

    Nothing is sent: connecting a datagram socket only chooses the way.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        try:
            out.connect(_ELSEWHERE)
            address = str(out.getsockname()[0])
        except OSError:
            return None
    return None if address == "0.0.0.0" else address  # noqa: S104 - compared, not listened on
