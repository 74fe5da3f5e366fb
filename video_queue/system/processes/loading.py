"""What a process of ours leaves out while it loads its libraries: a fifth of the time until a server listens."""

from __future__ import annotations

import gc
import sys

# httpx's own command line (with rich, click and pygments), and the old pydantic that FastAPI compares types with.
# Both say what to do where these are not installed; a name that is None here is not (docs.python.org, "sys.modules").
_NEVER_USED = ("httpx._main", "pydantic.v1")
# Nearly everything that is made by loading stays; by default it would be visited 200 times meanwhile.
_OBJECTS_BETWEEN_COLLECTIONS = 10_000


def load_less() -> None:
    """Call it once, at the beginning of a program."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    for name in _NEVER_USED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
