"""What a phase reported to the worker while it ran."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tests.child_record import ChildRecord


@dataclass
class RunRecord(ChildRecord):
    """The progress, the log and the children of one run."""

    fractions: list[float] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    reported: asyncio.Event = field(default_factory=asyncio.Event)

    def report(self, fraction: float, message: str = "") -> None:
        self.fractions.append(fraction)
        self.messages.append(message)
        self.reported.set()
