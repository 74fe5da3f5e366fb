"""The queue of one worker: a heap by number, what runs now, and the request to free memory.

Used from the event loop and from the worker thread; one lock guards all.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(order=True)
class QueuedPrompt:
    """One accepted prompt. Lower `number` runs first; equal numbers by `ticket`, the order of arrival."""

    number: float
    ticket: int
    prompt_id: str = field(compare=False)
    prompt: dict[str, Any] = field(compare=False)
    extra_data: dict[str, Any] = field(compare=False)
    outputs: list[str] = field(compare=False)

    @property
    def client_id(self) -> str | None:
        """The client that sent it, and gets its frames."""
        client_id: str | None = self.extra_data.get("client_id")
        return client_id

    def listed(self) -> list[Any]:
        """The item as /queue and history show it."""
        return [self.number, self.prompt_id, self.prompt, self.extra_data, self.outputs]


class PromptQueue:
    """Pending prompts in heap order, and the running one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pending: list[QueuedPrompt] = []
        self._running: QueuedPrompt | None = None
        self._numbers = 0
        self._tickets = 0
        self._free_requested = False
        # How often it was asked to free its memory.
        self.free_requests = 0
        self._closed = False
        self._idle = False
        self.held = False

    def draw_number(self, front: bool) -> int:
        """The next number, negative for `front`. Refused prompts use theirs up too."""
        with self._changed:
            number = -self._numbers if front else self._numbers
            self._numbers += 1
            return number

    def put(
        self,
        number: float,
        prompt_id: str,
        prompt: dict[str, Any],
        extra: dict[str, Any],
        outputs: list[str],
        announce: Callable[[], None],
    ) -> None:
        """Queue a prompt. `announce` is called before the worker can see it, so that its frame comes first."""
        with self._changed:
            item = QueuedPrompt(number, self._tickets, prompt_id, prompt, extra, outputs)
            self._tickets += 1
            heapq.heappush(self._pending, item)
            announce()
            self._changed.notify_all()

    def take(self) -> QueuedPrompt | None:
        """Wait for a prompt and mark it running; None when there is something else to do (free, close)."""
        with self._changed:
            self._idle = True
            self._changed.wait_for(self._awake)
            self._idle = False
            if self._closed or not self._pending or self.held:
                return None
            self._running = heapq.heappop(self._pending)
            return self._running

    def _awake(self) -> bool:
        return self._closed or self._free_requested or (bool(self._pending) and not self.held)

    def finished(self) -> None:
        with self._changed:
            self._running = None

    def hold(self, held: bool) -> None:
        """While held nothing starts (the `zombie` fault)."""
        with self._changed:
            self.held = held
            self._changed.notify_all()

    def request_free(self) -> None:
        with self._changed:
            self._free_requested = True
            self.free_requests += 1
            self._changed.notify_all()

    def take_free_request(self) -> bool:
        with self._changed:
            requested, self._free_requested = self._free_requested, False
            return requested

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def running(self) -> QueuedPrompt | None:
        return self._running

    @property
    def idle(self) -> bool:
        """Whether the worker waits for something to do, with all frames of its last prompt sent."""
        with self._changed:
            return self._idle and not self._awake()

    def pending(self) -> list[QueuedPrompt]:
        """A copy, in heap order, which is not running order."""
        with self._changed:
            return list(self._pending)

    def snapshot(self) -> tuple[list[QueuedPrompt], list[QueuedPrompt]]:
        """Running and pending prompts at one moment."""
        with self._changed:
            return [self._running] if self._running else [], list(self._pending)

    def remaining(self) -> int:
        with self._changed:
            return len(self._pending) + (self._running is not None)

    def delete(self, prompt_id: str) -> bool:
        """Remove the first pending prompt with this id; False when there is none."""
        with self._changed:
            for place, item in enumerate(self._pending):
                if item.prompt_id == prompt_id:
                    del self._pending[place]
                    heapq.heapify(self._pending)
                    return True
            return False

    def clear(self) -> None:
        with self._changed:
            self._pending.clear()
