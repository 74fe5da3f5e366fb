"""Which errors of the operating system pass by themselves: a full disk, a drive or share that is away."""

from __future__ import annotations

import errno

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_AWAY = frozenset(
    {
        errno.EIO,
        errno.ENODEV,
        errno.ENXIO,
        errno.ENOTCONN,
        errno.ESTALE,
        errno.ETIMEDOUT,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
    }
)


def is_full(error: OSError) -> bool:
    """Whether no space is left."""
    return error.errno in _FULL


def is_away(error: OSError) -> bool:
    """Whether the drive or share does not answer: a dead mount, a cable, a server that restarts."""
    return error.errno in _AWAY
