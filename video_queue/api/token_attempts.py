"""Wrong tokens, counted for each address, so that nobody guesses a short one by trying."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from video_queue.domain.catalogue import fail

ALLOWED = 10
SECONDS = 60.0
_ADDRESSES = 1024


@dataclass(slots=True)
class _Tries:
    """The wrong tokens of one address since `began`; the same one again is one (an old cookie, asked for again)."""

    began: float
    tokens: set[bytes] = field(default_factory=set)


class TokenAttempts:
    """At most `ALLOWED` different wrong tokens from one address in `SECONDS`; then none is compared for as long."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._tries: dict[str, _Tries] = {}

    def require_few(self, address: str) -> None:
        """Refuse whatever token comes from an address that tried too many.

        Raises:
            VqError: `unauthorized.too_many`.
        """
        tries = self._tries.get(_network(address))
        if tries is None or len(tries.tokens) < ALLOWED:
            return
        left = tries.began + SECONDS - self._monotonic()
        if left > 0:
            raise fail("unauthorized.too_many", seconds=int(left) + 1)

    def count(self, address: str, token: str) -> None:
        """Remember that this token from this address was wrong."""
        now = self._monotonic()
        place = _network(address)
        tries = self._tries.pop(place, None)
        if tries is None or now - tries.began > SECONDS:
            tries = _Tries(now)
        tries.tokens.add(hashlib.sha256(token.encode("utf-8", "replace")).digest())
        if len(tries.tokens) >= ALLOWED:
            tries.began = now
        self._tries[place] = tries
        if len(self._tries) > _ADDRESSES:
            self._tries.pop(next(iter(self._tries)))


def _network(address: str) -> str:
    """The address; of IPv6 the first half, since one machine has all that lie below it."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(ip)
