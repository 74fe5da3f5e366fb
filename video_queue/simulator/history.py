"""Finished prompts, kept in memory, oldest first: lost when the process ends, as on a real server."""

from __future__ import annotations

import threading
from typing import Any

from video_queue.simulator.prompt_queue import QueuedPrompt

LIMIT = 10_000


class History:
    """Entries by prompt id; the same id again replaces the older run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, dict[str, Any]] = {}

    def write(
        self,
        item: QueuedPrompt,
        outputs: dict[str, Any],
        messages: list[list[Any]],
        meta: dict[str, Any],
        succeeded: bool,
    ) -> None:
        status = {
            "status_str": "success" if succeeded else "error",
            "completed": succeeded,
            "messages": messages,
        }
        entry = {"prompt": item.listed(), "outputs": outputs, "status": status, "meta": meta}
        with self._lock:
            self._entries.pop(item.prompt_id, None)
            while len(self._entries) >= LIMIT:
                del self._entries[next(iter(self._entries))]
            self._entries[item.prompt_id] = entry

    def page(self, max_items: int | None, offset: int) -> dict[str, Any]:
        """`max_items` alone gives the newest; a negative offset counts as none."""
        with self._lock:
            entries = list(self._entries.items())
        if offset < 0 and max_items is not None:
            offset = max(0, len(entries) - max_items)
        start = max(0, offset)
        end = len(entries) if max_items is None else start + max_items
        return dict(entries[start:end])

    def get(self, prompt_id: str) -> dict[str, Any] | None:
        with self._lock:
            return self._entries.get(prompt_id)

    def delete(self, prompt_id: str) -> None:
        with self._lock:
            self._entries.pop(prompt_id, None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
