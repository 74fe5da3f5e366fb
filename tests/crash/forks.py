"""Work in a fork, which may be killed in its middle."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable


def in_fork(work: Callable[..., object], *args: object) -> int:
    """The exit status of a fork that does `work`: 0, 1 where it raised, minus the signal that killed it."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work(*args)
            status = 0
        except BaseException:  # noqa: BLE001 - it is printed, and the fork must not go on
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
