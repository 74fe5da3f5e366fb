"""The log file of one prompt: what was done when, and everything its children printed."""

from __future__ import annotations

from pathlib import Path

from video_queue.services.clock import Clock


class PromptLog:
    """Appends to one file, which the first line creates with its folder. A full disk never stops the work for a log."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock

    def heading(self, text: str) -> None:
        """Begin a part: `vq log --phase` looks for these."""
        self._append(f"--- {text}\n")

    def line(self, text: str) -> None:
        """One line (or several) with the time before it."""
        self._append(f"{self._clock.iso()} {text.rstrip()}\n")

    def _append(self, text: str) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except OSError:
            return
