"""The owner of child processes as the worker is one: it records when each started and ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from video_queue.system.processes.children import Children


@dataclass
class ChildRecord:
    """What was reported: (pid, start time, command) of each child, and the pids of those that ended."""

    started: list[tuple[int, str, str]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    @property
    def children(self) -> Children:
        """Starts children that are recorded here."""
        return Children(self.on_start, self.on_end)

    async def on_start(self, pid: int, started: str, command: str) -> None:
        self.started.append((pid, started, command))

    async def on_end(self, pid: int) -> None:
        self.ended.append(pid)
