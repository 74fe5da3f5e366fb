"""Facts about media files kept for as long as the files stay as they are, so that nothing is probed twice."""

from __future__ import annotations

import threading
from pathlib import Path

from video_queue.media.facts import MediaFacts, probe

_KEPT = 4096

_Key = tuple[Path, bool, int, int]


class FactsCache:
    """Facts by path, size and time of the last change; the oldest go first. May be used from any thread.

    `probes` counts the files that were really read. Two threads that ask for the same new file at once both read it.
    """

    def __init__(self) -> None:
        self.probes = 0
        self._facts: dict[_Key, MediaFacts] = {}
        self._lock = threading.Lock()

    def probe(self, path: Path, *, count_frames: bool = False) -> MediaFacts:
        """As `facts.probe`; counted and uncounted facts are kept apart, for they may differ.

        Raises:
            VqError: input_missing, input_unreadable.
        """
        key = _key(path, count_frames)
        with self._lock:
            facts = self._facts.get(key) if key else None
            if facts is not None:
                return facts
            self.probes += 1
        facts = probe(path, count_frames=count_frames)
        if key:
            self._keep(key, facts)
        return facts

    def knows(self, path: Path, *, count_frames: bool = False) -> bool:
        """Whether `probe` would not read the file. Blocking: asks the disk for its size and time."""
        return _key(path, count_frames) in self._facts

    def _keep(self, key: _Key, facts: MediaFacts) -> None:
        with self._lock:
            self._facts[key] = facts
            while len(self._facts) > _KEPT:
                del self._facts[next(iter(self._facts))]


def _key(path: Path, count_frames: bool) -> _Key | None:
    try:
        stat = path.stat()
    except OSError:
        return None  # the probe says what is wrong with it
    return path, count_frames, stat.st_size, stat.st_mtime_ns
