"""The one place that reads the clock. Everything else is handed a Clock."""

from __future__ import annotations

import time

from video_queue.domain.moments import iso_of


class Clock:
    """Wall time for show and for `not_before`, monotonic time for durations."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def iso(self) -> str:
        """This moment, ISO 8601 UTC with milliseconds."""
        return iso_of(self.now())

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()
