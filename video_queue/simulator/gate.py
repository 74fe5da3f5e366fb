"""A gate before every node, closed by the `hold_nodes` fault: tests then let nodes pass one by one.

It makes "while the third node runs" a state that a test can wait for, where a sleep would be a guess.
"""

from __future__ import annotations

import threading


class Gate:
    """Open at first. A node that meets the closed gate waits until it is let through."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._closed = False
        self._passes = 0
        self._ended = False
        self.waiting: str | None = None

    def set_closed(self, closed: bool) -> None:
        with self._changed:
            self._closed = closed
            self._passes = 0
            self._changed.notify_all()

    def let_pass(self, nodes: int = 1) -> None:
        """Let so many nodes through, now or when they come."""
        with self._changed:
            self._passes += nodes
            self._changed.notify_all()

    def end(self) -> None:
        """Open it for good: the server ends."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def pass_through(self, node_id: str) -> None:
        """Called by the worker when a node begins; returns when it may go on."""
        with self._changed:
            self.waiting = node_id
            self._changed.wait_for(lambda: self._ended or not self._closed or self._passes > 0)
            self.waiting = None
            if self._closed and not self._ended:
                self._passes -= 1
