"""Who asks for a change, and which paths of the disk the request may name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Raises VqError for a path outside the folders that requests may name (see `roots`).
PathGuard = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Asker:
    """`name` is what a job's `submitted_by` says; `guard` refuses paths, None refuses none."""

    name: str
    guard: PathGuard | None = None


# It may name every path that its user can read.
COMMAND_LINE = Asker("cli")
